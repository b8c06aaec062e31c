using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IotOrleans.FreeSwitch;

/// <summary>
/// One switch as the product sees it: orders go in, facts come out. It keeps no state of calls; whoever owns a leg
/// does, and asks about it after each <see cref="LinkUp"/>.
/// </summary>
public sealed partial class FreeSwitchLink : BackgroundService, IEslOwner
{
    private readonly FreeSwitchOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<FreeSwitchLink> _logger;
    private readonly EslClient _client;
    private readonly Channel<LinkEvent> _events;
    private readonly ConcurrentDictionary<Guid, EslJob> _placing = new();
    private readonly ConcurrentDictionary<string, Guid> _strangers = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationToken _stopped;
    private int _connections;
    private volatile EslConnection? _connection;

    public FreeSwitchLink(FreeSwitchOptions options, TimeProvider clock, ILogger<FreeSwitchLink> logger)
    {
        (_options, _clock, _logger) = (options, clock, logger);
        _client = new EslClient(options, this, clock, logger);
        _events = Channel.CreateBounded<LinkEvent>(options.EventsMax);
        _stopped = _stopping.Token;
    }

    public string Name => _options.Name;

    /// <summary>Asked when an order's bytes are about to go out; false keeps them back.</summary>
    public Func<bool> MayOrder { get; init; } = () => true;

    /// <summary>Told when an order's bytes have gone out, before its reply is looked for.</summary>
    public Action<Guid>? Sent { get; init; }

    public bool IsUp => _connection is not null;

    /// <summary>
    /// Everything the switch tells, for one reader. A reader that falls behind makes the link drop (and say so with
    /// <see cref="LinkDown"/>) rather than lose a single event in silence.
    /// </summary>
    public ChannelReader<LinkEvent> Events => _events.Reader;

    /// <summary>
    /// Places a call. Returns when the switch has taken the order, not when somebody answers; the rest is told by
    /// events of the leg, a refusal without any channel included.
    /// </summary>
    /// <exception cref="ArgumentException">The order holds something that cannot be said to the switch.</exception>
    public async Task<OriginateAnswer> Originate(OriginateOrder order)
    {
        var line = OriginateLine.For(order, _options);
        if (_connection is not { } connection)
            return new(OriginateOutcome.NotSent);
        try
        {
            if (order.FirstOrderedAt is { } since && await HadOrder(order.Leg, since))
                return new(OriginateOutcome.AlreadyOrdered);
        }
        catch (Exception trouble) when (trouble is EslLostException or EslBusyException)
        {
            return new(OriginateOutcome.NotSent);
        }
        return await Place(connection, order, line);
    }

    /// <summary>Whether the channel lives now.</summary>
    public async Task<bool> Exists(Guid channel) => (await Ask($"uuid_exists {channel}")).Text == "true";

    /// <summary>
    /// Whether the switch ever had the order for this leg: true, false, or null when it cannot tell (it keeps no such
    /// notes, was restarted since <paramref name="orderedAt"/>, or the line broke in the middle of the order).
    /// </summary>
    public async Task<bool?> WasOrdered(Guid leg, DateTimeOffset orderedAt)
    {
        var replies = await Connection().AskAll(OrderMemory.Recall(leg), OrderMemory.Uptime());
        return OrderMemory.Judge(await replies[0], await replies[1], orderedAt, _clock.GetUtcNow());
    }

    /// <summary>
    /// To be called when the leg is over and written down: the switch keeps its notes for ever otherwise.
    /// </summary>
    public async Task Forget(Guid leg) => await Connection().Ask(OrderMemory.Forget(leg));

    /// <summary>How often the line was made: what was heard before the last time may have changed unheard.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Every channel that lives on the switch, ours or not.</summary>
    public async Task<IReadOnlyList<LiveChannel>> Channels() =>
        LiveChannel.List((await Ask("show channels as json")).Text);

    async Task IEslOwner.Connected(EslConnection connection)
    {
        foreach (var (stranger, leg) in _strangers)
            await Kill(connection, leg, stranger);
        Interlocked.Increment(ref _connections);
        _connection = connection;
        await Tell(new LinkUp(_clock.GetUtcNow()));
    }

    async Task IEslOwner.Received(EslEvent change)
    {
        if (TextReceived.Of(change) is { } text)
            await Tell(text);
        foreach (var fact in ChannelEvents.From(change))
            await Tell(fact);
    }

    Task IEslOwner.Lost(EslLostException loss)
    {
        _connection = null;
        return Tell(new LinkDown(_clock.GetUtcNow(), $"{loss.Reason}: {loss.Message}"));
    }

    public override void Dispose()
    {
        _stopping.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = stoppingToken.Register(_stopping.Cancel);
        try
        {
            await _client.Run(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            LogStopped(Name);
        }
        finally
        {
            _events.Writer.TryComplete();
        }
    }

    private async Task<OriginateAnswer> Place(EslConnection connection, OriginateOrder order, string line)
    {
        EslJob? job = null;
        try
        {
            job = connection.ExpectJob();
            if (!_placing.TryAdd(order.Leg, job))
            {
                connection.Forget(job);
                return new(OriginateOutcome.AlreadyOrdered);
            }
            var now = _clock.GetUtcNow();
            var replies = await connection.AskAllIf(
                MayOrder,
                OrderMemory.Announce(order.Leg, now),
                EslCommand.Background(line, job.Id),
                OrderMemory.Confirm(order.Leg, now)
            );
            Sent?.Invoke(order.Leg);
            var reply = await replies[1];
            LogOrdered(order.Leg, order.To, Name, reply.IsRefusal ? reply.Text : "taken");
            if (!reply.IsRefusal)
                _ = Follow(connection, order, job);
            else
                GiveUp(connection, order.Leg, job);
            return reply.IsRefusal ? new(OriginateOutcome.Refused, reply.Detail) : new(OriginateOutcome.Accepted);
        }
        catch (Exception trouble) when (trouble is EslLostException or EslBusyException)
        {
            if (job is not null)
                GiveUp(connection, order.Leg, job);
            var isUnknown = trouble is EslLostException { WasWritten: true };
            LogNotOrdered(order.Leg, order.To, Name, trouble.Message);
            return new(isUnknown ? OriginateOutcome.Unknown : OriginateOutcome.NotSent, trouble.Message);
        }
    }

    private void GiveUp(EslConnection connection, Guid leg, EslJob job)
    {
        connection.Forget(job);
        _placing.TryRemove(new(leg, job));
    }

    private async Task<bool> HadOrder(Guid leg, DateTimeOffset since) =>
        await Exists(leg) || await WasOrdered(leg, since) == true;

    /// <summary>Waits for the result of an order, which comes when it is answered or has failed.</summary>
    private async Task Follow(EslConnection connection, OriginateOrder order, EslJob job)
    {
        try
        {
            var result = await job.Result.WaitAsync(TimeSpan.FromSeconds(order.RingSeconds + 30), _clock);
            if (!result.IsOk)
                await Refused(order.Leg, result.Detail);
            else if (!Guid.TryParse(result.Detail, out var channel) || channel != order.Leg)
                await Kill(connection, order.Leg, result.Detail);
        }
        catch (Exception trouble) when (trouble is TimeoutException or EslLostException or EslBusyException)
        {
            // The owner of the leg asks for it after the next LinkUp, or when its own deadline has passed.
            LogUnsettled(order.Leg, Name, trouble.Message);
        }
        catch (OperationCanceledException) when (_stopped.IsCancellationRequested)
        {
            LogStopped(Name);
        }
        finally
        {
            GiveUp(connection, order.Leg, job);
        }
    }

    /// <summary>
    /// Several refusals never had a channel, so no event would tell of them. A second order for a living leg is refused
    /// as well, in the same words as an overload: that must not end the leg.
    /// </summary>
    private async Task Refused(Guid leg, string cause)
    {
        if (await Exists(leg))
        {
            LogRefusedButAlive(leg, Name, cause);
            return;
        }
        await Tell(
            new ChannelEvent(_clock.GetUtcNow(), leg, ChannelEventKind.HungUp, 0) { Cause = cause, IsFromOrder = true }
        );
    }

    private async Task Kill(EslConnection connection, Guid leg, string stranger)
    {
        _strangers[stranger] = leg; // Remembered until it is dead: the line may break right now.
        await connection.Ask(EslCommand.Api($"uuid_kill {stranger}"));
        _strangers.TryRemove(stranger, out _);
        LogStranger(leg, stranger, Name);
        await Tell(new StrangerKilled(_clock.GetUtcNow(), leg, stranger));
    }

    private Task Tell(LinkEvent fact) => _events.Writer.WriteAsync(fact, _stopped).AsTask();

    private EslConnection Connection() =>
        _connection ?? throw new EslLostException(EslLoss.SocketFailure, $"Switch {Name} is not connected.");

    private Task<EslReply> Ask(string line) => Connection().Ask(EslCommand.Api(line));

    [LoggerMessage(LogLevel.Information, "Leg {Leg} to {Number} ordered from switch {Switch}: {Reply}")]
    private partial void LogOrdered(Guid leg, DialTarget number, string @switch, string reply);

    [LoggerMessage(LogLevel.Warning, "Leg {Leg} to {Number} not ordered from switch {Switch}, or not known: {Why}")]
    private partial void LogNotOrdered(Guid leg, DialTarget number, string @switch, string why);

    [LoggerMessage(LogLevel.Warning, "Leg {Leg} has no result from switch {Switch}: {Why}")]
    private partial void LogUnsettled(Guid leg, string @switch, string why);

    [LoggerMessage(LogLevel.Warning, "Leg {Leg} lives on switch {Switch} though an order for it was refused: {Cause}")]
    private partial void LogRefusedButAlive(Guid leg, string @switch, string cause);

    [LoggerMessage(
        LogLevel.Error,
        "Leg {Leg} became channel {Stranger} on switch {Switch}, a second call; it was killed"
    )]
    private partial void LogStranger(Guid leg, string stranger, string @switch);

    [LoggerMessage(LogLevel.Information, "Link to switch {Switch} stopped")]
    private partial void LogStopped(string @switch);
}
