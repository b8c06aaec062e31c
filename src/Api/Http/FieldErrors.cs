namespace IotOrleans.Http;

/// <summary>What is wrong with a body, by the path of the member: "actions[0].targets[1]".</summary>
public sealed class FieldErrors
{
    private const int ErrorsMax = 50;

    private readonly Dictionary<string, string[]> _errors = new(StringComparer.Ordinal);

    public bool Any => _errors.Count > 0;

    public IReadOnlyDictionary<string, string[]> ByField => _errors;

    public void Add(string field, string words)
    {
        if (_errors.Count < ErrorsMax)
            _errors[field] = [.. _errors.GetValueOrDefault(field, []), words];
    }

    public void Unless(bool right, string field, string words)
    {
        if (!right)
            Add(field, words);
    }

    /// <summary>Text that a person or device chose: one line, not empty, bounded. Absent is right.</summary>
    public void Line(string? text, string field, int max = 256)
    {
        if (text is not null)
            Unless(Names.IsLine(text, max), field, $"must be 1 to {max} characters without control characters");
    }

    public void Range(int value, int from, int to, string field) =>
        Unless(value >= from && value <= to, field, $"must be between {from} and {to}");
}
