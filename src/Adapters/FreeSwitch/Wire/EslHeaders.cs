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

    /// <summary>Less than the usual line has, so that the list need not grow.</summary>
    private const int LineBytes = 24;

    private readonly ReadOnlyMemory<byte> _json;
    private readonly List<Line> _lines;
    private List<KeyValuePair<string, string>>? _texts;

    public EslHeaders() => _lines = [];

    /// <param name="json">What lines are cut from; nobody changes it any more.</param>
    internal EslHeaders(ReadOnlyMemory<byte> json) => (_json, _lines) = (json, new(json.Length / LineBytes));

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

    internal void Add(string name, string value)
    {
        (_texts ??= []).Add(new(name, value));
        _lines.Add(new(_texts.Count - 1, Line.IsText, 0, 0));
    }

    /// <summary>A line of the JSON: where name and value begin, and how long each is without its quotes.</summary>
    internal void Add((int At, int Length) name, (int At, int Length) value) =>
        _lines.Add(new(name.At, name.Length, value.At, value.Length));

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
        Text(line) is { Key: var known }
            ? string.Equals(known, name, StringComparison.OrdinalIgnoreCase)
            : Ascii.EqualsIgnoreCase(_json.Span.Slice(line.NameAt, line.NameLength), name);

    private bool BeginsWith(in Line line, string prefix)
    {
        if (Text(line) is { Key: var known })
            return known.StartsWith(prefix, StringComparison.Ordinal);
        return line.NameLength >= prefix.Length && Ascii.Equals(_json.Span.Slice(line.NameAt, prefix.Length), prefix);
    }

    private string Name(in Line line) =>
        Text(line)?.Key ?? Encoding.UTF8.GetString(_json.Span.Slice(line.NameAt, line.NameLength));

    private string Value(in Line line)
    {
        if (Text(line) is { Value: var known })
            return known;
        var text = _json.Span.Slice(line.ValueAt, line.ValueLength);
        if (!text.Contains((byte)'\\'))
            return Encoding.UTF8.GetString(text);
        var quoted = new Utf8JsonReader(_json.Span.Slice(line.ValueAt - 1, line.ValueLength + 2));
        quoted.Read();
        return EslEventFormats.Text(ref quoted);
    }

    private KeyValuePair<string, string>? Text(in Line line) =>
        line.NameLength == Line.IsText ? _texts![line.NameAt] : null;

    private static IEnumerable<string> Elements(string value) =>
        value.StartsWith(ArrayMark, StringComparison.Ordinal)
            ? value[ArrayMark.Length..].Split(ArraySeparator)
            : [value];

    /// <summary>Where a line stands in the JSON, or the number of one that is text.</summary>
    private readonly record struct Line(int NameAt, int NameLength, int ValueAt, int ValueLength)
    {
        public const int IsText = -1;
    }
}
