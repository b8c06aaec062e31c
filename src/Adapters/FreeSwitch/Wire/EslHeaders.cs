using System.Collections;

namespace IotOrleans.FreeSwitch;

/// <summary>
/// The lines of a header block in the order of arrival. FreeSWITCH repeats names within one block (Hangup-Cause,
/// codec names), so this is a list: asking by name gives the last one.
/// </summary>
public sealed class EslHeaders : IEnumerable<KeyValuePair<string, string>>
{
    private const string ArrayMark = "ARRAY::";
    private const string ArraySeparator = "|:";
    private readonly List<KeyValuePair<string, string>> _lines = [];

    public int Count => _lines.Count;

    public string? this[string name]
    {
        get
        {
            for (var i = _lines.Count - 1; i >= 0; i--)
            {
                if (string.Equals(_lines[i].Key, name, StringComparison.OrdinalIgnoreCase))
                    return _lines[i].Value;
            }
            return null;
        }
    }

    /// <summary>
    /// Every value under the name, in order; an array (<c>ARRAY::a|:b</c>) gives each of its elements.
    /// </summary>
    public IEnumerable<string> All(string name) =>
        _lines
            .Where(line => string.Equals(line.Key, name, StringComparison.OrdinalIgnoreCase))
            .SelectMany(line => Elements(line.Value));

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _lines.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Add(string name, string value) => _lines.Add(new(name, value));

    /// <summary>JSON has real arrays; they are kept in the form that the other formats give them.</summary>
    internal void AddArray(string name, IEnumerable<string> elements) =>
        Add(name, ArrayMark + string.Join(ArraySeparator, elements));

    /// <summary>A copy with percent-encoding undone in every value.</summary>
    internal EslHeaders Decoded()
    {
        var decoded = new EslHeaders();
        foreach (var (name, value) in _lines)
            decoded.Add(name, EslPercent.Decode(value));
        return decoded;
    }

    private static IEnumerable<string> Elements(string value) =>
        value.StartsWith(ArrayMark, StringComparison.Ordinal)
            ? value[ArrayMark.Length..].Split(ArraySeparator)
            : [value];
}
