using System.Diagnostics.Metrics;
using IotOrleans.Retention;
using IotOrleans.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IotOrleans.Postgres;

/// <summary>A house with a past, and who removes what of it is old.</summary>
internal sealed class OldHouse : IAsyncDisposable
{
    private readonly ServiceProvider _all = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, long> _removed = [];
    private readonly NpgsqlDataSource _database;

    public OldHouse(NpgsqlDataSource database)
    {
        (_database, House) = (database, new(database));
        var meters = _all.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "iot_retention_rows" && instrument.Meter.Scope == meters)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>(
            (_, rows, tags, _) =>
            {
                lock (_removed)
                    _removed[$"{tags[0].Value}"] = _removed.GetValueOrDefault($"{tags[0].Value}") + rows;
            }
        );
        _listener.Start();
    }

    public House House { get; }

    public FakeTime Clock { get; } = new(House.Noon);

    public HeardLog Log { get; } = new();

    /// <summary>As /metrics tells it.</summary>
    public long Removed(string table)
    {
        lock (_removed)
            return _removed.GetValueOrDefault(table);
    }

    public RetentionKeeper Keeper(RetentionOptions? options = null) =>
        new(
            _database,
            Options.Create(options ?? new()),
            new(_all.GetRequiredService<IMeterFactory>()),
            Clock,
            Log.For<RetentionKeeper>()
        );

    /// <summary>An hour's work; its pauses take no time.</summary>
    public Task Work(RetentionOptions? options = null) => WorkOf(Keeper(options));

    public async Task WorkOf(RetentionKeeper keeper)
    {
        var work = Task.Run(() => keeper.Work(CancellationToken.None));
        while (!work.IsCompleted)
        {
            if (Clock.IsAwaited)
                Clock.Advance(TimeSpan.FromMilliseconds(20));
            await Task.Yield();
        }
        await work;
    }

    public Task Event(string id, int daysAgo, bool? edge = null, string device = "smoke-1", string type = "smoke") =>
        House.Run(
            $$"""
            insert into events (event_id, device_id, event_type, occurred_at, received_at, payload, incidents, trace_id,
                                derived, edge)
            values ('{{id}}', '{{device}}', '{{type}}', '{{At(daysAgo)}}', '{{At(
                daysAgo
            )}}', '{}', '{}', 'trace', false,
                    {{edge?.ToString() ?? "null"}})
            """
        );

    /// <summary>An event, its incident, which was closed on the same day, and a leg of it that is over.</summary>
    public async Task<Guid> Incident(string id, int daysAgo)
    {
        await Event(id, daysAgo);
        var incident = Guid.NewGuid();
        await House.Run(
            $$"""
            insert into incidents (incident_id, rule_id, event_id, device_id, event_type, status, opened_at, closed_at,
                                   version, state)
            values ('{{incident}}', 'fire', '{{id}}', 'smoke-1', 'smoke', 'acknowledged', '{{At(daysAgo)}}',
                    '{{At(daysAgo)}}', 3, '{}')
            """
        );
        await Leg(daysAgo, incident);
        return incident;
    }

    public async Task<Guid> Leg(int daysAgo, Guid? incident = null)
    {
        var id = Guid.NewGuid();
        await House.Run(
            $$"""
            insert into calls (call_id, direction, from_number, to_number, phase, incident_id, started_at, version,
                               state)
            values ('{{id}}', 'outbound', '+79160000010', '+79160000020', 'ended', {{Text(incident)}},
                    '{{At(daysAgo)}}', 4, '{}')
            """
        );
        return id;
    }

    public async Task<Guid> Posting(int daysAgo, Guid? incident = null, bool isDue = false)
    {
        var id = Guid.NewGuid();
        await House.Run(
            $$"""
            insert into postings (posting_id, kind, target, status, incident_id, created_at, due_at, version, state)
            values ('{{id}}', 'sms', '+79160000010', 'delivered', {{Text(incident)}}, '{{At(daysAgo)}}',
                    {{(isDue ? "now()" : "null")}}, 2, '{}')
            """
        );
        return id;
    }

    public Task Cdr(string cause, int daysAgo, Guid? incident = null) =>
        House.Run(
            $"""
            insert into cdrs (call_id, direction, from_number, to_number, hangup_cause, incident_id, started_at,
                              ended_at, duration_seconds, billable_seconds, trace_id)
            values (gen_random_uuid(), 'inbound', '+79160000010', '+79160000020', '{cause}', {Text(incident)},
                    '{At(daysAgo)}', '{At(daysAgo)}', 1, 1, 'trace')
            """
        );

    /// <summary>How many rows these tables have.</summary>
    public async Task<string> Counts(params string[] tables)
    {
        var counts = new List<long>();
        foreach (var table in tables)
            counts.Add(await House.Ask<long>($"select count(*) from {table}"));
        return string.Join(' ', counts);
    }

    public string At(int daysAgo) => $"{Clock.GetUtcNow().AddDays(-daysAgo):u}";

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _all.DisposeAsync();
        await House.DisposeAsync();
    }

    private static string Text(Guid? id) => id is { } known ? $"'{known}'" : "null";
}
