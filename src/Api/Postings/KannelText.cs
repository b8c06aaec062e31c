using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace IotOrleans.Postings;

/// <summary>
/// The text of an SMS as Kannel puts it into an address: %b is the bytes of the message in the character set that %C
/// names, and a message that is not in the GSM alphabet comes in UTF-16 (its user guide, "sms-service").
/// </summary>
internal static class KannelText
{
    private const string Parameter = "text=";

    /// <summary>Null when the text is in UTF-8, which everybody reads.</summary>
    public static string? Read(string query, string? charset) =>
        charset?.ToUpperInvariant() switch
        {
            "UTF-16BE" or "UTF-16" or "UCS-2" when Bytes(query) is { } bytes => Utf16(bytes),
            "WINDOWS-1252" or "ISO-8859-1" when Bytes(query) is { } bytes => Encoding.Latin1.GetString(bytes),
            _ => null,
        };

    private static string Utf16(byte[] bytes)
    {
        var units = new char[bytes.Length / 2];
        for (var unit = 0; unit < units.Length; unit++)
            units[unit] = (char)BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(unit * 2));
        return new(units);
    }

    private static byte[]? Bytes(string query)
    {
        var raw = query
            .TrimStart('?')
            .Split('&')
            .FirstOrDefault(pair => pair.StartsWith(Parameter, StringComparison.Ordinal))
            ?[Parameter.Length..];
        if (raw is null)
            return null;
        var bytes = new List<byte>(raw.Length);
        for (var at = 0; at < raw.Length; at++)
        {
            if (raw[at] == '%' && at + 2 < raw.Length && Hex(raw.AsSpan(at + 1, 2)) is { } code)
            {
                bytes.Add(code);
                at += 2;
            }
            else
                bytes.Add(raw[at] == '+' ? (byte)' ' : (byte)raw[at]);
        }
        return [.. bytes];
    }

    private static byte? Hex(ReadOnlySpan<char> digits) =>
        byte.TryParse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var code) ? code : null;
}
