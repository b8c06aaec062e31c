using IotOrleans.Devices;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.SignalR;

namespace IotOrleans.Speakers;

/// <summary>
/// The way to one socket. One call is on it at a time, in the order of the notices; what comes meanwhile waits in a
/// bounded line, and who lets the line grow too long is dropped. Nobody ever waits for a socket.
/// </summary>
internal sealed class SpeakerConnection(DeviceId device, HubCallerContext socket, IClientProxy speaker)
{
    /// <summary>More than a grain ever has to say to a speaker that just connected.</summary>
    public const int WaitingMax = 256;

    private readonly Lock _gate = new();
    private Queue<SpeakerNotice>? _waiting;
    private CallAllowance _allowance;
    private bool _held;
    private bool _sending;
    private bool _closed;

    public string Id => socket.ConnectionId;

    public DeviceId Device => device;

    /// <summary>Nobody knows whether the grain counts it as told what is pending.</summary>
    public bool IsUnsure { get; set; }

    /// <summary>It was told what was pending once: from then on it may know what another grain began.</summary>
    public bool WasTold { get; set; }

    /// <summary>Whether the speaker may make one more call now.</summary>
    public bool Allows(TimeProvider clock)
    {
        lock (_gate)
            return _allowance.Take(clock);
    }

    /// <summary>
    /// From here on notices wait: what the grain says is pending goes before them. False: they wait already.
    /// </summary>
    public bool Hold()
    {
        lock (_gate)
            return !_held && (_held = true);
    }

    /// <summary>What was pending goes first, then what came while it was asked for, then whatever comes.</summary>
    public void Release(SpeakerNotice[] pending)
    {
        SpeakerNotice first;
        lock (_gate)
        {
            if (pending.Length > 0)
                _waiting = new([.. pending, .. _waiting ?? []]);
            _held = false;
            if (_sending || _closed || _waiting is null || !_waiting.TryDequeue(out first!))
                return;
            _sending = true;
        }
        Send(first);
    }

    /// <returns>Whether there was room for it; without room the connection is good for nothing more.</returns>
    public bool Tell(SpeakerNotice notice)
    {
        lock (_gate)
        {
            if (_closed)
                return true;
            if (_held || _sending)
                return Wait(notice);
            _sending = true;
        }
        Send(notice);
        return true;
    }

    /// <summary>Takes the socket down in a way that lets the speaker come again.</summary>
    public void Drop() => socket.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();

    /// <summary>Takes the socket down, and tells the speaker to stay away.</summary>
    public void Dismiss() => socket.Abort();

    public void Close()
    {
        lock (_gate)
            (_closed, _waiting) = (true, null);
    }

    private bool Wait(SpeakerNotice notice)
    {
        _waiting ??= new();
        if (_waiting.Count < WaitingMax)
        {
            _waiting.Enqueue(notice);
            return true;
        }
        (_closed, _waiting) = (true, null);
        return false;
    }

    private void Send(SpeakerNotice notice)
    {
        for (SpeakerNotice? next = notice; next is not null; next = Next())
        {
            if (SpeakerCall.For(next, device) is not { } call)
                continue;
            var sent = speaker.SendCoreAsync(call.Name, [call.Argument]);
            if (!sent.IsCompleted)
            {
                _ = SendRest(sent);
                return;
            }
        }
    }

    /// <summary>A socket that failed is taken down by SignalR itself, and then nothing is sent any more.</summary>
    private async Task SendRest(Task sent)
    {
        await sent.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Next() is { } next)
            Send(next);
    }

    private SpeakerNotice? Next()
    {
        lock (_gate)
        {
            if (!_held && _waiting is not null && _waiting.TryDequeue(out var next))
                return next;
            // An empty line is worth no memory: most connections are silent most of the time.
            if (_waiting?.Count == 0)
                _waiting = null;
            _sending = false;
            return null;
        }
    }
}
