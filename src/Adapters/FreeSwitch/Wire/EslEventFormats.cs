using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Xml;

namespace IotOrleans.FreeSwitch;

/// <summary>The three ways in which the switch writes an event.</summary>
internal static class EslEventFormats
{
    private const string BodyName = "_body";

    /// <summary>
    /// Names may repeat within the object, and a value may be an array; a dictionary would choke on the first.
    /// </summary>
    public static EslEvent Json(ReadOnlyMemory<byte> body)
    {
        var headers = new EslHeaders(body);
        string? text = null;
        try
        {
            var json = new Utf8JsonReader(body.Span);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                throw new EslProtocolException("An event in JSON is not an object.");
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var place = Place(json);
                var isPlain = !json.ValueIsEscaped && !json.ValueTextEquals(BodyName);
                var name = isPlain ? null : Text(ref json);
                json.Read();
                if (isPlain && json.TokenType == JsonTokenType.String)
                {
                    headers.Add(place, Place(json));
                    continue;
                }
                name ??= Encoding.UTF8.GetString(body.Span.Slice(place.At, place.Length));
                if (json.TokenType == JsonTokenType.StartArray)
                    headers.AddArray(name, Elements(ref json));
                else if (name == BodyName)
                    text = Value(ref json);
                else
                    headers.Add(name, Value(ref json));
            }
            json.Read();
        }
        catch (JsonException trouble)
        {
            throw new EslProtocolException("An event in JSON is malformed.", trouble);
        }
        return new EslEvent(headers, text);
    }

    /// <summary>
    /// The body is itself a header block, percent-encoded, with its own Content-Length and a raw inner body.
    /// </summary>
    public static EslEvent Plain(ReadOnlyMemory<byte> body, EslLimits limits)
    {
        var bytes = new ReadOnlySequence<byte>(body);
        if (new EslParser(limits).Take(ref bytes) is not { } inner)
            throw new EslProtocolException("A plain event ends before its own end.");
        return new EslEvent(inner.Headers.Decoded(), inner.Body.IsEmpty ? null : inner.BodyText);
    }

    /// <summary>
    /// Header values are still percent-encoded, the body is escaped as XML is. An array repeats its element.
    /// </summary>
    public static EslEvent Xml(ReadOnlyMemory<byte> body)
    {
        var rules = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, IgnoreWhitespace = true };
        var headers = new EslHeaders();
        string? text = null;
        try
        {
            using var xml = XmlReader.Create(new StringReader(Encoding.UTF8.GetString(body.Span)), rules);
            xml.ReadStartElement("event");
            while (xml.NodeType == XmlNodeType.Element)
            {
                if (xml.LocalName == "headers")
                    ReadXmlHeaders(xml, headers);
                else if (xml.LocalName == "body")
                    text = xml.ReadElementContentAsString();
                else
                    xml.Skip();
            }
        }
        catch (XmlException trouble)
        {
            throw new EslProtocolException("An event in XML is malformed.", trouble);
        }
        return new EslEvent(headers, text);
    }

    private static void ReadXmlHeaders(XmlReader xml, EslHeaders headers)
    {
        xml.ReadStartElement("headers");
        while (xml.NodeType == XmlNodeType.Element)
        {
            var name = xml.LocalName;
            headers.Add(name, EslPercent.Decode(xml.ReadElementContentAsString()));
        }
        xml.ReadEndElement();
    }

    private static List<string> Elements(ref Utf8JsonReader json)
    {
        var elements = new List<string>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            elements.Add(Value(ref json));
        return elements;
    }

    private static string Value(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.String)
            return Text(ref json);
        if (json.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            json.Skip();
            return "";
        }
        return json.TokenType == JsonTokenType.Null ? "" : Encoding.UTF8.GetString(json.ValueSpan);
    }

    /// <summary>Where the text stands that the reader is at, without its quotes.</summary>
    private static (int At, int Length) Place(in Utf8JsonReader json) =>
        ((int)json.TokenStartIndex + 1, json.ValueSpan.Length);

    public static string Text(ref Utf8JsonReader json)
    {
        try
        {
            return json.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            // A caller chooses his own display name, and it need not be UTF-8. That must not cost us the connection.
            return Encoding.UTF8.GetString(json.ValueSpan);
        }
    }
}
