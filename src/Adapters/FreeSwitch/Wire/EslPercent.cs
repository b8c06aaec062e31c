using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace IotOrleans.FreeSwitch;

/// <summary>
/// The switch's own percent-encoding: not form encoding (a plus is a plus), and lossy, because the switch leaves a
/// literal <c>%41</c> as it is. What does not look like an escape is therefore kept, never refused.
/// </summary>
public static class EslPercent
{
    public static string Decode(string text)
    {
        if (!text.Contains('%'))
            return text;
        var encoded = Encoding.UTF8.GetBytes(text);
        var length = 0;
        for (var i = 0; i < encoded.Length; i++)
        {
            // Decoding in place is safe: the result is never longer than what was read.
            if (encoded[i] == '%' && IsEscape(encoded.AsSpan(i + 1), out var value))
            {
                encoded[length++] = value;
                i += 2;
            }
            else
                encoded[length++] = encoded[i];
        }
        return Encoding.UTF8.GetString(encoded, 0, length);
    }

    /// <summary>Encodes as the switch does, including its lossy habit of leaving an existing escape alone.</summary>
    public static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length + 16);
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var i = 0; i < bytes.Length; i++)
        {
            var isPlain = char.IsAsciiLetterOrDigit((char)bytes[i]) || "/,()!~*'-_.$".Contains((char)bytes[i]);
            if (isPlain || (bytes[i] == '%' && IsEscape(bytes.AsSpan(i + 1), out _)))
                encoded.Append((char)bytes[i]);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"%{bytes[i]:X2}");
        }
        return encoded.ToString();
    }

    private static bool IsEscape(ReadOnlySpan<byte> digits, out byte value)
    {
        value = 0;
        return digits.Length >= 2 && Utf8Parser.TryParse(digits[..2], out value, out var read, 'X') && read == 2;
    }
}
