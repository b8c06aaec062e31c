using System.Globalization;
using IotOrleans.Access;
using IotOrleans.Postgres;
using IotOrleans.Subscribers;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace IotOrleans.Masks;

/// <summary>
/// Keeps the masks of the database in memory: told of changes by NOTIFY, and asking every two seconds in case it was
/// not. When the database is away it goes on with what it has.
/// </summary>
public sealed partial class MaskMirror(NpgsqlDataSource database, TimeProvider clock, ILogger<MaskMirror> log)
    : BackgroundService,
        IMaskLookup
{
    /// <summary>Also how often this process says that it lives and how far it has read.</summary>
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);

    /// <summary>Who was away for longer reads all anew: what ended meanwhile may be gone from the tables.</summary>
    private static readonly TimeSpan AwayMax = TimeSpan.FromDays(1);

    private readonly Guid _node = Guid.NewGuid();
    private volatile MaskView _view = MaskView.Empty;
    private volatile (long From, long To)[] _pools = [];
    private volatile bool _isReady;
    private long _seen;
    private DateTimeOffset _seenAt;
    private int _count;

    public bool IsReady => _isReady;

    public int Count => _count;

    public Msisdn? RealOf(Msisdn shown, CustomerId? customer = null) =>
        _view.ByShown(Number(shown)) is { } entry
        && (customer is not { } one || entry.Owner == one.Value)
        && IsLiving(entry.Expires)
            ? Digits(entry.Real)
            : null;

    public Msisdn? ShownOf(Msisdn real, CustomerId? customer = null) =>
        Shown(customer is { } one ? _view.ByReal(Number(real), one.Value) : _view.ForTheHouse(Number(real)));

    public MaskRoute? Route(Msisdn shown, Msisdn? caller)
    {
        var (view, number) = (_view, Number(shown));
        if (view.Changes.SessionNumbers.Contains(number))
            return InSession(view, shown, number, caller);
        if (view.ByShown(number) is not { } entry || !IsLiving(entry.Expires))
            return null;
        var extra = view.Changes.Extras.GetValueOrDefault(number);
        if (caller is { } known && extra?.Blocked?.Contains(Number(known)) == true)
            return new(shown, null, null);
        var presented = caller is { } real ? Shown(view.ByReal(Number(real), entry.Owner)) : null;
        return new(
            shown,
            Digits(entry.Real),
            presented,
            extra is { IsCounted: true } ? new(false, extra.MaskId) : null
        );
    }

    // Each of the two reaches the other and shows the number they share; to everybody else it is nobody's.
    private MaskRoute InSession(MaskView view, Msisdn shown, long number, Msisdn? caller) =>
        caller is { } party
        && view.Changes.Sessions.TryGetValue((number, Number(party)), out var session)
        && IsLiving(session.Expires)
            ? new(shown, Digits(session.Other), shown, session.IsCounted ? new(true, session.SessionId) : null)
            : new(shown, null, null);

    public bool IsPooled(Msisdn number)
    {
        var digits = Number(number);
        return Array.Exists(_pools, pool => pool.From <= digits && digits <= pool.To);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new NotifyChannel(database, "masks_changed", Round, clock).Follow(CatchUp, LogDeaf, stoppingToken);

    private async Task CatchUp(NpgsqlConnection connection, bool mayHaveChanged, CancellationToken stopping)
    {
        var rows = new MaskRows(connection);
        _pools = await rows.Pools(stopping);
        if (IsStale || await rows.CountSince(_seen, MaskView.ChangesMax, stopping) >= MaskView.ChangesMax)
        {
            await LoadAll(rows, stopping);
        }
        else
        {
            var changes = _view.Changes.Copy();
            _seen = await rows.Apply(_seen, changes, _view, stopping);
            _view = _view with { Changes = changes };
            if (changes.ByShown.Count > MaskView.ChangesMax)
                await LoadAll(rows, stopping);
        }
        (_count, _seenAt) = (_view.Count, clock.GetUtcNow());
        await rows.SaySeen(_node, _seen, stopping);
    }

    private bool IsStale => !_isReady || clock.GetUtcNow() - _seenAt > AwayMax;

    private async Task LoadAll(MaskRows rows, CancellationToken stopping)
    {
        // From one snapshot, so that the table and the version are of the same moment.
        var (table, changes, seen) = await rows.Load(stopping);
        (_view, _seen, _isReady) = (new(table, changes), seen, true);
        LogLoaded(table.Count);
    }

    private Msisdn? Shown(MaskEntry? entry) => entry is { } mask && IsLiving(mask.Expires) ? Digits(mask.Shown) : null;

    private bool IsLiving(uint expires) => expires == 0 || clock.GetUtcNow().ToUnixTimeSeconds() < expires;

    internal static long Number(Msisdn number) => long.Parse(number.Digits, CultureInfo.InvariantCulture);

    internal static Msisdn Digits(long number) => new(number.ToString(CultureInfo.InvariantCulture));

    [LoggerMessage(LogLevel.Warning, "Changes of masks are not heard now: {Reason}")]
    private partial void LogDeaf(string reason);

    [LoggerMessage(LogLevel.Information, "{Count} masks are in memory")]
    private partial void LogLoaded(int count);
}
