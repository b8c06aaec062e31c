using System.Runtime.CompilerServices;

namespace IotOrleans.FreeSwitch;

/// <summary>
/// A call that the switch's dialplan has put into our hands (<c>socket host:port async full</c>). While we hold the
/// connection the call is ours; when we let go, the dialplan goes on, or the call ends if nothing follows in it.
/// </summary>
public sealed class EslSession
{
    private readonly EslConnection _connection;
    private readonly EslHeaders _channel;

    internal EslSession(EslConnection connection, Guid channel, EslHeaders headers) =>
        (_connection, Channel, _channel) = (connection, channel, headers);

    public Guid Channel { get; }
    public string CallerNumber => _channel["Caller-Caller-ID-Number"] ?? "";
    public string CallerName => _channel["Caller-Caller-ID-Name"] ?? "";
    public string Destination => _channel["Caller-Destination-Number"] ?? "";
    public bool IsAnswered => _channel["Answer-State"] == "answered";

    /// <summary>Without it only <c>sendmsg</c>, <c>myevents</c> and <c>filter</c> are allowed here.</summary>
    public bool IsFull => _channel["Control"] == "full";

    /// <summary>Otherwise each command is answered only when its application has ended.</summary>
    public bool IsAsync => _channel["Socket-Mode"] == "async";

    /// <summary>Completes when the connection ends, which is after the hangup and its last events.</summary>
    public Task<EslLostException> Ended => _connection.Lost;

    /// <summary>A channel variable at the time of arrival.</summary>
    public string? Variable(string name) => _channel["variable_" + name];

    /// <summary>
    /// From now on <see cref="Events"/> has what happens. The switch's own link tells of this call as well, and an
    /// event that nobody reads would be kept as long as the call lasts.
    /// </summary>
    /// <remarks><c>event</c> would bring the events of every call of the switch.</remarks>
    public async Task<CommandAnswer> Listen() => CommandAnswer.From(await _connection.Ask(EslCommand.MyEvents("json")));

    /// <summary>What happens to this call, and to a leg bridged with it, until the connection ends.</summary>
    public async IAsyncEnumerable<ChannelEvent> Events([EnumeratorCancellation] CancellationToken stop = default)
    {
        await foreach (var change in _connection.Events.ReadAllAsync(stop))
        {
            foreach (var fact in ChannelEvents.From(change))
                yield return fact;
        }
    }

    public Task<CommandAnswer> RingReady() => Execute("ring_ready", "", Guid.NewGuid());

    public Task<CommandAnswer> PreAnswer() => Execute("pre_answer", "", Guid.NewGuid());

    public Task<CommandAnswer> Answer() => Execute("answer", "", Guid.NewGuid());

    public Task<CommandAnswer> Play(string file, Guid playback) => Execute("playback", EslQuoting.File(file), playback);

    /// <summary>Rings somebody and joins the call with whoever answers, as a leg of the given id.</summary>
    public Task<CommandAnswer> BridgeTo(DialTarget target, Guid leg, FreeSwitchOptions options) =>
        Execute(
            "bridge",
            EslQuoting.Variables([new("origination_uuid", leg.ToString())]) + target.On(options.DialTemplate),
            Guid.NewGuid()
        );

    /// <summary>
    /// Ends the call. Not queued, and by <c>uuid_kill</c> where that is allowed: behind a prompt it would have to wait.
    /// </summary>
    public async Task<CommandAnswer> HangUp(string cause = "NORMAL_CLEARING") =>
        IsFull
            ? CommandAnswer.From(await _connection.Ask(EslCommand.Api($"uuid_kill {Channel} {EslQuoting.Name(cause)}")))
            : await Execute("hangup", EslQuoting.Name(cause), Guid.NewGuid());

    private async Task<CommandAnswer> Execute(string application, string argument, Guid id) =>
        CommandAnswer.From(
            await _connection.Ask(
                EslCommand.Execute(null, application, argument, id, isQueued: application != "hangup")
            )
        );
}
