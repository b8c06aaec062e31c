namespace IotOrleans.FreeSwitch;

/// <summary>
/// Whom to call: a number, dialled through the switch's template, or an endpoint in the switch's own words.
/// </summary>
public readonly record struct DialTarget
{
    private readonly string _text;
    private readonly bool _isNumber;

    private DialTarget(string text, bool isNumber) => (_text, _isNumber) = (text, isNumber);

    public static DialTarget Number(string digits) =>
        digits.Length is >= 1 and <= 32 && digits.All(c => char.IsAsciiDigit(c) || c is '*' or '#')
            ? new(digits, true)
            : throw new ArgumentException("A number to dial has 1 to 32 digits, stars or hashes.");

    /// <summary>For example <c>user/1001@home</c> or <c>sofia/internal/door@192.0.2.7</c>.</summary>
    public static DialTarget DialString(string text) => new(EslQuoting.DialString(text), false);

    /// <summary>For the log: only the last two signs of whom we call.</summary>
    public override string ToString() => Masked.Number(_text ?? "");

    internal string On(string template) =>
        _isNumber ? EslQuoting.DialString(template.Replace("{number}", _text, StringComparison.Ordinal)) : _text;
}
