using System.Runtime.CompilerServices;
using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Incidents;
using IotOrleans.Journal;
using IotOrleans.Rules;

namespace IotOrleans.Simulation;

/// <summary>The journal as one process has it.</summary>
internal sealed class ModelJournal(World world, Life life) : IJournal
{
    private Rows Rows => world.Database.Rows;

    public long FailedWrites { get; private set; }

    public long FailedReads { get; private set; }

    public async Task<JournalReply> Write(JournalEntry entry)
    {
        var reply = await Try(
                () => world.Database.Write(life, NameOf(entry), () => Rows.Write(entry)),
                () => FailedWrites++
            )
            .ConfigureAwait(false);
        // What a dead process wrote it had decided earlier.
        if (life.IsAlive)
            world.Ledger.Written(entry.Legs ?? []);
        return reply;
    }

    public Task<Incident?> ReadIncident(IncidentId id) => Read("incident", () => Rows.Incident(id));

    public Task<CallLeg?> ReadLeg(CallId id) => Read("leg", () => Rows.Leg(id));

    public Task<Dictionary<RuleId, DateTimeOffset>> LastOpened(DeviceId device) =>
        Read(
            "last opened",
            () =>
                Rows
                    .Incidents.Where(incident => incident.DeviceId == device)
                    .GroupBy(incident => incident.RuleId)
                    .ToDictionary(group => group.Key, group => group.Max(incident => incident.OpenedAt))
        );

    public Task<Dictionary<string, bool>> LastEdges(DeviceId device) =>
        Read(
            "last edges",
            () =>
            {
                var last = new Dictionary<string, bool>();
                foreach (var (entry, _) in Rows.Events)
                {
                    if (entry.Event.DeviceId == device && entry.Edge is { } edge)
                        last[entry.Event.EventType] = edge;
                }
                return last;
            }
        );

    public Task<Overdue> ReadOverdue(DateTimeOffset now, int limit) =>
        Read(
            "overdue",
            () =>
                new Overdue(
                    [
                        .. Rows
                            .OpenIncidents.Where(incident => incident.DueAt <= now)
                            .OrderBy(incident => incident.DueAt)
                            .Take(limit)
                            .Select(incident => incident.IncidentId),
                    ],
                    [
                        .. Rows
                            .LivingLegs.Where(leg => leg.DueAt <= now)
                            .OrderBy(leg => leg.DueAt)
                            .Take(limit)
                            .Select(leg => leg.CallId),
                    ]
                )
        );

    public IAsyncEnumerable<IncidentId> ReadOpenIncidents(CancellationToken cancellation) =>
        All(
            () => Rows.OpenIncidents.OrderBy(incident => incident.DueAt).Select(incident => incident.IncidentId),
            cancellation
        );

    public IAsyncEnumerable<CallId> ReadLivingLegs(CancellationToken cancellation) =>
        All(() => Rows.LivingLegs.OrderBy(leg => leg.DueAt).Select(leg => leg.CallId), cancellation);

    public IAsyncEnumerable<CallId> ReadLegsOn(string @switch, CancellationToken cancellation) =>
        All(
            () =>
                Rows
                    .LivingLegs.Where(leg => leg.Direction == CallDirection.Outbound && leg.Switch == @switch)
                    .Select(leg => leg.CallId),
            cancellation
        );

    private async IAsyncEnumerable<T> All<T>(
        Func<IEnumerable<T>> read,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        foreach (var id in await Read("all", () => read().ToArray()).ConfigureAwait(false))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return id;
        }
    }

    private Task<T> Read<T>(string what, Func<T> read) =>
        Try(() => world.Database.Read(life, what, read), () => FailedReads++);

    private static async Task<T> Try<T>(Func<Task<T>> ask, Action failed)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (JournalUnavailableException)
        {
            failed();
            throw;
        }
    }

    private static Guid NameOf(JournalEntry entry) =>
        entry.Event is { Event: var occurred } ? NamedId.Of("event", occurred.DeviceId.Value, occurred.EventId)
        : entry.Incidents is [var incident, ..] ? NamedId.Of($"{incident.IncidentId}", $"{incident.Version}")
        : NamedId.Of($"{entry.Legs![0].CallId}", $"{entry.Legs[0].Version}");
}
