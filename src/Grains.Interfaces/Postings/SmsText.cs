using System.Text;

namespace IotOrleans.Postings;

/// <summary>How a text goes into SMS (3GPP TS 23.038 and 23.040).</summary>
public static class SmsText
{
    private const string Basic =
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
        + "¿abcdefghijklmnopqrstuvwxyzäöñüà";

    private const string Extension = "\f^{}\\[~]|€";

    /// <summary>Whether the default alphabet and its extension hold every character.</summary>
    public static bool IsGsm(string text) => text.All(c => Basic.Contains(c) || Extension.Contains(c));

    /// <summary>
    /// The text as it may be given to one who cuts UCS-2 every 67 units: where that would fall within a character, an
    /// invisible word joiner goes before it. Other texts stay as they are.
    /// </summary>
    public static string WithoutCutPairs(string text)
    {
        if (IsGsm(text) || text.Length <= 70)
            return text;
        var whole = new StringBuilder(text.Length + 8);
        foreach (var unit in text)
        {
            if (char.IsHighSurrogate(unit) && whole.Length % UnitsOfPart == UnitsOfPart - 1)
                whole.Append(WordJoiner);
            whole.Append(unit);
        }
        return whole.ToString();
    }

    private const int UnitsOfPart = 67;
    private const char WordJoiner = '\u2060';

    /// <summary>
    /// How many messages it takes: 160 septets in one and 153 in each of several, or 70 and 67 UTF-16 units. No part
    /// ends
    /// within a character.
    /// </summary>
    public static int Parts(string text)
    {
        var isGsm = IsGsm(text);
        var (single, several) = isGsm ? (160, 153) : (70, 67);
        var (parts, used, whole) = (1, 0, 0);
        for (var index = 0; index < text.Length; index++)
        {
            var width = isGsm && Extension.Contains(text[index]) ? 2 : 1;
            if (!isGsm && char.IsHighSurrogate(text[index]) && index + 1 < text.Length)
                (width, index) = (2, index + 1);
            whole += width;
            if (used + width > several)
                (parts, used) = (parts + 1, 0);
            used += width;
        }
        return whole <= single ? 1 : parts;
    }
}
