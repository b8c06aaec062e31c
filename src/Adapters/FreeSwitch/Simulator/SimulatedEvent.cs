using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace IotOrleans.FreeSwitch.Simulator;

/// <summary>An event being written, in the order in which the real switch writes its headers.</summary>
internal sealed class SimulatedEvent(string name)
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly List<(string Name, string Value)> _headers = [];
    private readonly Dictionary<string, byte[]> _written = [];

    public string Name => name;
    public string? Body { get; init; }

    /// <summary>Whose event it is; asked for by every peer, and there may be thousands.</summary>
    public string? Channel { get; private set; }

    /// <summary>A header with an empty value disappears, as on the real switch.</summary>
    public SimulatedEvent With(string header, string? value)
    {
        if (string.IsNullOrEmpty(value))
            return this;
        _headers.Add((header, value));
        if (header == "Unique-ID")
            Channel = value;
        return this;
    }

    public string? Value(string header) => _headers.FindLast(h => h.Name == header).Value;

    /// <summary>The whole frame; written once for all who want the same format.</summary>
    public byte[] Frame(string format)
    {
        if (_written.TryGetValue(format, out var frame))
            return frame;
        var content = format == "json" ? JsonText() : PlainText();
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"Content-Length: {content.Length}\nContent-Type: text/event-{format}\n\n"
        );
        return _written[format] = [.. Encoding.ASCII.GetBytes(head), .. content];
    }

    /// <summary>The form of the answer to <c>connect</c>: percent-encoded headers and no body.</summary>
    public string HeaderText()
    {
        var text = new StringBuilder();
        foreach (var (header, value) in _headers)
            text.Append(CultureInfo.InvariantCulture, $"{header}: {EslPercent.Encode(value)}\n");
        return text.ToString();
    }

    private byte[] PlainText()
    {
        var length = Body is null ? "" : $"Content-Length: {Encoding.UTF8.GetByteCount(Body)}\n";
        return Encoding.UTF8.GetBytes($"{HeaderText()}{length}\n{Body}");
    }

    private byte[] JsonText()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            foreach (var (header, value) in _headers)
                json.WriteString(header, value);
            if (Body is not null)
            {
                json.WriteString(
                    "Content-Length",
                    Encoding.UTF8.GetByteCount(Body).ToString(CultureInfo.InvariantCulture)
                );
                json.WriteString("_body", Body);
            }
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
