using System.Collections;
using System.Text;
using System.Text.Json;

namespace IotOrleans.FreeSwitch;

/// <summary>
/// The lines of a header block in the order of arrival. FreeSWITCH repeats names within one block (Hangup-Cause,
/// codec names), so this is a list: asking by name gives the last one. An event has over a hundred lines of which a
/// dozen are asked for, so those in JSON stay bytes until somebody does.
/// </summary>
public sealed class EslHeaders : IEnumerable<KeyValuePair<string, string>>
{
    private const string ArrayMark = "ARRAY::";
    private const string ArraySeparator = "|:";

    private readonly ReadOnlyMemory<byte> _json;
    private readonly List<Line> _lines;

    public EslHeaders() => _lines = [];

    /// <param name="json">What lines are cut from; nobody changes it any more.</param>
    internal EslHeaders(ReadOnlyMemory<byte> json) => (_json, _lines) = (json, new(capacity: 128));

    public int Count => _lines.Count;

    public string? this[string name]
    {
        get
        {
            for (var i = _lines.Count - 1; i >= 0; i--)
            {
                if (IsCalled(_lines[i], name))
                    return Value(_lines[i]);
            }
            return null;
        }
    }

    /// <summary>
    /// Every value under the name, in order; an array (<c>ARRAY::a|:b</c>) gives each of its elements.
    /// </summary>
    public IEnumerable<string> All(string name) =>
        _lines.Where(line => IsCalled(line, name)).SelectMany(line => Elements(Value(line)));

    /// <summary>Those whose names begin so, in lower and upper case as it is written.</summary>
    public IEnumerable<KeyValuePair<string, string>> Under(string prefix)
    {
        foreach (var line in _lines)
        {
            if (BeginsWith(line, prefix))
                yield return new(Name(line), Value(line));
        }
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() =>
        _lines.Select(line => KeyValuePair.Create(Name(line), Value(line))).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Add(string name, string value) => _lines.Add(new(name, value, default, default));

    /// <summary>A line of the JSON; of both parts only what is between the quotes.</summary>
    internal void Add(Range name, Range value) => _lines.Add(new(null, null, name, value));

    internal void Add(string name, Range value) => _lines.Add(new(name, null, default, value));

    /// <summary>JSON has real arrays; they are kept in the form that the other formats give them.</summary>
    internal void AddArray(string name, IEnumerable<string> elements) =>
        Add(name, ArrayMark + string.Join(ArraySeparator, elements));

    /// <summary>A copy with percent-encoding undone in every value.</summary>
    internal EslHeaders Decoded()
    {
        var decoded = new EslHeaders();
        foreach (var (name, value) in this)
            decoded.Add(name, EslPercent.Decode(value));
        return decoded;
    }

    private bool IsCalled(in Line line, string name) =>
        line.Name is { } known
            ? string.Equals(known, name, StringComparison.OrdinalIgnoreCase)
            : Ascii.EqualsIgnoreCase(_json.Span[line.NameAt], name);

    private bool BeginsWith(in Line line, string prefix)
    {
        if (line.Name is { } known)
            return known.StartsWith(prefix, StringComparison.Ordinal);
        var name = _json.Span[line.NameAt];
        return name.Length >= prefix.Length && Ascii.Equals(name[..prefix.Length], prefix);
    }

    private string Name(in Line line) => line.Name ?? Encoding.UTF8.GetString(_json.Span[line.NameAt]);

    private string Value(in Line line)
    {
        if (line.Value is { } known)
            return known;
        var (at, length) = line.ValueAt.GetOffsetAndLength(_json.Length);
        var text = _json.Span.Slice(at, length);
        if (!text.Contains((byte)'\\'))
            return Encoding.UTF8.GetString(text);
        var quoted = new Utf8JsonReader(_json.Span.Slice(at - 1, length + 2));
        quoted.Read();
        return EslEventFormats.Text(ref quoted);
    }

    private static IEnumerable<string> Elements(string value) =>
        value.StartsWith(ArrayMark, StringComparison.Ordinal)
            ? value[ArrayMark.Length..].Split(ArraySeparator)
            : [value];

    /// <summary>Text, or where it stands in the JSON.</summary>
    private readonly record struct Line(string? Name, string? Value, Range NameAt, Range ValueAt);
}
