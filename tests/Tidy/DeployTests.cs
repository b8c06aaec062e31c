using System.Text.RegularExpressions;
using System.Xml.Linq;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;
using Yaml = System.Collections.Generic.Dictionary<object, object?>;

namespace IotOrleans.Tidy;

/// <summary>What is deployed names only what is there, and sets only what is read.</summary>
public sealed partial class DeployTests
{
    private static readonly string[] Profiles = ["cluster"];

    private readonly Yaml _compose = Load();

    [Fact]
    public void Every_mounted_file_is_in_the_tree() =>
        CodeTests.None(
            from service in Services()
            from mount in Texts(service.Value, "volumes")
            let path = mount.Split(':')[0]
            where path.StartsWith("./", StringComparison.Ordinal) && !Tree.Files.Contains(path[2..])
            select $"{service.Key} mounts {path}"
        );

    [Fact]
    public void Every_image_of_ours_is_built_from_a_file_in_the_tree() =>
        CodeTests.None(
            from service in Services()
            where service.Value.TryGetValue("build", out _)
            let file = (string)((Yaml)service.Value["build"]!)["dockerfile"]!
            where !Tree.Files.Contains(file)
            select $"{service.Key} is built from {file}"
        );

    [Fact]
    public void Every_setting_of_our_containers_is_one_that_the_product_reads() =>
        CodeTests.None(
            from service in Services()
            where Texts(service.Value, "image").Any(image => image is "iotorleans-silo" or "iotorleans-api")
            from name in ((Yaml)service.Value["environment"]!).Keys.Cast<string>()
            where !Settings.IsRead(name)
            select $"{service.Key} sets {name}, which nobody reads"
        );

    [Fact]
    public void Every_setting_of_our_units_is_one_that_the_product_reads() =>
        CodeTests.None(
            from unit in Tree.Files
            where unit.EndsWith(".service", StringComparison.Ordinal)
            from line in Tree.Lines(unit)
            where line.StartsWith("Environment=", StringComparison.Ordinal)
            from setting in line["Environment=".Length..].Split(' ')
            where !Settings.IsRead(setting.Split('=')[0])
            select $"{unit} sets {setting}, which nobody reads"
        );

    [Fact]
    public void Profiles_are_known_and_nobody_waits_for_a_service_that_does_not_start_with_it()
    {
        var services = Services();
        CodeTests.None(
            from service in services
            from profile in Texts(service.Value, "profiles")
            where !Profiles.Contains(profile)
            select $"{service.Key} has the profile {profile}"
        );
        CodeTests.None(
            from service in services
            from awaited in Texts(service.Value, "depends_on")
            where
                !services.TryGetValue(awaited, out var other)
                || !Texts(other, "profiles").All(Texts(service.Value, "profiles").Contains)
            select $"{service.Key} waits for {awaited}"
        );
    }

    [Fact]
    public void Every_service_is_watched_bounded_and_started_again() =>
        CodeTests.None(
            from service in Services()
            from needed in new[] { "healthcheck", "deploy", "restart", "networks" }
            where !service.Value.ContainsKey(needed)
            select $"{service.Key} has no {needed}"
        );

    [Fact]
    public void Every_unit_is_started_again_ever_more_slowly_and_has_time_to_go()
    {
        var units = Tree.Files.Where(file => file.EndsWith(".service", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(units);
        CodeTests.None(
            from unit in units
            from setting in new[] { "Restart=on-failure", "RestartSteps=", "RestartMaxDelaySec=", "TimeoutStopSec=" }
            where !Tree.Lines(unit).Any(line => line.StartsWith(setting, StringComparison.Ordinal))
            select $"{unit} has no {setting}"
        );
    }

    [Fact]
    public void No_password_is_written_down()
    {
        var secrets = Tree.Read("docker-compose.yml").Split('\n').Where(line => Secret().IsMatch(line)).ToList();

        Assert.NotEmpty(secrets);
        Assert.All(secrets, line => Assert.Matches(@"\$\{\w+:(\?|-none)\}", line));
    }

    [Fact]
    public void Every_setting_of_the_SIP_server_is_one_that_its_configuration_reads() =>
        CodeTests.None(
            from name in ((Yaml)Services()["kamailio"]["environment"]!).Keys.Cast<string>()
            where !Tree.Read("deploy/kamailio/kamailio.cfg").Contains($"#!trydefenv {name}\n", StringComparison.Ordinal)
            select $"kamailio.cfg does not read {name}"
        );

    [Fact]
    public void What_the_SIP_server_includes_is_mounted_beside_it() =>
        CodeTests.None(
            from Match included in Included().Matches(Tree.Read("deploy/kamailio/kamailio.cfg"))
            let file = "deploy/kamailio/" + included.Groups["file"].Value
            where !Texts(Services()["kamailio"], "volumes").Any(mount => mount.StartsWith("./" + file + ":"))
            select file
        );

    [Fact]
    public void What_one_Asterisk_file_names_stands_in_another()
    {
        var dialplan = Tree.Read("deploy/asterisk/extensions.conf");
        var trunks = Tree.Read("deploy/asterisk/pjsip.conf");
        var queries = Tree.Read("deploy/asterisk/func_odbc.conf");
        var sources = Tree.Read("deploy/asterisk/res_odbc.conf");

        Assert.Equal(
            [],
            Named(dialplan, @"Go(sub|to)\((?<name>[a-z][a-z-]*),").Except([.. Sections(dialplan), "look-up-"])
        );
        Assert.Contains("look-up-odbc", Sections(dialplan));
        Assert.Contains("look-up-http", Sections(dialplan));
        Assert.Equal([], Named(dialplan, @"ODBC_(?<name>[A-Z]+)\(").Except(Sections(queries)));
        Assert.Equal([], Named(queries, @"^dsn=(?<name>.+)$").Except(Sections(sources)));
        Assert.Equal([], Named(trunks, @"^context=(?<name>.+)$").Except(Sections(dialplan)));
        Assert.Equal([], Named(trunks, @"^(endpoint|aors|transport)=(?<name>.+)$").Except(Sections(trunks)));
        Assert.Equal([], Named(dialplan, @"PJSIP/[^@]+@(?<name>[a-z-]+)").Except(Sections(trunks)));
    }

    private static string[] Sections(string file) => Named(file, @"^\[(?<name>[^\]]+)\]");

    private static string[] Named(string file, string pattern) =>
        [.. Regex.Matches(file, pattern, RegexOptions.Multiline).Select(found => found.Groups["name"].Value)];

    [Fact]
    public void The_dialplan_waits_for_the_house_by_the_variable_that_the_house_sets()
    {
        var dialplan = XDocument.Parse(Tree.Read("deploy/freeswitch/freeswitch.xml"));
        var constant = Trace().Match(Tree.Read("src/Adapters/FreeSwitch/Calls/LegEvents.cs")).Groups["name"].Value;

        Assert.Contains(dialplan.Descendants("condition"), c => c.Attribute("field")?.Value == $"${{{constant}}}");
    }

    [Fact]
    public void Only_what_must_talk_shares_a_network()
    {
        var networks = Services().ToDictionary(one => one.Key, one => Texts(one.Value, "networks").ToHashSet());
        Assert.All(networks, one => Assert.NotEmpty(one.Value));
        Assert.Equal(["house", "lookup"], networks["postgres"].Order());
        Assert.Equal(
            ["kamailio", "postgres"],
            networks.Where(one => one.Value.Contains("lookup")).Select(one => one.Key).Order()
        );
        Assert.Equal("true", (string)((Yaml)((Yaml)_compose["networks"]!)["house"]!)["internal"]!);
        // Who is in the house's own network reaches the database; that is our own programs and nobody else.
        var inside = networks.Where(one => one.Value.Contains("house")).Select(one => one.Key).Order();
        Assert.Equal(["api", "api-2", "postgres", "silo", "silo-2"], inside);
        Assert.Empty(networks["freeswitch"].Intersect(networks["mosquitto"]));
    }

    private Dictionary<string, Yaml> Services() =>
        ((Yaml)_compose["services"]!).ToDictionary(pair => (string)pair.Key, pair => (Yaml)pair.Value!);

    private static IEnumerable<string> Texts(Yaml of, string key) =>
        of.GetValueOrDefault(key) switch
        {
            string text => [text],
            IEnumerable<object> list => list.OfType<string>(),
            Yaml map => map.Keys.Cast<string>(),
            _ => [],
        };

    private static Yaml Load()
    {
        var parser = new MergingParser(new Parser(new StringReader(Tree.Read("docker-compose.yml"))));
        parser.Consume<StreamStart>();
        return new DeserializerBuilder().Build().Deserialize<Yaml>(parser);
    }

    [GeneratedRegex(@"(PASSWORD|_KEY|_CRED|Password)\b\s*[:=](?!.*\$\$)")]
    private static partial Regex Secret();

    [GeneratedRegex("^include_file \"(?<file>[^\"]+)\"", RegexOptions.Multiline)]
    private static partial Regex Included();

    [GeneratedRegex("const string TraceVariable = \"(?<name>[^\"]+)\"")]
    private static partial Regex Trace();
}
