using System.Text.RegularExpressions;
using IotOrleans.Tests;

namespace IotOrleans.Deploy;

/// <summary>The firewall that is shipped, with packets between machines that are namespaces.</summary>
public sealed partial class FlowTests : IDisposable
{
    private const string Nft = "/usr/sbin/nft";
    private const string Stranger = "STRANGER";

    // Who is let in hears so at once, on a busy machine a little later; who is not hears nothing for ever.
    private const int Patience = 60;
    private const int Silence = 2;

    // So many at a time: each is a process or two.
    private const int Crowd = 60;

    private readonly DirectoryInfo _folder = Shipped.NewFolder();

    [Fact]
    public async Task What_the_table_lets_through_passes_and_nothing_else()
    {
        Peer.Need(Nft, "nftables");
        Peer.Need("/usr/bin/unshare", "util-linux");
        string[] alone = Environment.IsPrivilegedProcess ? ["-n"] : ["-rn"];
        var (possible, _) = await Peer.Run("unshare", [.. alone, "ip", "link", "set", "lo", "up"]);
        Assert.SkipWhen(possible != 0, "This machine lets nobody make a network of his own.");
        var machines = Machines();
        var flows = Table();
        var doors = flows.SelectMany(flow => flow.Doors).Distinct().ToList();
        Assert.True(flows.Count > 15 && machines.Count > 10, "The table or the addresses were not found.");

        var passed = new HashSet<string>();
        var tries = new List<(string Line, bool Passes)>();
        foreach (var from in machines)
        {
            foreach (var to in machines.Where(to => to.Name != from.Name && to.Role != Stranger))
            {
                foreach (var door in doors.Where(door => IsTried(flows, to, door)))
                {
                    var name = $"{from.Name} {to.Name} {door.Replace('/', ' ')}";
                    tries.Add((name, flows.Exists(flow => flow.Lets(from, to, door))));
                }
            }
        }
        foreach (var some in tries.Chunk(Crowd))
            passed.UnionWith(await Try(alone, machines, some));

        Assert.Equal(tries.Where(one => one.Passes).Select(one => one.Line).Order(), passed.Order());
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static bool IsTried(List<Flow> flows, Machine to, string door) =>
        flows.Exists(flow => (flow.To == to.Role || flow.To == "each") && flow.Doors.Contains(door))
        // Of the doors that a machine has not, those of the database.
        || door == "tcp/5432";

    /// <returns>Those that got through.</returns>
    private async Task<IEnumerable<string>> Try(
        string[] alone,
        List<Machine> machines,
        (string Line, bool Passes)[] tries
    )
    {
        var input = Path.Combine(_folder.FullName, "lines");
        await File.WriteAllLinesAsync(
            input,
            [
                .. machines.Select(machine => $"machine {machine.Name} {machine.Address}"),
                .. tries.Select(one => $"try {one.Line} {(one.Passes ? Patience : Silence)}"),
            ]
        );
        var script = Path.Combine(AppContext.BaseDirectory, "Flows.sh");
        var rules = Shipped.Path("nftables/house.nft");
        var command = $"exec bash '{script}' '{rules}' < '{input}'";
        var (exit, said) = await Peer.Run("unshare", [.. alone, "bash", "-c", command]);
        Assert.True(exit == 0, said);
        var told = said.Split('\n').Where(line => line.EndsWith(" passed") || line.EndsWith(" dropped")).ToList();
        Assert.True(told.Count == tries.Length, said);
        return told.Where(line => line.EndsWith(" passed")).Select(line => line[..^" passed".Length]);
    }

    /// <summary>One of each role, two where they speak with each other, and one that is nobody.</summary>
    private static List<Machine> Machines() =>
        [
            .. Define()
                .Matches(Shipped.Text("nftables/house.nft"))
                .SelectMany(role =>
                    role.Groups["addresses"]
                        .Value.Split(", ")
                        .Take(role.Groups["role"].Value is "SILOS" or "DATABASE" ? 2 : 1)
                        .Select(
                            (address, index) =>
                                new Machine(
                                    role.Groups["role"].Value,
                                    $"{role.Groups["role"].Value}{index}",
                                    address.Replace("0.0/16", "7.9", StringComparison.Ordinal)
                                )
                        )
                ),
            new(Stranger, Stranger, "203.0.113.9"),
        ];

    private static List<Flow> Table() =>
        [
            .. Row()
                .Matches(Shipped.Text("configuration.md"))
                .SelectMany(row =>
                    row.Groups["from"]
                        .Value.Split(", ")
                        .Select(from => new Flow(
                            from,
                            row.Groups["to"].Value,
                            [.. row.Groups["doors"].Value.Split(", ").SelectMany(Doors)]
                        ))
                ),
        ];

    // Of a range its ends.
    private static IEnumerable<string> Doors(string text)
    {
        var words = text.Split(' ');
        return words.Where(word => char.IsAsciiDigit(word[0])).Select(port => $"{words[0]}/{port}");
    }

    [GeneratedRegex(@"^define (?<role>\w+) += \{ (?<addresses>[^}]+) \}", RegexOptions.Multiline)]
    private static partial Regex Define();

    [GeneratedRegex(@"^\| (?<from>[\w, ]+) \| (?<to>\w+) \| (?<doors>(tcp|udp) [^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    private sealed record Machine(string Role, string Name, string Address);

    private sealed record Flow(string From, string To, string[] Doors)
    {
        public bool Lets(Machine from, Machine to, string door) =>
            (From == "anybody" || From == from.Role) && (To == "each" || To == to.Role) && Doors.Contains(door);
    }
}
