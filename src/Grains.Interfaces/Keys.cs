using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Incidents;
using IotOrleans.Postings;
using IotOrleans.Rules;
using IotOrleans.Speakers;
using IotOrleans.Subscribers;

namespace IotOrleans;

/// <summary>
/// The only place where a grain's key is made. Every key has a prefix that is no hexadecimal digit: a bare key such as
/// "0100" or a UUID would be read by the ADO.NET provider as a number and share its row with "100".
/// </summary>
public static class Keys
{
    extension(IGrainFactory grains)
    {
        public IDeviceGrain Device(DeviceId id) => grains.GetGrain<IDeviceGrain>("d:" + id.Value);

        public ISpeakerGrain Speaker(DeviceId id) => grains.GetGrain<ISpeakerGrain>("s:" + id.Value);

        public ISubscriberGrain Subscriber(Msisdn number) => grains.GetGrain<ISubscriberGrain>("n:" + number.Digits);

        public IRuleGrain Rule(RuleId id) => grains.GetGrain<IRuleGrain>("r:" + id.Value);

        public IIncidentGrain Incident(IncidentId id) => grains.GetGrain<IIncidentGrain>("i:" + id);

        public ICallLegGrain CallLeg(CallId id) => grains.GetGrain<ICallLegGrain>("l:" + id);

        public IPostingGrain Posting(Guid id) => grains.GetGrain<IPostingGrain>("p:" + id.ToString("D"));

        public IMediaServerGrain MediaServer(string name) => grains.GetGrain<IMediaServerGrain>("m:" + name);

        public ISimulatedCallersGrain SimulatedCallers => grains.GetGrain<ISimulatedCallersGrain>("x:all");

        public IEmergencyNumbersGrain EmergencyNumbers => grains.GetGrain<IEmergencyNumbersGrain>("e:all");
    }

    /// <summary>What <paramref name="key"/> names, without the prefix of its kind.</summary>
    public static string Name(string key) => key[2..];
}
