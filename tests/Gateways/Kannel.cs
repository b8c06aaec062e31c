using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace IotOrleans.Tests.Gateways;

/// <summary>
/// The real Kannel with the configuration that is shipped, and this test as the telephone network behind its fake SMS
/// centre: lines of "sender receiver kind text" both ways.
/// </summary>
internal sealed class Kannel : IAsyncDisposable
{
    private const string Bearerbox = "/usr/sbin/bearerbox";
    private const string Smsbox = "/usr/sbin/smsbox";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iotorleans-kannel-");
    private readonly Channel<Sms> _heard = Channel.CreateUnbounded<Sms>();
    private readonly int _boxes = Peer.FreePort();
    private readonly int _centre = Peer.FreePort();
    private readonly int _admin = Peer.FreePort();
    private readonly int _sendsms = Peer.FreePort();
    private Peer? _bearerbox;
    private Peer? _smsbox;
    private TcpClient? _network;

    public static void Need() => Peer.Need(Bearerbox, "kannel");

    public Uri SendSms => new($"http://127.0.0.1:{_sendsms}/cgi-bin/sendsms");

    private string Configuration => Path.Combine(_folder.FullName, "kannel.conf");

    /// <param name="house">Where SMS that come are told.</param>
    /// <param name="key">A key of role telephony.</param>
    public async Task Start(Uri house, string key)
    {
        var shipped = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "kannel.conf"));
        var centre = Path.Combine(_folder.FullName, "smsc.conf");
        await File.WriteAllTextAsync(
            Configuration,
            shipped
                .Replace("= 13000", $"= {_admin}", StringComparison.Ordinal)
                .Replace("= 13001", $"= {_boxes}", StringComparison.Ordinal)
                .Replace("= 13013", $"= {_sendsms}", StringComparison.Ordinal)
                .Replace("CHANGE-sendsms", "secret", StringComparison.Ordinal)
                .Replace("CHANGE-key", key, StringComparison.Ordinal)
                .Replace("http://127.0.0.1:8080/", house.ToString(), StringComparison.Ordinal)
                .Replace("/var/spool/kannel", _folder.FullName, StringComparison.Ordinal)
                .Replace("/etc/kannel/smsc.conf", centre, StringComparison.Ordinal)
                .Replace("http-queue-delay = 10", "http-queue-delay = 1", StringComparison.Ordinal)
        );
        // This kind of centre listens everywhere; it lets nobody in but this machine.
        await File.WriteAllTextAsync(
            centre,
            $"group = smsc\nsmsc = fake\nsmsc-id = fake\nport = {_centre}\nconnect-allow-ip = 127.0.0.1\n"
        );
        await Up();
    }

    public async Task Up()
    {
        _bearerbox = Peer.Start(Bearerbox, [Configuration]);
        await _bearerbox.UntilItListens(_centre);
        _network = new();
        await _network.ConnectAsync(IPAddress.Loopback, _centre);
        _ = Listen(_network);
        await _bearerbox.UntilItListens(_boxes);
        _smsbox = Peer.Start(Smsbox, [Configuration]);
        await _smsbox.UntilItListens(_sendsms);
    }

    public async Task Down()
    {
        if (_smsbox is not null)
            await _smsbox.DisposeAsync();
        _network?.Dispose();
        if (_bearerbox is not null)
            await _bearerbox.DisposeAsync();
    }

    /// <summary>The next SMS that the network was given.</summary>
    public async Task<Sms> Hears() => await _heard.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    public int Unheard => _heard.Reader.Count;

    /// <summary>Somebody sends an SMS to one of our numbers.</summary>
    public async Task Sends(string from, string to, string text)
    {
        // A text in ASCII goes as it is, to the end of the line.
        var what = text.All(char.IsAscii)
            ? $"text {text}"
            : $"ucs2 {Escaped(Encoding.BigEndianUnicode.GetBytes(text))}";
        await Line($"{from} {to} {what}");
    }

    /// <summary>Somebody sends a long SMS in parts, the last one first.</summary>
    public async Task SendsInParts(string from, string to, string[] parts)
    {
        for (var part = parts.Length; part > 0; part--)
        {
            var head = Escaped([5, 0, 3, 77, (byte)parts.Length, (byte)part]);
            await Line($"{from} {to} udh-text {head} {parts[part - 1]}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Down();
        _folder.Delete(recursive: true);
    }

    private async Task Listen(TcpClient network)
    {
        using var lines = new StreamReader(network.GetStream(), Encoding.Latin1);
        try
        {
            while (await lines.ReadLineAsync() is { } line)
                _heard.Writer.TryWrite(Sms.Of(line));
        }
        catch (Exception cut) when (cut is IOException or ObjectDisposedException)
        {
            // The end of the connection is the end of what can be heard.
            return;
        }
    }

    private async Task Line(string line) =>
        await _network!.GetStream().WriteAsync(Encoding.Latin1.GetBytes(line + "\n"));

    private static string Escaped(byte[] bytes) => string.Concat(bytes.Select(code => $"%{code:X2}"));

    /// <summary>An SMS as the network sees it.</summary>
    /// <param name="Head">The user data header, where the message is a part of a longer one.</param>
    /// <param name="Bytes">GSM text in UTF-8, or UTF-16.</param>
    internal sealed record Sms(string From, string To, string Kind, byte[] Head, byte[] Bytes)
    {
        public string Ucs2 => Encoding.BigEndianUnicode.GetString(Bytes);

        public string Text => Encoding.UTF8.GetString(Bytes);

        public static Sms Of(string line)
        {
            var words = line.Split(' ', 4);
            if (words[2] != "udh")
                return new(words[0], words[1], words[2], [], words[2] == "text" ? Latin(words[3]) : Plain(words[3]));
            var parts = words[3].Split(' ', 3);
            return new(words[0], words[1], parts[1], Plain(parts[0]), Plain(parts[2]));
        }

        private static byte[] Latin(string text) => Encoding.Latin1.GetBytes(text);

        private static byte[] Plain(string escaped)
        {
            var bytes = new List<byte>();
            for (var at = 0; at < escaped.Length; at++)
            {
                var isCode = escaped[at] == '%';
                bytes.Add(
                    isCode ? Convert.FromHexString(escaped.AsSpan(at + 1, 2))[0]
                    : escaped[at] == '+' ? (byte)' '
                    : (byte)escaped[at]
                );
                at += isCode ? 2 : 0;
            }
            return [.. bytes];
        }
    }
}
