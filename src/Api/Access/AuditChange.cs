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

    /// <summary>What came of it cannot be seen now.</summary>
    public static AuditChange Unseen(JsonNode? before, string[] shortened) => new(Told(before, shortened), null);

    private static JsonText? Told(JsonNode? node, string[] shortened)
    {
        if (node is null)
            return null;
        return new(Open(node, "", shortened)!.ToJsonString(ContractJson.Options));
    }

    private static JsonNode? Open(JsonNode? node, string name, string[] shortened) =>
        node is not null && IsSecret(name)
            ? Hidden
            : node switch
            {
                JsonObject members => new JsonObject(
                    members.Select(member => KeyValuePair.Create(member.Key, Open(member.Value, member.Key, shortened)))
                ),
                JsonArray items => new JsonArray([.. items.Select(item => Open(item, name, shortened))]),
                JsonValue value when value.TryGetValue(out string? text) => Word(text, name, shortened),
                _ => node?.DeepClone(),
            };

    // Devices' own words are written in either way: access_token and accessToken.
    private static bool IsSecret(string name)
    {
        var begin = name.Length;
        while (begin > 0 && name[begin - 1] != '_' && !Begins(begin))
            begin--;
        return Secrets.Contains(name[begin..].ToLowerInvariant());

        bool Begins(int at) =>
            at < name.Length
            && char.IsAsciiLetterUpper(name[at])
            && (char.IsAsciiLetterLower(name[at - 1]) || name[at..] is [_, >= 'a' and <= 'z', ..]);
    }

    private static string Word(string text, string name, string[] shortened)
    {
        if (Addresses.Contains(name) && text.IndexOf('?', StringComparison.Ordinal) is >= 0 and var query)
            return text[..query] + "?" + Hidden;
        return shortened.Contains(name) && Msisdn.TryParse(text, null, out var number) ? number.Masked : text;
    }
}
