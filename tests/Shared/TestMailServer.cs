using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;

namespace IotOrleans.Tests;

/// <summary>A mail server (RFC 5321) on a real socket that minds the order of commands and the ends of lines.</summary>
public sealed class TestMailServer : IAsyncDisposable
{
    /// <summary>Instead of an answer: the connection is cut.</summary>
    public const string Cut = "";

    /// <summary>What <see cref="Says"/> is asked when the text of a mail is complete.</summary>
    public const string EndOfText = ".";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Channel<ReceivedMail> _arrived = Channel.CreateUnbounded<ReceivedMail>();
    private readonly ConcurrentQueue<ReceivedMail> _all = new();
    private readonly ConcurrentQueue<string> _commands = new();
    private readonly ConcurrentQueue<Exception> _broken = new();
    private readonly CancellationTokenSource _end = new();
    private Task _running = Task.CompletedTask;

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>With one STARTTLS is offered.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>TLS from the first byte.</summary>
    public bool IsSecureFromTheStart { get; init; }

    /// <summary>"PLAIN" or "LOGIN"; null where nobody need say who he is.</summary>
    public string? Mechanism { get; init; }

    /// <summary>User and password.</summary>
    public string Account { get; init; } = "house:a password";

    /// <summary>Another answer to a command than it deserves; null for what it deserves.</summary>
    public Func<string, string?> Says { get; set; } = _ => null;

    /// <summary>All that were heard to their end, whatever was answered.</summary>
    public ReceivedMail[] Mails => [.. _all];

    public string[] Commands => [.. _commands];

    public TestMailServer Start()
    {
        _listener.Start();
        _running = Accept();
        return this;
    }

    public async Task<ReceivedMail> Arrives() => await _arrived.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        // First the end of listening: who asks a listener that was stopped for the next one is told of a mistake.
        await _running;
        _listener.Dispose();
        _end.Dispose();
        Assert.Empty(_broken);
    }

    internal bool Knows(string user, string password) => $"{user}:{password}" == Account;

    private async Task Accept()
    {
        var sessions = new List<Task>();
        try
        {
            while (true)
                sessions.Add(Serve(await _listener.AcceptTcpClientAsync(_end.Token)));
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(sessions);
        }
    }

    private async Task Serve(TcpClient client)
    {
        using (client)
        {
            try
            {
                await new Session(this, client.GetStream()).Run(_end.Token);
            }
            catch (Exception over) when (over is IOException or OperationCanceledException or AuthenticationException)
            {
                // The other side has gone, or the test has.
            }
            catch (InvalidOperationException broken)
            {
                _broken.Enqueue(broken);
            }
        }
    }

    private void Take(ReceivedMail mail)
    {
        _all.Enqueue(mail);
        _arrived.Writer.TryWrite(mail);
    }

    /// <summary>One connection.</summary>
    private sealed class Session(TestMailServer server, Stream stream)
    {
        private Stream _stream = stream;
        private bool _isSecure;
        private bool _isKnown;
        private string? _from;
        private string? _to;

        public async Task Run(CancellationToken end)
        {
            if (server.IsSecureFromTheStart)
                await Secure(end);
            if (!await Answer(server.Says("CONNECT") ?? "220 mail.test ESMTP", end))
                return;
            while (await Line(end) is { } command)
            {
                server._commands.Enqueue(command);
                var verb = command.Split(' ', ':')[0].ToUpperInvariant();
                var said = server.Says(command) ?? await Deserved(verb, command, end);
                if (!await Answer(said, end) || verb == "QUIT")
                    return;
                if (verb == "STARTTLS" && said.StartsWith("220", StringComparison.Ordinal))
                    await Secure(end);
                if (verb == "DATA" && said.StartsWith("354", StringComparison.Ordinal) && !await Text(end))
                    return;
            }
        }

        private async Task<string> Deserved(string verb, string command, CancellationToken end)
        {
            switch (verb)
            {
                case "EHLO":
                    (_from, _to) = (null, null);
                    return Greeting();
                case "STARTTLS" when server.Certificate is not null && !_isSecure:
                    return "220 go ahead";
                case "AUTH":
                    _isKnown = await Login(command, end);
                    return _isKnown ? "235 2.7.0 accepted" : "535 5.7.8 not known";
                case "MAIL" when server.Mechanism is not null && !_isKnown:
                    return "530 5.7.0 authentication required";
                case "MAIL" when Path(command, "MAIL FROM:<") is { } from:
                    _from = from;
                    return "250 2.1.0 ok";
                case "RCPT" when _from is not null && Path(command, "RCPT TO:<") is { } to:
                    _to = to;
                    return "250 2.1.5 ok";
                case "DATA" when _to is not null:
                    return "354 go on";
                case "QUIT":
                    return "221 bye";
                default:
                    return "503 5.5.1 bad sequence of commands";
            }
        }

        private string Greeting()
        {
            List<string> offers = ["mail.test", "SIZE 1000000"];
            if (server.Certificate is not null && !_isSecure)
                offers.Add("STARTTLS");
            if (server.Mechanism is { } mechanism)
                offers.Add("AUTH " + mechanism);
            return string.Join("\r\n", offers.Select((one, i) => $"250{(i == offers.Count - 1 ? ' ' : '-')}{one}"));
        }

        private async Task<bool> Login(string command, CancellationToken end)
        {
            if (command.StartsWith("AUTH PLAIN ", StringComparison.Ordinal))
            {
                var parts = Text64(command["AUTH PLAIN ".Length..]).Split('\0');
                return parts.Length == 3 && server.Knows(parts[1], parts[2]);
            }
            await Answer("334 VXNlcm5hbWU6", end);
            var user = Text64(await Line(end) ?? "");
            await Answer("334 UGFzc3dvcmQ6", end);
            return server.Knows(user, Text64(await Line(end) ?? ""));
        }

        private async Task<bool> Text(CancellationToken end)
        {
            var lines = new List<string>();
            while (await Line(end) is { } line && line != ".")
                lines.Add(line.StartsWith('.') ? line[1..] : line);
            server.Take(new(_from!, _to!, [.. lines]));
            (_from, _to) = (null, null);
            return await Answer(server.Says(EndOfText) ?? "250 2.0.0 kept", end);
        }

        private async Task Secure(CancellationToken end)
        {
            var tls = new SslStream(_stream);
            await tls.AuthenticateAsServerAsync(new() { ServerCertificate = server.Certificate }, end);
            (_stream, _isSecure) = (tls, true);
        }

        private async Task<bool> Answer(string line, CancellationToken end)
        {
            if (line == Cut)
                return false;
            await _stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), end);
            return true;
        }

        private async Task<string?> Line(CancellationToken end)
        {
            var line = new List<byte>();
            var next = new byte[1];
            while (await _stream.ReadAsync(next, end) == 1)
            {
                line.Add(next[0]);
                if (next[0] != '\n')
                    continue;
                if (line.Count > 1_000 || line.Count(one => one is (byte)'\r' or (byte)'\n') != 2 || line[^2] != '\r')
                    throw new InvalidOperationException("A line is too long, or does not end as lines do.");
                if (line.Exists(one => one > 127))
                    throw new InvalidOperationException("Eight bits were sent to a server that takes seven.");
                return Encoding.ASCII.GetString([.. line]).TrimEnd();
            }
            return null;
        }

        private static string? Path(string command, string head) =>
            command.StartsWith(head, StringComparison.Ordinal) && command.EndsWith('>')
                ? command[head.Length..^1]
                : null;

        private static string Text64(string text) => Encoding.UTF8.GetString(Convert.FromBase64String(text));
    }
}

/// <param name="Lines">Head and body as they were before dots were doubled.</param>
public sealed record ReceivedMail(string From, string To, string[] Lines)
{
    public string Header(string name) =>
        Lines
            .TakeWhile(line => line.Length > 0)
            .First(line => line.StartsWith(name + ": ", StringComparison.OrdinalIgnoreCase))[(name.Length + 2)..];

    public string Body => string.Join('\n', Lines.SkipWhile(line => line.Length > 0).Skip(1));
}
