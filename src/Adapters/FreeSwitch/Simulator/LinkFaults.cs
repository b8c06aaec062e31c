namespace IotOrleans.FreeSwitch.Simulator;

/// <summary>
/// What is made to go wrong between the stand-in and its peers. Each counts over all connections together.
/// </summary>
internal sealed class LinkFaults
{
    private readonly Lock _lock = new();
    private long? _receive;
    private long? _send;
    private int _repliesToLose;

    /// <summary>Time by which every reply comes late.</summary>
    public TimeSpan ReplyDelay { get; set; }

    public void CutAfterReceiving(long bytes) => Set(ref _receive, bytes);

    public void CutAfterSending(long bytes) => Set(ref _send, bytes);

    public void LoseReplies(int count)
    {
        lock (_lock)
            _repliesToLose = count;
    }

    public bool LosesReply()
    {
        lock (_lock)
            return _repliesToLose > 0 && _repliesToLose-- > 0;
    }

    /// <summary>How many of the bytes still come through, and whether the line is cut after them.</summary>
    public (long Bytes, bool IsCut) Receive(long bytes) => Spend(ref _receive, bytes);

    public (long Bytes, bool IsCut) Send(long bytes) => Spend(ref _send, bytes);

    private void Set(ref long? budget, long bytes)
    {
        lock (_lock)
            budget = bytes;
    }

    private (long Bytes, bool IsCut) Spend(ref long? budget, long bytes)
    {
        lock (_lock)
        {
            if (budget is not { } left)
                return (bytes, false);
            if (bytes < left)
            {
                budget = left - bytes;
                return (bytes, false);
            }
            budget = null; // A fault happens once.
            return (left, true);
        }
    }
}
