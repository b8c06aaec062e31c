using System.Globalization;
using System.Text;

namespace IotOrleans.Actions;

/// <summary>A notice as a mail (RFC 5322), its dots doubled to follow DATA (RFC 5321, 4.5.2).</summary>
internal static class MailText
{
    /// <summary>The line with which the server takes what came before it.</summary>
    public static readonly ReadOnlyMemory<byte> End = ".\r\n"u8.ToArray();

    private const string LineEnd = "\r\n";

    public static byte[] Of(Notice notice, string from)
    {
        var isPlain = Ascii.IsValid(notice.Text);
        string[] head =
        [
            $"From: {from}",
            $"To: {notice.Target}",
            $"Subject: {Subject(notice.Text)}",
            $"Date: {Date(notice.OrderedAt)}",
            // The same however often it is tried: who has it knows it again.
            $"Message-ID: <{notice.MessageId}@{Domain(from)}>",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            $"Content-Transfer-Encoding: {(isPlain ? "7bit" : "base64")}",
            "",
        ];
        var body = isPlain ? notice.Text.ReplaceLineEndings("\n").Split('\n') : Base64(notice.Text).Split(LineEnd);
        var lines = head.Concat(body).Select(line => line.StartsWith('.') ? "." + line : line);
        return Encoding.ASCII.GetBytes(string.Join(LineEnd, lines) + LineEnd);
    }

    public static string Domain(string address) => address[(address.LastIndexOf('@') + 1)..];

    private static string Date(DateTimeOffset at) =>
        at.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss", CultureInfo.InvariantCulture) + " +0000";

    private static string Base64(string text) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(text), Base64FormattingOptions.InsertLineBreaks);

    /// <summary>The first line, cut to what one encoded word (RFC 2047) holds if it needs one.</summary>
    private static string Subject(string text)
    {
        const int PlainMax = 120;
        const int EncodedMax = 20;
        var line = new string([.. text.Split('\r', '\n')[0].Where(c => !char.IsControl(c)).Take(PlainMax)]);
        if (Ascii.IsValid(line))
            return line;
        var cut = new string([.. line.Where(c => !char.IsSurrogate(c)).Take(EncodedMax)]);
        return $"=?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(cut))}?=";
    }
}
