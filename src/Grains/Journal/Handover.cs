using IotOrleans.Calls;
using IotOrleans.Incidents;
using Orleans.Concurrency;

namespace IotOrleans.Journal;

/// <summary>
/// What has just been written for the first time goes to its grain in a message, so that it need not be read back. A
/// message arrives once or never; whoever gets it knows that nobody has acted on it before. One that never arrives is
/// found in the rows by the sweeper.
/// </summary>
[Alias("iot.INewIncident")]
public interface INewIncident : IGrainWithStringKey
{
    /// <param name="legs">Those that were written with it.</param>
    [Alias("Begin"), OneWay]
    Task Begin(Incident incident, CallLeg[] legs);
}

/// <inheritdoc cref="INewIncident"/>
[Alias("iot.INewLeg")]
public interface INewLeg : IGrainWithStringKey
{
    [Alias("Begin"), OneWay]
    Task Begin(CallLeg leg);
}

internal static class Handover
{
    extension(IGrainFactory grains)
    {
        public Task Begin(Incident incident, IEnumerable<CallLeg> legs) =>
            grains
                .GetGrain<INewIncident>(grains.Incident(incident.IncidentId).GetPrimaryKeyString())
                .Begin(incident, [.. legs.Where(leg => leg.IncidentId == incident.IncidentId)]);

        public Task Begin(CallLeg leg) =>
            grains.GetGrain<INewLeg>(grains.CallLeg(leg.CallId).GetPrimaryKeyString()).Begin(leg);
    }
}
