using System.Globalization;
using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Incidents;
using IotOrleans.Journal;
using IotOrleans.Json;
using IotOrleans.Rules;
using IotOrleans.Subscribers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace IotOrleans.Postgres;

/// <summary>Two subscribers and what happens to them, written as the grains write it.</summary>
internal sealed class House(NpgsqlDataSource database) : IAsyncDisposable
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    public static readonly Msisdn Owner = new("79160000010");
    public static readonly Msisdn Neighbour = new("79160000020");
    public static readonly Msisdn Stranger = new("79160000099");

    private readonly GroupCommit _commit = new(database, TimeProvider.System, NullLogger<GroupCommit>.Instance);
    private int _count;

    public Task<JournalReply> Write(JournalEntry entry) => _commit.Write(entry);

    public DeviceEvent Event(string device = "smoke-1", string type = "smoke", DateTimeOffset? at = null) =>
        new(Next("e"), new(device), type, at ?? Noon, at ?? Noon, new JsonText("""{"level": 7}"""), "trace");

    public async Task<DeviceEvent> Happened(Msisdn? number, string device = "smoke-1", string type = "smoke")
    {
        var occurred = Event(device, type);
        await Write(new(new EventEntry(occurred, number, Explanation.Nothing)));
        return occurred;
    }

    public async Task<Incident> Opened(
        Msisdn? number,
        IncidentStatus status = IncidentStatus.Running,
        string device = "smoke-1"
    )
    {
        var occurred = Event(device);
        var rule = new RuleId("fire");
        var incident = new Incident(
            Incident.IdOf(occurred, rule),
            rule,
            occurred.EventId,
            occurred.DeviceId,
            number,
            status,
            [new("call", "+79160000030", "ordered", Noon)],
            null,
            Noon,
            null,
            occurred.EventType,
            "trace",
            "note",
            new("smoke", "Smoke sensor", "kitchen", "home", "15:00", JsonText.Empty),
            [],
            Step: 0,
            Dials: [],
            Version: 1,
            DueAt: Noon
        );
        var why = new Explanation([new(rule, "Fire", true, "matched", [], ["call"], incident.IncidentId)]);
        await Write(new(new EventEntry(occurred, number, why), [incident]));
        return incident;
    }

    public async Task<CallLeg> Called(string from, string to, IncidentId? incident = null)
    {
        var order = new OutboundOrder(null, to, null, NeedsKey: false, 30, LifeSafety: false, CallerNumber: from);
        var leg = CallLeg.New(new(Guid.NewGuid()), order, "trace", Noon);
        await Write(new(Legs: [leg]));
        if (incident is null)
            return leg;
        leg = leg with { IncidentId = incident, Version = 2 };
        await Run($"update calls set incident_id = '{incident}' where call_id = '{leg.CallId}'");
        return leg;
    }

    public async Task<CallDetailRecord> Ended(string from, string to, DateTimeOffset at)
    {
        var leg = (await Called(from, to)).End("NORMAL_CLEARING", at) with { Version = 2 };
        await Write(new(Legs: [leg], Cdr: leg.ToCdr()));
        return leg.ToCdr();
    }

    public async Task Registered(DeviceRegistration device, string? keyHash = null)
    {
        var box = new DeviceBox
        {
            Registration = device,
            KeyHash = keyHash,
            RegisteredAt = Noon,
        };
        await Keep("device", "d:" + device.DeviceId, Text(box));
    }

    public static string Text<T>(T state) => System.Text.Encoding.UTF8.GetString(Rows.Json(state));

    /// <summary>Grain state as it stands in the table; the registry's tables follow from it.</summary>
    public async Task Keep(string name, string key, string state)
    {
        await using var command = database.CreateCommand(
            """
            insert into grain_state (service_id, state_name, key_text, key_n0, key_n1, grain_id_hash, grain_type_hash,
                                     payload, version)
            values ('house', $1, $2, 0, 0, hashtext($2), hashtext($1), $3::jsonb, 1)
            """
        );
        foreach (var value in new[] { name, key, state })
            command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync();
    }

    public async Task Run(string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> Ask<T>(string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public ValueTask DisposeAsync() => _commit.DisposeAsync();

    private string Next(string prefix) =>
        prefix + Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture) + "-" + Guid.NewGuid();
}

internal static class Paging
{
    public static readonly PageRequest First = new(PageRequest.LimitDefault, null);

    /// <summary>All pages one after another; between two of them something else may happen.</summary>
    public static async Task<List<T>> All<T>(
        Func<PageRequest, Task<Page<T>>> list,
        int limit,
        Func<Task>? between = null
    )
    {
        var all = new List<T>();
        var next = new PageRequest(limit, null);
        while (true)
        {
            var page = await list(next);
            Assert.True(page.Items.Length <= limit);
            all.AddRange(page.Items);
            if (page.Next is not { } before)
                return all;
            Assert.Equal(limit, page.Items.Length);
            if (between is not null)
                await between();
            next = next with { Before = before };
        }
    }
}
