using System.Net;
using System.Net.Http.Json;

namespace IotOrleans.Tests;

/// <summary>
/// A silo and a front-end as the units of deploy/systemd start them, on the database of deploy/postgres. Of what the
/// units take away, sockets are taken away here too; folders, devices and rights only systemd itself could.
/// </summary>
public sealed class UnitsStartTests(DeployedPostgres database) : IClassFixture<DeployedPostgres>
{
    private const string Password = "a password for tests";

    [Fact]
    public async Task Both_units_become_ready_in_Production_and_end_well_when_they_are_asked_to()
    {
        var (silos, gateways) = (HouseProcess.FreePort(), HouseProcess.FreePort());
        var (silo, atSilo) = await Start(
            "silo",
            new()
            {
                // Its own address is looked for among those of the machine, as on one that others reach.
                ["Cluster__Network"] = "127.0.0.0/8",
                ["Cluster__SiloPort"] = $"{silos}",
                ["Cluster__GatewayPort"] = $"{gateways}",
                ["Simulator__Enabled"] = "true",
            }
        );
        await using var first = silo;
        await silo.Until(() => IsReady(atSilo));
        var (api, atApi) = await Start("api", []);
        await using var second = api;
        await api.Until(() => IsReady(atApi));
        using var http = new HttpClient { BaseAddress = atApi };
        using var answer = await http.PostAsJsonAsync(
            "/api/v1/auth/token",
            new { username = "admin", password = Password }
        );
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        // They are started again after a failure only: who is asked to go must not look like one.
        Assert.Equal(0, await api.End(Setting("api", "KillSignal=")));
        Assert.Equal(0, await silo.End(Setting("silo", "KillSignal=")));
    }

    /// <param name="house">What stands in the unit's EnvironmentFile beside the addresses of all.</param>
    private async Task<(Peer Unit, Uri Address)> Start(string name, Dictionary<string, string> house)
    {
        var address = new Uri($"http://127.0.0.1:{HouseProcess.FreePort()}");
        house["ConnectionStrings__Postgres"] = database.Owner;
        house["IOT_ADMIN_PASSWORD"] = Password;
        house["ASPNETCORE_URLS"] = address.ToString();
        foreach (var setting in Setting(name, "Environment=").Split(' '))
            house.Add(setting.Split('=')[0], setting.Split('=')[1]);
        var command = Setting(name, "ExecStart=")
            .With("/usr/bin/dotnet", "dotnet")
            .With("/opt/iotorleans/iotorleans.dll", HouseProcess.OurBuild)
            .Split(' ');
        var unit = await SocketFamilies.Start(
            Setting(name, "RestrictAddressFamilies="),
            () => Peer.Start(command[0], command[1..], house)
        );
        return (unit, address);
    }

    private static string Setting(string name, string setting) =>
        Assert.Single(
            Shipped.Text($"systemd/{name}@.service").Split('\n'),
            line => line.StartsWith(setting, StringComparison.Ordinal)
        )[setting.Length..];

    private static async Task<bool> IsReady(Uri address)
    {
        using var http = new HttpClient { BaseAddress = address };
        try
        {
            using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
