using IotOrleans.FreeSwitch.Simulator;
using IotOrleans.Hosting;
using IotOrleans.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace IotOrleans.Tests;

/// <summary>What is missing before people rely on the house.</summary>
public sealed class CheckupTests
{
    [Fact]
    public async Task What_nobody_has_seen_to_is_missing_with_what_to_set()
    {
        var (exit, said) = await Check("--urls=http://0.0.0.0:8080", "--IOT_ADMIN_PASSWORD=admin");
        Assert.Equal(1, exit);
        Assert.Equal(
            ["firewall", "TLS", "monitoring", "backups", "secrets", "database", "switch"],
            said.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])
        );
        Assert.All(said, line => Assert.StartsWith("missing ", line, StringComparison.Ordinal));
        Assert.Contains("Access__AllowFrom", said[0], StringComparison.Ordinal);
        Assert.Contains("IOT_ADMIN_PASSWORD", said[4], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_everything_is_done_the_exit_code_says_so()
    {
        // Those of other tests keep no promises.
        var data = TestServer.NewFolder();
        await using var server = await PrivatePostgres.Start(new(data), NullLogger.Instance, TimeProvider.System);
        var folder = Directory.CreateTempSubdirectory("iotorleans-check-").FullName;
        using var backup = new DailyBackup(
            server.ConnectionString,
            new() { Folder = folder },
            TimeProvider.System,
            NullLogger<DailyBackup>.Instance
        );
        Assert.True(await backup.Make(CancellationToken.None));
        var simulated = new SimulatorOptions { Password = "v6NcJ4hYe1" };
        using var telephone = new SwitchSimulator(simulated, TimeProvider.System, NullLogger<SwitchSimulator>.Instance);
        await telephone.StartAsync(CancellationToken.None);
        string[] settings =
        [
            "--urls=http://0.0.0.0:8080",
            "--Access:AllowFrom=192.0.2.0/24",
            "--Access:TrustedProxies=192.0.2.1",
            "--Alerts:Webhook=https://alerts.example/house",
            $"--Backup:Folder={folder}",
            $"--ConnectionStrings:Postgres={server.ConnectionString}",
            "--FreeSwitch:Host=127.0.0.1",
            $"--FreeSwitch:Port={telephone.Port}",
        ];
        var (exit, said) = await Check([.. settings, $"--FreeSwitch:Password={simulated.Password}"]);
        Assert.True(exit == 0, string.Join('\n', said));
        Assert.All(said, line => Assert.StartsWith("done ", line, StringComparison.Ordinal));

        (exit, said) = await Check([.. settings, "--FreeSwitch:Password=not-the-one"]);
        Assert.Equal(1, exit);
        Assert.Contains("refused the password", Assert.Single(said, IsMissing), StringComparison.Ordinal);
        await telephone.StopAsync(CancellationToken.None);
        await server.DisposeAsync();
        await PrivatePostgres.Remove(data, TimeProvider.System);
        Directory.Delete(folder, recursive: true);
    }

    private static bool IsMissing(string line) => line.StartsWith("missing", StringComparison.Ordinal);

    private static async Task<(int Exit, string[] Said)> Check(params string[] settings)
    {
        await using var output = new StringWriter();
        var exit = await Checkup.Run(["--check", .. settings], output);
        return (exit, output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
