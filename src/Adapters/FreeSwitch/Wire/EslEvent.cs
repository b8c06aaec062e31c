using System.Globalization;

namespace IotOrleans.FreeSwitch;

/// <summary>
/// One event of the switch. JSON is the exact format; plain loses a literal <c>%41</c>, XML is understood as well.
/// Channel variables are headers that begin with <c>variable_</c>.
/// </summary>
public sealed class EslEvent(EslHeaders headers, string? body)
{
    public EslHeaders Headers { get; } = headers;
    public string? Body { get; } = body;
    public string Name => this["Event-Name"] ?? "";
    public string? Subclass => this["Event-Subclass"];

    /// <summary>Grows with every event of one run of the switch, but events may arrive out of this order.</summary>
    public long Sequence => Number("Event-Sequence");

    /// <summary>When the switch raised the event; coarse, many events share one value.</summary>
    public DateTimeOffset At => DateTimeOffset.UnixEpoch.AddTicks(Number("Event-Date-Timestamp") * 10);

    public string? this[string name] => Headers[name];

    public string? Variable(string name) => Headers["variable_" + name];

    /// <exception cref="EslProtocolException">The frame is no event, or its body is not what its type says.</exception>
    public static EslEvent From(EslFrame frame, EslLimits limits) =>
        frame.ContentType switch
        {
            "text/event-json" => EslEventFormats.Json(frame.Body),
            "text/event-plain" => EslEventFormats.Plain(frame.Body, limits),
            "text/event-xml" => EslEventFormats.Xml(frame.Body),
            _ => throw new EslProtocolException($"'{frame.ContentType}' is not an event."),
        };

    internal long Number(string name) =>
        long.TryParse(this[name], NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;
}
