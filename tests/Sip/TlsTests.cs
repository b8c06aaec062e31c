using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace IotOrleans.Tests.Sip;

/// <summary>Kamailio takes calls over TLS. The sipp of Debian knows none, so the caller speaks SIP itself.</summary>
public sealed class TlsTests(TlsHouse house) : IClassFixture<TlsHouse>
{
    [Fact]
    public async Task A_call_over_TLS_reaches_the_house_and_is_answered()
    {
        await house.AllThere();
        await house.Speaker("+79168880001");
        await using var freeSwitch = await Sipp.Waits("answers", house.Lab.FreeSwitch, 1, 5080);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(house.Lab.TrunkIn), 0));
        await socket.ConnectAsync(IPAddress.Parse(house.Lab.Kamailio), 5061);
        await using var stream = new SslStream(new NetworkStream(socket));
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = OwnCertificate.Name,
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                    certificate?.GetCertHashString(HashAlgorithmName.SHA256) == house.Fingerprint,
            }
        );
        Assert.True(stream.SslProtocol >= System.Security.Authentication.SslProtocols.Tls12);

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        await Say(stream, "INVITE", "", patience.Token);
        var answer = await Heard(stream, "SIP/2.0 200", patience.Token);
        await Say(stream, "ACK", answer, patience.Token);
        await Say(stream, "BYE", answer, patience.Token);
        Assert.Contains("CSeq: 2 BYE", await Heard(stream, "SIP/2.0 200", patience.Token), StringComparison.Ordinal);
        (await freeSwitch.Ends()).AllGood(1);
    }

    private async Task Say(SslStream stream, string method, string answer, CancellationToken stop)
    {
        var (me, kamailio) = (house.Lab.TrunkIn, house.Lab.Kamailio);
        var to = Header(answer, "To") ?? $"To: <sip:+79168880001@{kamailio}>";
        var contact = Header(answer, "Contact");
        var target = contact is null ? $"sip:+79168880001@{kamailio}" : contact.Split('<', '>')[1];
        var routes = answer.Split("\r\n").Where(line => line.StartsWith("Record-Route:", StringComparison.Ordinal));
        var route = string.Concat(routes.Reverse().Select(line => line["Record-".Length..] + "\r\n"));
        var number = method == "BYE" ? 2 : 1;
        var text =
            $"{method} {target} SIP/2.0\r\nVia: SIP/2.0/TLS {me}:5061;branch=z9hG4bK{method}1\r\n"
            + $"From: <sip:+74951234567@{me}>;tag=tls1\r\n{to}\r\n{route}Call-ID: tls-1@{me}\r\n"
            + $"CSeq: {number} {method}\r\nContact: <sip:+74951234567@{me}:5061;transport=tls>\r\n"
            + "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text), stop);
    }

    private static string? Header(string message, string name) =>
        message.Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.Ordinal));

    /// <summary>The first whole message that begins so.</summary>
    private static async Task<string> Heard(SslStream stream, string start, CancellationToken stop)
    {
        var buffer = new byte[64 * 1024];
        var text = "";
        while (true)
        {
            var at = text.IndexOf(start, StringComparison.Ordinal);
            if (at >= 0 && text.IndexOf("\r\n\r\n", at, StringComparison.Ordinal) is > 0 and var end)
                return text[at..end];
            var count = await stream.ReadAsync(buffer, stop);
            Assert.True(count > 0, "Kamailio hung up:\n" + text);
            text += Encoding.ASCII.GetString(buffer, 0, count);
        }
    }
}

/// <summary>Kamailio with a listener for TLS and a certificate made for the test.</summary>
public sealed class TlsHouse : SipHouse
{
    private readonly OwnCertificate _certificate = new();

    public string Fingerprint => _certificate.Fingerprint;

    protected override Dictionary<string, string> MoreEnvironment =>
        new()
        {
            ["TLS_LISTEN"] = $"tls:{Lab.Kamailio}:5061",
            ["TLS_CERTIFICATE"] = _certificate.CertificateFile,
            ["TLS_PRIVATE_KEY"] = _certificate.KeyFile,
        };

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _certificate.Dispose();
    }
}
