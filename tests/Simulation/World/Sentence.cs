using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace IotOrleans.Simulation;

/// <summary>A text that is put together only when somebody will read it.</summary>
[InterpolatedStringHandler]
internal readonly ref struct Sentence
{
    private readonly StringBuilder? _text;

    public Sentence(int literalLength, int formattedCount, World world, out bool isWanted)
    {
        isWanted = world.Tells;
        _text = isWanted ? new(literalLength + 16 * formattedCount) : null;
    }

    public void AppendLiteral(string text) => _text!.Append(text);

    public void AppendFormatted<T>(T value, string? format = null) =>
        _text!.AppendFormat(CultureInfo.InvariantCulture, format is null ? "{0}" : $"{{0:{format}}}", value);

    public override string ToString() => $"{_text}";
}
