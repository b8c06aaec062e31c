namespace IotOrleans.Speakers;

/// <summary>
/// Which front-ends hold sockets of one speaker. In memory only: a front-end says again and again what it holds, so
/// that a grain that woke anew learns it. The array is as long as the list: most speakers have one connection.
/// </summary>
internal sealed class SpeakerConnections(TimeProvider clock)
{
    private Connection[] _open = [];

    public IEnumerable<string> Ids => _open.Where(IsLiving).Select(connection => connection.Id);

    /// <summary>Keeps a connection for another <see cref="SpeakerLimits.ConnectionLife"/>.</summary>
    /// <returns>Whether it is new, and the connection that had to give way to it.</returns>
    public (bool IsNew, Connection? Replaced) Keep(string id, ISpeakerObserver frontEnd)
    {
        var known = Array.Find(_open, connection => connection.Id == id);
        var isNew = known is null || !IsLiving(known);
        var others = Array.FindAll(_open, connection => connection.Id != id && IsLiving(connection));
        var replaced = isNew && others.Length >= SpeakerLimits.ConnectionsMax ? others[0] : null;
        if (known is not null && !isNew)
        {
            (known.FrontEnd, known.SeenAt) = (frontEnd, clock.GetTimestamp());
            return (false, null);
        }
        _open = [.. replaced is null ? others : others[1..], new Connection(id, frontEnd, clock.GetTimestamp())];
        return (true, replaced);
    }

    public void Remove(string id) => _open = Array.FindAll(_open, connection => connection.Id != id);

    /// <summary>
    /// Tells everybody and waits for nobody; who cannot be told is forgotten until its front-end vouches for it.
    /// </summary>
    /// <returns>How many were told.</returns>
    public int Tell(SpeakerNotice notice, Action<string, string> forgotten)
    {
        var told = 0;
        foreach (var connection in _open)
        {
            if (!IsLiving(connection))
                Forget(connection, "nobody vouched for it");
            else if (connection.Tell(notice, Forget))
                told++;
        }
        return told;

        void Forget(Connection connection, string why)
        {
            if (Array.IndexOf(_open, connection) < 0)
                return;
            Remove(connection.Id);
            forgotten(connection.Id, why);
        }
    }

    private bool IsLiving(Connection connection) =>
        clock.GetElapsedTime(connection.SeenAt) < SpeakerLimits.ConnectionLife;

    /// <summary>One socket somewhere, told one notice at a time: on the way they keep no order.</summary>
    internal sealed class Connection(string id, ISpeakerObserver frontEnd, long seenAt)
    {
        // A front-end answers within a network's round trip; who is this far behind is not there.
        private const int WaitingMax = 256;

        private Queue<SpeakerNotice>? _waiting;
        private bool _telling;

        public string Id => id;

        public ISpeakerObserver FrontEnd { get; set; } = frontEnd;

        public long SeenAt { get; set; } = seenAt;

        /// <summary>Whether it is told, or will be as soon as it has heard what goes before.</summary>
        public bool Tell(SpeakerNotice notice, Action<Connection, string> forget)
        {
            if (_telling)
                return Wait(notice, forget);
            var hearing = Hear(notice);
            if (!hearing.IsCompleted)
                _ = TellRest(hearing, forget);
            else if (Trouble(hearing) is { } trouble)
                forget(this, trouble);
            return !hearing.IsFaulted;
        }

        private bool Wait(SpeakerNotice notice, Action<Connection, string> forget)
        {
            _waiting ??= new();
            if (_waiting.Count < WaitingMax)
            {
                _waiting.Enqueue(notice);
                return true;
            }
            _waiting.Clear();
            forget(this, "its front-end does not keep up");
            return false;
        }

        private async Task TellRest(Task hearing, Action<Connection, string> forget)
        {
            _telling = true;
            for (Task? next = hearing; next is not null; next = Next())
            {
                await next.ConfigureAwait(
                    ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing
                );
                if (Trouble(next) is not { } trouble)
                    continue;
                _waiting?.Clear();
                forget(this, trouble);
            }
            (_telling, _waiting) = (false, null);
        }

        private Task? Next() => _waiting is not null && _waiting.TryDequeue(out var notice) ? Hear(notice) : null;

        private Task Hear(SpeakerNotice notice)
        {
            try
            {
                return FrontEnd.Hear(id, notice);
            }
            catch (OrleansException trouble)
            {
                return Task.FromException(trouble);
            }
        }

        /// <summary>Why it counts as gone. One that was only late may still be there, and may have heard it.</summary>
        private static string? Trouble(Task heard) =>
            heard.Exception?.GetBaseException() is { } trouble and not TimeoutException ? trouble.Message : null;
    }
}
