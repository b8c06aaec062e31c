using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IotOrleans.Tests;

/// <summary>What nobody would send who means well, drawn by a seed.</summary>
internal sealed class Nasty(Random random)
{
    private static readonly string[] Words =
    [
        "",
        " ",
        "\u0000",
        "a\u0000b",
        "\r\n\r\n",
        "%00",
        "%0d%0aSet-Cookie: a=b",
        "' or 1=1 --",
        "'; drop table events; --",
        "\\'; select pg_sleep(5); --",
        "$$; select 1; $$",
        "{{7*7}}",
        "${jndi:ldap://127.0.0.1/a}",
        "../../../../etc/passwd",
        "<script>alert(1)</script>",
        "\ud800",
        "\udfff\ud800",
        "\u202e\u200b\ufeff",
        "\u001b[31m",
        "+79160000010",
        "+7" + new string('9', 40),
        "-1",
        "0",
        "1e400",
        "9223372036854775808",
        "NaN",
        "null",
        "true",
        "00000000-0000-0000-0000-000000000000",
        "2026-13-45T99:99:99Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.9999999+14:00",
        "{originate_timeout=1}user/1\n\napi shutdown",
        "=cmd|' /C calc'!A0",
        "💥",
    ];

    private static readonly string[] Literals =
    [
        "null",
        "true",
        "[]",
        "{}",
        "-0",
        "1e308",
        "1e-400",
        "123456789012345678901234567890",
        "0.1",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "[[[[[[[[]]]]]]]]",
    ];

    /// <summary>Everything that a real switch was once heard to say.</summary>
    private static readonly Lazy<byte[][]> Recordings = new(() =>
        [
            .. Directory
                .EnumerateFiles(Recorded(), "*.bin", SearchOption.AllDirectories)
                .Order()
                .Select(File.ReadAllBytes),
        ]
    );

    public int Next(int below) => random.Next(below);

    public bool Often => random.Next(2) == 0;

    public bool Seldom => random.Next(20) == 0;

    public T Of<T>(IReadOnlyList<T> all) => all[random.Next(all.Count)];

    public string Word() =>
        random.Next(12) switch
        {
            0 => new string((char)random.Next(32, 127), random.Next(1, 5_000)),
            1 => string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => (char)random.Next(1, 0xd7ff))),
            2 => random.NextInt64(long.MinValue, long.MaxValue).ToString(CultureInfo.InvariantCulture),
            _ => Of(Words),
        };

    /// <summary>A body that looks much like the example, or nothing like it.</summary>
    public byte[] Json(string example)
    {
        switch (random.Next(12))
        {
            case 0:
                return Bytes(Encoding.UTF8.GetBytes(example));
            case 1:
                var depth = random.Next(10, 20_000);
                return Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Often ? "[" : "{\"a\":", depth)));
            case 2 when Seldom:
                return Encoding.UTF8.GetBytes($"{{\"a\": \"{new string('x', random.Next(9_000_000))}\"}}");
            case 3:
                return Encoding.UTF8.GetBytes(Of(Literals));
        }
        var node = JsonNode.Parse(example)!;
        for (var change = random.Next(1, 4); change > 0; change--)
            Change(node);
        var text = node.ToJsonString(new JsonSerializerOptions { MaxDepth = 512 });
        // What the serializer would never write.
        if (random.Next(4) == 0)
            text = text.Replace("\"other\"", Of(Literals), StringComparison.Ordinal);
        return Encoding.UTF8.GetBytes(text);
    }

    /// <summary>Some bytes are others, missing, or there again.</summary>
    public byte[] Bytes(byte[] from)
    {
        var bytes = from.ToList();
        for (var change = random.Next(1, 6); change > 0 && bytes.Count > 0; change--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, random.Next(Math.Min(40, bytes.Count - at)));
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, random.Next(Math.Min(200, bytes.Count - at))));
                    break;
                default:
                    bytes.Insert(at, Of("\n\r:0-9{}\"%\0 "u8.ToArray()));
                    break;
            }
        }
        return [.. bytes];
    }

    /// <summary>What a switch might say that has lost its mind.</summary>
    public byte[] Switch() => Often ? Of(Recordings.Value) : Bytes(Of(Recordings.Value));

    private void Change(JsonNode node)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } members:
                var name = Of(members.Select(member => member.Key).ToList());
                if (members[name] is { } inner && inner is JsonObject or JsonArray && Often)
                    Change(inner);
                else if (random.Next(6) == 0)
                    members.Remove(name);
                else if (random.Next(6) == 0)
                    members[Word()] = Value();
                else
                    members[name] = Value();
                break;
            case JsonArray { Count: > 0 } items:
                var at = random.Next(items.Count);
                if (items[at] is { } item && item is JsonObject or JsonArray && Often)
                    Change(item);
                else if (random.Next(4) == 0)
                {
                    for (var more = random.Next(200); more > 0; more--)
                        items.Add(items[at]?.DeepClone());
                }
                else
                    items[at] = Value();
                break;
        }
    }

    private JsonNode? Value() =>
        random.Next(7) switch
        {
            0 => null,
            1 => random.Next(),
            2 => random.NextDouble() * -1e300,
            3 => new JsonArray(Word(), Word()),
            4 => new JsonObject { [Word()] = Word() },
            _ => Word(),
        };

    private static string Recorded([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "../../Adapters.Tests/FreeSwitch/Recorded");
}
