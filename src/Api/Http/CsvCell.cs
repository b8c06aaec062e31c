using System.Globalization;

namespace IotOrleans.Http;

/// <summary>A cell of a file that people open in spreadsheets. RFC 4180.</summary>
public static class CsvCell
{
    /// <summary>Quoted where it must be; what a spreadsheet would take for a formula is made plain text.</summary>
    public static string Of(object? value)
    {
        var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        // A spreadsheet takes = + - @ for a formula; a plus before digits only is a number and harmless.
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' && !IsNumber(text))
            text = "'" + text;
        return text.AsSpan().ContainsAny(",\"\r\n")
            ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : text;
    }

    private static bool IsNumber(string text) => text[0] == '+' && text.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0;
}
