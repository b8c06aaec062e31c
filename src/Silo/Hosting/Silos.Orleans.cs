using System.Text.Json;
using IotOrleans.Cluster;

namespace IotOrleans.Hosting;

/// <summary>The silos as the membership table names them, and what each says of itself.</summary>
internal sealed class Silos(IGrainFactory grains) : ICluster
{
    private IManagementGrain Everybody => grains.GetGrain<IManagementGrain>(0);

    public async Task<ClusterState> Look()
    {
        var members = await Members();
        var silos = await Task.WhenAll(
            members
                .OrderBy(member => member.SiloName, StringComparer.Ordinal)
                .ThenBy(member => member.StartTime)
                .Select(Look)
        );
        return ClusterState.Of("orleans", Build.Version, silos);
    }

    private async Task<MembershipEntry[]> Members()
    {
        try
        {
            return await Everybody.GetDetailedHosts(onlyActive: false);
        }
        // What the database says comes through as it is.
        catch (Exception trouble) when (trouble is not (TimeoutException or OrleansException))
        {
            throw new OrleansException("The membership table cannot be read now.", trouble);
        }
    }

    private async Task<SiloState> Look(MembershipEntry member)
    {
        var (name, version) = SiloNames.Read(member.SiloName);
        return new(
            name,
            member.SiloAddress.ToParsableString(),
            JsonNamingPolicy.SnakeCaseLower.ConvertName(member.Status.ToString()),
            new DateTimeOffset(DateTime.SpecifyKind(member.StartTime, DateTimeKind.Utc)),
            version,
            member.Status == SiloStatus.Active ? await Activations(member.SiloAddress) : null
        );
    }

    /// <summary>Asked one by one: a silo that stands still must not hide the others.</summary>
    private async Task<SortedDictionary<string, int>?> Activations(SiloAddress silo)
    {
        try
        {
            var statistics = await Everybody.GetSimpleGrainStatistics([silo]);
            return new(
                statistics
                    .Where(type => type.GrainType.StartsWith("IotOrleans.", StringComparison.Ordinal))
                    .GroupBy(type => Word(type.GrainType))
                    .ToDictionary(group => group.Key, group => group.Sum(type => type.ActivationCount))
            );
        }
        catch (Exception trouble) when (trouble is TimeoutException or OrleansException)
        {
            return null;
        }
    }

    /// <summary>"IotOrleans.Devices.DeviceGrain,IotOrleans.Grains" is "device", as on the embedded engine.</summary>
    private static string Word(string type)
    {
        var name = type.Split(',')[0];
        name = name[(name.LastIndexOf('.') + 1)..];
        return (name.EndsWith("Grain", StringComparison.Ordinal) ? name[..^5] : name).ToLowerInvariant();
    }
}
