using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Incidents;
using IotOrleans.Journal;
using IotOrleans.Rules;

namespace IotOrleans.Hosting;

/// <summary>A journal around whose writes the process may die.</summary>
internal sealed class CrashingJournal(IJournal real, CrashPoint point) : IJournal
{
    public async Task<JournalReply> Write(JournalEntry entry)
    {
        var what = Kind(entry);
        point.Reach("before_" + what);
        var reply = await real.Write(entry);
        point.Reach("after_" + what);
        return reply;
    }

    public long FailedWrites => real.FailedWrites;

    public long FailedReads => real.FailedReads;

    public Task<Incident?> ReadIncident(IncidentId id) => real.ReadIncident(id);

    public Task<CallLeg?> ReadLeg(CallId id) => real.ReadLeg(id);

    public Task<Dictionary<RuleId, DateTimeOffset>> LastOpened(DeviceId device) => real.LastOpened(device);

    public Task<Dictionary<string, bool>> LastEdges(DeviceId device) => real.LastEdges(device);

    public Task<Overdue> ReadOverdue(DateTimeOffset now, int limit) => real.ReadOverdue(now, limit);

    public IAsyncEnumerable<IncidentId> ReadOpenIncidents(CancellationToken cancellation) =>
        real.ReadOpenIncidents(cancellation);

    public IAsyncEnumerable<CallId> ReadLivingLegs(CancellationToken cancellation) => real.ReadLivingLegs(cancellation);

    public IAsyncEnumerable<CallId> ReadLegsOn(string @switch, CancellationToken cancellation) =>
        real.ReadLegsOn(@switch, cancellation);

    /// <summary>What is written, in the words of <see cref="CrashPoint.Places"/>.</summary>
    private static string Kind(JournalEntry entry) =>
        entry switch
        {
            { Event: not null } => "event",
            { Cdr: not null } => "cdr",
            { Legs: [{ IsAcknowledged: true }, ..] } => "key",
            { Legs: [{ Ring.Winner: not null }, ..] } => "winner",
            { Legs: [{ Phase: CallPhase.Answered }, ..] } => "answer",
            { Legs: [{ Order.OrderedAt: not null }, ..] } => "mark",
            { Incidents: [{ IsRunning: false }, ..] } => "end",
            _ => "other",
        };
}
