using System.Globalization;
using System.Text;
using IotOrleans.Json;
using IotOrleans.Subscribers;

namespace IotOrleans.Masks;

/// <summary>
/// One line of a file of masks: real number, shown number, and if there is a heading that says so, expires_at and note.
/// Commas, semicolons or tabs; quoted as RFC 4180 says, but no cell goes over a line's end.
/// </summary>
/// <param name="fromPool">Whether a line may leave the shown number to a pool.</param>
internal sealed class MaskCsv(NumberPlan numbers, bool fromPool)
{
    private static readonly string[] RealNames = ["real", "real_number", "phone", "number"];
    private static readonly string[] ShownNames = ["shown", "fake", "virtual", "fake_number", "shown_number", "mask"];

    private readonly List<string> _cells = [];
    private int _real;
    private int _shown = 1;
    private int _expires = -1;
    private int _note = -1;
    private char _separator;

    /// <summary>Whether the first line is a heading, which is then followed.</summary>
    public bool ReadHeading(string line)
    {
        _separator =
            line.Contains('\t') ? '\t'
            : line.Contains(';') ? ';'
            : ',';
        if (Split(line) is not null || _cells.Exists(cell => cell.Any(char.IsAsciiDigit)))
            return false;
        var names = _cells.ConvertAll(cell => cell.Trim().ToLowerInvariant());
        var (real, shown) = (names.FindIndex(RealNames.Contains), names.FindIndex(ShownNames.Contains));
        if (real >= 0 || shown >= 0)
            (_real, _shown) = (real, shown);
        _expires = names.IndexOf("expires_at");
        _note = names.IndexOf("note");
        return true;
    }

    /// <returns>What is wrong with the line, or null.</returns>
    public string? Read(string line, out MaskLine mask)
    {
        mask = default;
        if (Split(line) is { } wrong)
            return wrong;
        if (!numbers.TryRead(Cell(_real), out var real))
            return "the real number is not a telephone number";
        Msisdn? shown = null;
        if (!(fromPool && Cell(_shown).Length == 0))
        {
            if (!numbers.TryRead(Cell(_shown), out var chosen))
                return "the shown number is not a telephone number";
            shown = chosen;
        }
        if (real == shown)
            return "the real number is the shown one";
        DateTimeOffset? expires = null;
        if (Cell(_expires) is { Length: > 0 } text)
        {
            if (!UtcTimeJson.TryRead(text, out var time))
                return "expires_at is not a time in RFC 3339 form with an offset";
            expires = time;
        }
        var note = Cell(_note);
        if (note.Length > 200 || note.Any(char.IsControl))
            return "the note is longer than 200 characters or has control characters";
        mask = new(
            MaskMirror.Number(real),
            shown is { } number ? MaskMirror.Number(number) : null,
            expires,
            note.Length == 0 ? null : note
        );
        return null;
    }

    private string Cell(int index) => index >= 0 && index < _cells.Count ? _cells[index].Trim() : "";

    private string? Split(string line)
    {
        _cells.Clear();
        if (!line.Contains('"'))
        {
            _cells.AddRange(line.Split(_separator));
            return null;
        }
        var cell = new StringBuilder();
        var isQuoted = false;
        for (var index = 0; index < line.Length; index++)
        {
            var c = line[index];
            if (c == '"' && isQuoted && index + 1 < line.Length && line[index + 1] == '"')
                cell.Append(line[++index]);
            else if (c == '"')
                isQuoted = !isQuoted;
            else if (c == _separator && !isQuoted)
            {
                _cells.Add(cell.ToString());
                cell.Clear();
            }
            else
                cell.Append(c);
        }
        _cells.Add(cell.ToString());
        return isQuoted ? "a quote is not closed" : null;
    }

    public static string Shown(string line) =>
        string.Create(CultureInfo.InvariantCulture, $"{(line.Length > 120 ? line[..120] + "…" : line)}")
            .Replace('\0', '?');
}

internal readonly record struct MaskLine(long Real, long? Shown, DateTimeOffset? ExpiresAt, string? Note);
