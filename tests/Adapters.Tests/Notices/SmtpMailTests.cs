using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IotOrleans.Tests;
using IotOrleans.Tls;
using Microsoft.Extensions.Options;

namespace IotOrleans.Actions;

/// <summary>PP-60: mail to a server on a real socket, and what is made of its answers.</summary>
public sealed class SmtpMailTests
{
    private static readonly Notice Missed = new(
        "018f0000-0000-7000-8000-000000000001",
        "owner@example.com",
        "Missed call on +78005550001\n.dot at the start\n.\nBusy, from +7*****67",
        null,
        new(2026, 11, 20, 9, 5, 0, TimeSpan.Zero)
    );

    private readonly WayHealth _health = new("mail", "127.0.0.1", isSimulated: true, new FakeTime());

    [Fact]
    public async Task A_mail_arrives_as_it_was_meant_and_is_the_same_when_it_is_sent_again()
    {
        await using var server = new TestMailServer().Start();
        Assert.Equal(new(true), await Tell(server));
        Assert.Equal(new(true), await Tell(server));

        var (first, second) = (server.Mails[0], server.Mails[1]);
        Assert.Equal(("house@masks.example", "owner@example.com"), (first.From, first.To));
        Assert.Equal(Missed.Text, first.Body);
        Assert.Equal("Missed call on +78005550001", first.Header("Subject"));
        Assert.Equal("Fri, 20 Nov 2026 09:05:00 +0000", first.Header("Date"));
        Assert.Equal($"<{Missed.MessageId}@masks.example>", first.Header("Message-ID"));
        Assert.Equal("auto-generated", first.Header("Auto-Submitted"));
        Assert.Equal(first.Lines, second.Lines);
        Assert.Equal(["EHLO", "MAIL", "RCPT", "DATA", "QUIT"], server.Commands[..5].Select(line => line.Split(' ')[0]));
    }

    [Fact]
    public async Task Letters_of_other_alphabets_go_through_a_server_of_seven_bits()
    {
        await using var server = new TestMailServer().Start();
        await Tell(server, Missed with { Text = "Пропущенный вызов\nс номера" });
        var mail = await server.Arrives();
        Assert.Equal("base64", mail.Header("Content-Transfer-Encoding"));
        Assert.Equal("Пропущенный вызов\nс номера", Utf8(mail.Body.Replace("\n", "", StringComparison.Ordinal)));
        Assert.Equal("Пропущенный вызов", Utf8(mail.Header("Subject")["=?utf-8?B?".Length..^2]));
    }

    [Theory]
    [InlineData("CONNECT", "421 4.3.2 come again", true, PartStatus.Down)]
    [InlineData("CONNECT", "554 5.3.2 no mail here", true, PartStatus.Down)]
    [InlineData("EHLO", "421 4.3.2 shutting down", true, PartStatus.Down)]
    [InlineData("EHLO", "550 5.7.1 not from there", true, PartStatus.Down)]
    [InlineData("MAIL", "451 4.3.0 later", true, PartStatus.Down)]
    [InlineData("MAIL", "550 5.7.1 not this sender", false, PartStatus.Simulated)]
    [InlineData("RCPT", "450 4.2.0 grey-listed", true, PartStatus.Simulated)]
    [InlineData("RCPT", "550 5.1.1 no such user", false, PartStatus.Simulated)]
    [InlineData("DATA", "451 4.3.0 later", true, PartStatus.Simulated)]
    [InlineData(".", "452 4.3.1 disk full", true, PartStatus.Simulated)]
    [InlineData(".", "554 5.7.1 looks like spam", false, PartStatus.Simulated)]
    [InlineData("DATA", TestMailServer.Cut, true, PartStatus.Down)]
    [InlineData("CONNECT", "HTTP/1.1 400 Bad Request", true, PartStatus.Down)]
    public async Task A_no_for_now_is_tried_again_and_a_no_for_good_is_believed(
        string at,
        string says,
        bool mayRetry,
        PartStatus status
    )
    {
        await using var server = new TestMailServer().Start();
        server.Says = command => command.StartsWith(at, StringComparison.Ordinal) ? says : null;
        var told = await Tell(server);
        Assert.Equal((false, mayRetry, false), (told.Delivered, told.MayRetry, told.Unsure));
        if (says.Length > 0 && char.IsAsciiDigit(says[0]))
            Assert.Equal($"the mail server says {says}", told.Detail);
        Assert.Equal(status, (await _health.Check(default)).Status);
    }

    [Fact]
    public async Task When_the_answer_to_the_text_is_lost_nobody_knows()
    {
        await using var server = new TestMailServer().Start();
        server.Says = command => command == TestMailServer.EndOfText ? TestMailServer.Cut : null;
        var told = await Tell(server);
        Assert.Equal((false, false, true), (told.Delivered, told.MayRetry, told.Unsure));
        Assert.Single(server.Mails);
    }

    [Fact]
    public async Task A_server_that_takes_no_leave_has_the_mail_all_the_same()
    {
        await using var server = new TestMailServer().Start();
        server.Says = command => command == "QUIT" ? TestMailServer.Cut : null;
        Assert.Equal(new(true), await Tell(server));
    }

    [Fact]
    public async Task Where_nobody_listens_it_is_tried_again()
    {
        var gone = new TestMailServer().Start();
        await gone.DisposeAsync();
        var told = await Tell(gone.Port);
        Assert.Equal((true, false), (told.MayRetry, told.Unsure));
    }

    [Theory]
    [InlineData(MailSecurity.StartTls, "PLAIN")]
    [InlineData(MailSecurity.StartTls, "LOGIN")]
    [InlineData(MailSecurity.Tls, "PLAIN")]
    public async Task Who_we_are_is_said_over_TLS(MailSecurity security, string mechanism)
    {
        using var certificate = Certificate();
        await using var server = new TestMailServer
        {
            Certificate = certificate,
            IsSecureFromTheStart = security == MailSecurity.Tls,
            Mechanism = mechanism,
        }.Start();
        var told = await Tell(server.Port, security, certificate, "a password");
        Assert.Equal(new(true), told);
        var commands = server.Commands.Select(line => line.Split(' ')[0]).ToList();
        if (security == MailSecurity.StartTls)
            Assert.InRange(commands.IndexOf("STARTTLS"), 0, commands.IndexOf("AUTH"));
    }

    [Theory]
    [InlineData("STARTTLS", "554 5.7.3 not now", "a password")]
    [InlineData("AUTH", "535 5.7.8 not known", "another password")]
    public async Task A_password_or_a_handshake_that_is_refused_is_set_right_by_somebody(
        string at,
        string says,
        string password
    )
    {
        using var certificate = Certificate();
        await using var server = new TestMailServer { Certificate = certificate, Mechanism = "PLAIN" }.Start();
        server.Says = command => at == "STARTTLS" && command == at ? says : null;
        var told = await Tell(server.Port, MailSecurity.StartTls, certificate, password);
        Assert.Equal((true, false, $"the mail server says {says}"), (told.MayRetry, told.Unsure, told.Detail));
        Assert.Equal(PartStatus.Down, (await _health.Check(default)).Status);
        Assert.DoesNotContain(server.Commands, line => line.StartsWith("MAIL", StringComparison.Ordinal));
        server.Says = _ => null;
        Assert.Equal(new(true), await Tell(server.Port, MailSecurity.StartTls, certificate, "a password"));
    }

    [Fact]
    public async Task Without_TLS_or_a_certificate_that_is_trusted_nothing_is_said()
    {
        await using var plain = new TestMailServer { Mechanism = "PLAIN" }.Start();
        var told = await Tell(plain.Port, MailSecurity.StartTls, null, "a password");
        Assert.Equal((true, "the mail server offers no STARTTLS"), (told.MayRetry, told.Detail));
        Assert.Equal(["EHLO masks.example"], plain.Commands);

        using var certificate = Certificate();
        await using var stranger = new TestMailServer { Certificate = certificate, Mechanism = "PLAIN" }.Start();
        told = await Tell(stranger.Port, MailSecurity.StartTls, null, "a password");
        Assert.Equal((true, "the mail server has no certificate that we trust"), (told.MayRetry, told.Detail));
        Assert.DoesNotContain(stranger.Commands, line => line.StartsWith("AUTH", StringComparison.Ordinal));
    }

    private Task<Delivery> Tell(TestMailServer server, Notice? notice = null) =>
        Tell(server.Port, MailSecurity.None, null, null, notice);

    private async Task<Delivery> Tell(
        int port,
        MailSecurity security = MailSecurity.None,
        X509Certificate2? trusted = null,
        string? password = null,
        Notice? notice = null
    )
    {
        var file = trusted is null ? null : Path.GetTempFileName();
        if (file is not null)
            await File.WriteAllTextAsync(file, trusted!.ExportCertificatePem());
        var certificates = new TrustedCertificates(Options.Create(new TlsOptions { TrustFile = file }));
        if (file is not null)
            File.Delete(file);
        var options = new MailOptions
        {
            Host = "127.0.0.1",
            Port = port,
            Security = security,
            Username = password is null ? null : "house",
            Password = password,
            From = "house@masks.example",
        };
        return await new SmtpMail(_health, certificates, Options.Create(options)).Tell(notice ?? Missed, default);
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    private static string Utf8(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));
}
