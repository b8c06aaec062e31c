using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace IotOrleans.Tests.Hooks;

/// <summary>What the documents tell people to copy works as it stands: TAS-60.</summary>
public sealed partial class DocumentTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    private static readonly string Document = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "hubs.md"));

    /// <summary>What Home Assistant's templates give when the kitchen's smoke sensor goes from off to on.</summary>
    private static readonly Dictionary<string, string> Trigger = new()
    {
        ["trigger.entity_id"] = "binary_sensor.kitchen_smoke",
        ["trigger.to_state.state"] = "on",
        ["trigger.from_state.state"] = "off",
        ["trigger.to_state.attributes.device_class"] = "smoke",
        ["trigger.to_state.context.id"] = "01HF6JZ9Q8Y4T2B7N3M5K1C0XA",
        ["trigger.to_state.last_changed.isoformat()"] = "2026-11-20T08:00:00.123456+00:00",
    };

    [Fact]
    public async Task The_Home_Assistant_snippet_posts_an_event_that_is_accepted()
    {
        var key = await house.Register("ha-1", "hub", "+79170990011");
        await house.Register(
            "ha-smoke",
            "sensor_smoke",
            "+79170990011",
            """, "external_id": "binary_sensor.kitchen_smoke" """
        );
        var yaml = new YamlStream();
        yaml.Load(new StringReader(Block("yaml")));
        var root = (YamlMappingNode)yaml.Documents[0].RootNode;
        var command = (YamlMappingNode)root["rest_command"]["iotorleans"];
        var action = (YamlMappingNode)root["automation"][0]["actions"][0];
        Assert.Equal("rest_command.iotorleans", Text(action["action"]));
        var values = ((YamlMappingNode)action["data"]).ToDictionary(
            pair => Text(pair.Key),
            pair => Filled(Text(pair.Value), Trigger)
        );
        var address = new Uri(Text(command["url"]));
        using var request = new HttpRequestMessage(new(Text(command["method"])), address.PathAndQuery)
        {
            Content = new StringContent(Filled(Text(command["payload"]), values), null, Text(command["content_type"])),
        };
        foreach (var (name, value) in (YamlMappingNode)command["headers"])
        {
            Assert.Equal(("!secret", "iotorleans_key"), (value.Tag.Value, Text(value)));
            request.Headers.Add(Text(name), key);
        }

        using var answer = await house.Http.SendAsync(request);

        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == 202, text);
        Assert.Contains("\"accepted\"", text, StringComparison.Ordinal);
        var log = (await house.Get("event-logs?device_id=ha-smoke")).GetProperty("items")[0];
        Assert.Equal("smoke", log.GetProperty("event_type").GetString());
        Assert.True(log.GetProperty("payload").GetProperty("active").GetBoolean());
    }

    [Fact]
    public async Task The_settings_of_a_generic_hub_are_accepted_as_they_stand()
    {
        await house.Register("any-1", "hub", "+79170990012");
        var (status, body) = await house.Ask(HttpMethod.Put, "hubs/any-1", Block("json"));
        Assert.True(status == 200, body.ToString());
    }

    private static string Block(string language) =>
        Regex.Match(Document, $"```{language}\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;

    private static string Filled(string template, Dictionary<string, string> values) =>
        Expression().Replace(template, match => values[match.Groups[1].Value]);

    [GeneratedRegex(@"\{\{ (.*?) \}\}")]
    private static partial Regex Expression();
}
