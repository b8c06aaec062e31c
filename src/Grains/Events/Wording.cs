using System.Text;
using IotOrleans.Incidents;
using IotOrleans.Rules;

namespace IotOrleans.Events;

/// <summary>Fills {device}, {room}, {zone}, {event_type}, {time} and {payload.path} into texts of a rule.</summary>
public static class Wording
{
    private const string Unknown = "unknown";

    /// <summary>What a call says when its rule says nothing: better than silence on the line.</summary>
    public static SpokenMessage Default(EventFacts facts, bool needsKey)
    {
        var what = $"Attention. {facts.EventType.Replace('_', ' ')} at {facts.Title}.";
        return new(needsKey ? $"{what} {Calls.CallKeys.Choice(null)}" : what, Language: "en");
    }

    public static string Fill(string text, EventFacts facts)
    {
        if (!text.Contains('{', StringComparison.Ordinal))
            return text;
        var filled = new StringBuilder(text.Length + 32);
        var rest = text.AsSpan();
        while (rest.IndexOf('{') is >= 0 and var open && rest[open..].IndexOf('}') is > 0 and var length)
        {
            filled.Append(rest[..open]).Append(Value(rest.Slice(open + 1, length - 1).ToString(), facts));
            rest = rest[(open + length + 1)..];
        }
        return filled.Append(rest).ToString();
    }

    private static string Value(string name, EventFacts facts) =>
        name switch
        {
            "device" => facts.Title,
            "room" => facts.Room ?? Unknown,
            "zone" => facts.Zone ?? Unknown,
            "event_type" => facts.EventType.Replace('_', ' '),
            "time" => facts.LocalTime,
            _ when name.StartsWith("payload.", StringComparison.Ordinal) => FromPayload(
                facts,
                name["payload.".Length..]
            ),
            _ => Unknown,
        };

    private static string FromPayload(EventFacts facts, string path)
    {
        using var payload = facts.Payload.Parse();
        var text = Payload.At(payload.RootElement, path)?.ToString();
        return string.IsNullOrEmpty(text) ? Unknown : string.Concat(text.Where(c => !char.IsControl(c)).Take(200));
    }
}
