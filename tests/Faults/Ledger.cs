using System.Collections.Concurrent;
using IotOrleans.Calls;
using IotOrleans.FreeSwitch.Simulator;
using Npgsql;

namespace IotOrleans.Tests;

/// <summary>
/// What must hold after any fault, read from the rows and from the switch's own list of orders: nothing accepted is
/// lost, everything ends, nobody is called twice, each leg has one record, and nothing happened that nobody asked for.
/// </summary>
internal sealed class Ledger(NpgsqlDataSource database, SwitchSimulator @switch)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, Guid> _accepted = new();

    /// <summary>Somebody was promised this.</summary>
    public void Accepted(string eventId, Guid incident) =>
        Assert.Equal(incident, _accepted.GetOrAdd(eventId, incident));

    /// <summary>Returns when nothing is open any more.</summary>
    public async Task Closes()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (await Count("incidents where due_at is not null") + await Count("calls where due_at is not null") > 0)
        {
            if (patience.IsCancellationRequested)
                Assert.Fail("Still open: " + string.Join('\n', await Texts(Open)));
            await Task.Delay(50);
        }
    }

    public async Task Agrees()
    {
        var events = await Texts("select event_id || ' ' || incidents[1] from events");
        foreach (var (id, incident) in _accepted)
            Assert.Contains($"{id} {incident}", events);
        Assert.Empty(await Texts(NotEnded));
        Assert.Empty(await Texts(WithoutRecord));
        Assert.Empty(await Texts(Unasked));
        var calls = (await Texts("select call_id || ' ' || to_number from calls where direction = 'outbound'"))
            .Select(line => line.Replace(" +", " ", StringComparison.Ordinal))
            .ToHashSet(StringComparer.Ordinal);
        var orders = @switch.Orders;
        Assert.All(orders, order => Assert.Contains($"{order.Asked} {order.Number}", calls));
        Assert.All(
            orders.Where(order => order.Channel is not null).GroupBy(order => order.Asked),
            made => Assert.Single(made)
        );
        // At least one order reached the switch for each incident that was to call somebody.
        var asked = orders.Select(order => order.Asked!.Value).ToHashSet();
        var led = (await Texts("select incident_id || ' ' || call_id from calls where incident_id is not null"))
            .Select(line => line.Split(' '))
            .Where(pair => asked.Contains(Guid.Parse(pair[1])))
            .Select(pair => Guid.Parse(pair[0]))
            .ToHashSet();
        // One whose order was cut in the middle ends as lost, and only an alarm is then tried again.
        led.UnionWith((await Texts(OrdinaryLost)).Select(Guid.Parse));
        Assert.All(_accepted, pair => Assert.True(led.Contains(pair.Value), $"{pair.Key} led to no order"));
    }

    private const string Open = """
        select state::text from incidents where due_at is not null
        union all select state::text from calls where due_at is not null
        """;

    private const string NotEnded = "select incident_id::text from incidents where closed_at is null";

    private const string WithoutRecord = """
        select c.call_id::text from calls c left join cdrs r using (call_id) where r.call_id is null
        union all select r.call_id::text from cdrs r left join calls c using (call_id) where c.call_id is null
        union all select call_id::text from cdrs group by call_id having count(*) > 1
        """;

    private const string OrdinaryLost = $"""
        select i.incident_id::text from incidents i join cdrs r on r.incident_id = i.incident_id
        where r.hangup_cause = '{HangupCauses.Lost}' and i.event_type <> 'smoke'
        """;

    // An incident that no event led to, or a call of an incident that there is not.
    private const string Unasked = """
        select i.incident_id::text from incidents i
        where not exists (select from events e where i.incident_id = any(e.incidents))
        union all
        select c.call_id::text from calls c
        where c.incident_id is not null and not exists (select from incidents i where i.incident_id = c.incident_id)
        """;

    public async Task<long> Count(string rows)
    {
        await using var command = database.CreateCommand($"select count(*) from {rows}");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task<List<string>> Texts(string sql)
    {
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var texts = new List<string>();
        while (await reader.ReadAsync())
            texts.Add(reader.GetString(0));
        return texts;
    }
}
