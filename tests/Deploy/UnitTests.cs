using IotOrleans.Tests;

namespace IotOrleans.Deploy;

/// <summary>systemd reads the units that are shipped as they are meant.</summary>
public sealed class UnitTests : IDisposable
{
    private const string Analyze = "/usr/bin/systemd-analyze";
    private const string Dotnet = "/usr/bin/dotnet";

    /// <summary>The first systemd that knows the steps of a restart; the units say what older ones do.</summary>
    private const int KnowsSteps = 254;

    private static readonly string[] Steps = ["RestartSteps", "RestartMaxDelaySec"];

    private readonly DirectoryInfo _folder = Shipped.NewFolder();

    [Theory]
    [InlineData("silo")]
    [InlineData("api")]
    public async Task Systemd_has_nothing_to_say_against_an_instance_of_the_unit(string name)
    {
        Peer.Need(Analyze, "systemd");
        var unit = Shipped.Text($"systemd/{name}@.service");
        // Where .NET lies elsewhere another program stands in for it: a unit names one that is there.
        if (!File.Exists(Dotnet))
            unit = unit.With(Dotnet, Environment.ProcessPath!);
        var instance = Path.Combine(_folder.FullName, $"{name}@1.service");
        await File.WriteAllTextAsync(instance, unit);

        var (exit, said) = await Peer.Run(Analyze, ["verify", instance]);
        var (_, version) = await Peer.Run(Analyze, ["--version"]);
        var isOld = int.Parse(version.Split(' ')[1]) < KnowsSteps;
        var complaints = said.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !isOld || !Steps.Any(step => line.Contains($"Unknown key '{step}'")));
        Assert.Empty(complaints);
        Assert.Equal(0, exit);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
