using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace IotOrleans.Tests.Sip;

/// <summary>SIP over a WebSocket, word by word: what no page would say can be said here too.</summary>
internal sealed partial class SipSocket : IAsyncDisposable
{
    private const string Host = "x7k2.invalid";

    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));
    private readonly string _call = Guid.NewGuid().ToString("N");
    private int _turn;

    /// <summary>The status with which the server answered the wish for a WebSocket; 101 is a yes.</summary>
    public static async Task<int> Knock(Uri address, string? origin)
    {
        var socket = new SipSocket();
        await using (socket)
            return await socket.Connect(address, origin);
    }

    public static async Task<SipSocket> Open(Uri address, string origin)
    {
        var socket = new SipSocket();
        Assert.Equal(101, await socket.Connect(address, origin));
        return socket;
    }

    /// <summary>Registers as a number, and says the status that it ends with.</summary>
    public async Task<int> Register(string number, string username, string password)
    {
        const string Uri = "sip:" + BrowserHouse.Domain;
        var challenge = await Ask("REGISTER", Uri, number, number);
        Assert.StartsWith("SIP/2.0 401 ", challenge, StringComparison.Ordinal);
        return Status(
            await Ask("REGISTER", Uri, number, number, Answer(challenge, "REGISTER", Uri, username, password))
        );
    }

    /// <summary>Says a request and hears the last answer to it; to an ACK there is none.</summary>
    /// <param name="toTag">Not empty: as if it were a part of a call.</param>
    public async Task<string> Ask(
        string method,
        string uri,
        string from,
        string to,
        string more = "",
        string toTag = ""
    )
    {
        var turn = await Begin(method, uri, from, to, more, toTag);
        return method == "ACK" ? "" : await Answered(turn);
    }

    /// <summary>Says a request and waits for nothing.</summary>
    /// <returns>Its turn, by which it is answered.</returns>
    public async Task<int> Begin(string method, string uri, string from, string to, string more, string toTag)
    {
        var turn = ++_turn;
        await Say(
            $"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/WSS {Host};branch=z9hG4bK{_call}{turn}\r\n"
                + $"From: <sip:{from}@{BrowserHouse.Domain}>;tag=t{_call}\r\n"
                + $"To: <sip:{to}@{BrowserHouse.Domain}>{toTag}\r\nCall-ID: {_call}\r\nCSeq: {turn} {method}\r\n"
                + $"Contact: <sip:a1@{Host};transport=ws>\r\nMax-Forwards: 70\r\nExpires: 3600\r\n{more}"
                + "Content-Length: 0\r\n\r\n"
        );
        return turn;
    }

    public async Task<string> Answered(int turn)
    {
        while (true)
        {
            var said = await Hear();
            if (said.Contains($"CSeq: {turn} ", StringComparison.Ordinal) && Status(said) >= 200)
                return said;
        }
    }

    public async Task Say(string text) =>
        await _socket.SendAsync(Encoding.ASCII.GetBytes(text), WebSocketMessageType.Text, true, _patience.Token);

    /// <summary>What comes next that begins so.</summary>
    public async Task<string> Hears(string start)
    {
        while (true)
        {
            var said = await Hear();
            if (said.StartsWith(start, StringComparison.Ordinal))
                return said;
        }
    }

    /// <summary>Answers a request, as one that can be reached where it is connected.</summary>
    public Task Accept(string request, string status = "200 OK")
    {
        var copied = Copied().Matches(request).Select(line => line.Value.TrimEnd('\r') + "\r\n");
        var text = string.Concat(copied);
        if (!ToTag().IsMatch(text))
            text = To().Replace(text, $"$0;tag=t{_call}");
        return Say($"SIP/2.0 {status}\r\n{text}Contact: <sip:b1@{Host};transport=ws>\r\nContent-Length: 0\r\n\r\n");
    }

    public static int Status(string answer) => int.Parse(answer.Split(' ')[1], null);

    /// <summary>The header that answers a challenge (RFC 7616, with the MD5 that telephones know).</summary>
    public static string Answer(string challenge, string method, string uri, string username, string password)
    {
        var nonce = Nonce().Match(challenge).Groups[1].Value;
        var secret = Hash($"{username}:{BrowserHouse.Domain}:{password}");
        var response = Hash($"{secret}:{nonce}:00000001:c1:auth:{Hash($"{method}:{uri}")}");
        var header = Status(challenge) == 401 ? "Authorization" : "Proxy-Authorization";
        return $"{header}: Digest username=\"{username}\", realm=\"{BrowserHouse.Domain}\", nonce=\"{nonce}\", "
            + $"uri=\"{uri}\", response=\"{response}\", qop=auth, nc=00000001, cnonce=\"c1\", algorithm=MD5\r\n";
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _patience.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<int> Connect(Uri address, string? origin)
    {
        _socket.Options.AddSubProtocol("sip");
        _socket.Options.CollectHttpResponseDetails = true;
        _socket.Options.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            certificate?.Subject == "CN=" + OwnCertificate.Name;
        if (origin is not null)
            _socket.Options.SetRequestHeader("Origin", origin);
        try
        {
            await _socket.ConnectAsync(address, _patience.Token);
        }
        catch (WebSocketException) when (_socket.HttpStatusCode != 0)
        {
            // The status says what it was.
        }
        return (int)_socket.HttpStatusCode;
    }

    private async Task<string> Hear()
    {
        var buffer = new byte[16 * 1024];
        var text = new StringBuilder();
        while (true)
        {
            var part = await _socket.ReceiveAsync(buffer.AsMemory(), _patience.Token);
            text.Append(Encoding.UTF8.GetString(buffer, 0, part.Count));
            if (part.EndOfMessage)
                return text.ToString();
        }
    }

    // The algorithm is the protocol's, and what it protects here are passwords of tests.
#pragma warning disable CA5351
    private static string Hash(string text) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5351

    [GeneratedRegex("^(Via|From|To|Call-ID|CSeq|Record-Route):.*$", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Copied();

    [GeneratedRegex("^To:[^\r]*", RegexOptions.Multiline)]
    private static partial Regex To();

    [GeneratedRegex("^To:[^\r]*;tag=", RegexOptions.Multiline)]
    private static partial Regex ToTag();

    [GeneratedRegex("nonce=\"([^\"]+)\"")]
    private static partial Regex Nonce();
}
