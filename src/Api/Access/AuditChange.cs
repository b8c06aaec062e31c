using System.Text.Json.Nodes;
using IotOrleans.Json;
using IotOrleans.Subscribers;

namespace IotOrleans.Access;

/// <summary>
/// What was there before and what is there after: whole when it was made or removed, else the members that differ.
/// No secret is ever in it.
/// </summary>
public readonly record struct AuditChange(JsonText? Before, JsonText? After)
{
    private const string Hidden = "(hidden)";

    // The last word of a member's name says what it is: api_key is one, secret_id is none.
    private static readonly HashSet<string> Secrets = ["key", "secret", "password", "token", "hash", "stamp", "pin"];

    // What comes after ? in an address often lets one in.
    private static readonly HashSet<string> Addresses = ["url", "endpoint"];

    public static AuditChange Between(JsonNode? before, JsonNode? after, string[] shortened)
    {
        if (before is JsonObject old && after is JsonObject now)
        {
            foreach (var name in old.Select(member => member.Key).Union(now.Select(member => member.Key)).ToArray())
            {
                if (!JsonNode.DeepEquals(old[name], now[name]))
                    continue;
                old.Remove(name);
                now.Remove(name);
            }
            if (old.Count == 0 && now.Count == 0)
                return default;
        }
        return new(Told(before, shortened), Told(after, shortened));
    }

    private static JsonText? Told(JsonNode? node, string[] shortened)
    {
        if (node is null)
            return null;
        return new(Open(node, "", shortened)!.ToJsonString(ContractJson.Options));
    }

    private static JsonNode? Open(JsonNode? node, string name, string[] shortened) =>
        node switch
        {
            JsonObject members => new JsonObject(
                members.Select(member => KeyValuePair.Create(member.Key, Open(member.Value, member.Key, shortened)))
            ),
            JsonArray items => new JsonArray([.. items.Select(item => Open(item, name, shortened))]),
            JsonValue value when value.TryGetValue(out string? text) => Word(text, name, shortened),
            _ => node?.DeepClone(),
        };

    private static string Word(string text, string name, string[] shortened)
    {
        if (Secrets.Contains(name[(name.LastIndexOf('_') + 1)..]))
            return Hidden;
        if (Addresses.Contains(name) && text.IndexOf('?', StringComparison.Ordinal) is >= 0 and var query)
            return text[..query] + "?" + Hidden;
        return shortened.Contains(name) && Msisdn.TryParse(text, null, out var number) ? number.Masked : text;
    }
}
