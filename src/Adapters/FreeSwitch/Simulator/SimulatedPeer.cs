using System.IO.Pipelines;
using System.Text;
using System.Threading.Channels;

namespace IotOrleans.FreeSwitch.Simulator;

/// <summary>One connection of a client to the stand-in, in either direction of dialling.</summary>
internal sealed partial class SimulatedPeer : IDisposable
{
    private const int FramesMax = 100_000;
    private readonly Stream _stream;
    private readonly Switchboard _board;
    private readonly LinkFaults _faults;
    private readonly CancellationTokenSource _cutting = new();
    private readonly Channel<(byte[] Bytes, bool IsReply)> _outgoing = Channel.CreateBounded<(byte[], bool)>(FramesMax);
    private readonly List<byte[]> _heldEvents = [];
    private bool _isBlocked;

    /// <param name="controlled">The call that this connection was made for; none for a client that came by
    /// itself.</param>
    public SimulatedPeer(Stream stream, Switchboard board, LinkFaults faults, SimulatedChannel? controlled = null) =>
        (_stream, _board, _faults, Controlled) = (stream, board, faults, controlled);

    public SimulatedChannel? Controlled { get; }
    public Subscriptions Subscriptions { get; } = new();

    public async Task Run()
    {
        var writing = Write();
        if (Controlled is null)
            Post("Content-Type: auth/request\n\n");
        try
        {
            await Read();
        }
        catch (Exception broken) when (IsBrokenLine(broken) || broken is EslProtocolException)
        {
            Cut();
        }
        finally
        {
            _board.Under(board => board.Leave(this));
            _outgoing.Writer.TryComplete();
            await writing;
            Cut();
        }
    }

    /// <summary>To be called under the board's lock.</summary>
    public void PostEvent(byte[] frame)
    {
        // An api command that has not returned holds up the events as well, as on the real switch.
        if (_isBlocked)
            _heldEvents.Add(frame);
        else if (!_outgoing.Writer.TryWrite((frame, false)) && !_outgoing.Reader.Completion.IsCompleted)
            Cut();
    }

    public void Cut()
    {
        if (_cutting.IsCancellationRequested)
            return;
        _cutting.Cancel();
        _stream.Dispose();
    }

    public void Dispose() => _cutting.Dispose();

    private void Post(string text) => _outgoing.Writer.TryWrite((Encoding.UTF8.GetBytes(text), false));

    private void PostReply(string text)
    {
        if (!_faults.LosesReply())
            _outgoing.Writer.TryWrite((Encoding.UTF8.GetBytes(text), true));
    }

    private async Task Read()
    {
        var reader = PipeReader.Create(_stream);
        var commands = new CommandReader();
        var seen = 0L;
        while (true)
        {
            var result = await reader.ReadAsync(_cutting.Token);
            var (allowed, isCut) = _faults.Receive(result.Buffer.Length - seen);
            var buffer = result.Buffer.Slice(0, seen + allowed);
            while (commands.Take(ref buffer) is { } command)
            {
                if (!await Obey(command))
                    return;
            }
            if (isCut)
                Cut();
            if (isCut || result.IsCompleted)
                return;
            seen = buffer.Length;
            reader.AdvanceTo(buffer.Start, result.Buffer.End);
        }
    }

    private async Task Write()
    {
        try
        {
            await foreach (var (bytes, isReply) in _outgoing.Reader.ReadAllAsync())
            {
                // Sent only when the board's turn is over: who hears of a fact finds all of it done.
                _board.Under(_ => { });
                if (isReply && _faults.ReplyDelay > TimeSpan.Zero)
                    await Task.Delay(_faults.ReplyDelay, _board.Clock, _cutting.Token);
                var (allowed, isCut) = _faults.Send(bytes.Length);
                await _stream.WriteAsync(bytes.AsMemory(0, (int)allowed), _cutting.Token);
                if (isCut)
                    Cut();
            }
            if (_isGone)
                Cut();
        }
        catch (Exception broken) when (IsBrokenLine(broken))
        {
            Cut();
        }
    }

    private static bool IsBrokenLine(Exception trouble) =>
        trouble is IOException or ObjectDisposedException or OperationCanceledException;
}
