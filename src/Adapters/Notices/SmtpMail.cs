using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using IotOrleans.Postings;
using IotOrleans.Tls;
using Microsoft.Extensions.Options;

namespace IotOrleans.Actions;

/// <summary>
/// Hands mail to the operator's server (RFC 5321), one connection for each. From the last byte of the text until the
/// answer to it nobody can say whether the server has it; all that breaks off before was certainly not taken.
/// </summary>
public sealed class SmtpMail(WayHealth health, TrustedCertificates certificates, IOptions<MailOptions> options)
    : INoticeWay
{
    private const int Done = 2;
    private const int GoOn = 3;

    public PostingKind Kind => PostingKind.Mail;

    /// <summary>Servers look a mail over before they take it.</summary>
    public TimeSpan Patience => TimeSpan.FromSeconds(25);

    private string From => options.Value.From;

    public async Task<Delivery> Tell(Notice notice, CancellationToken cancellation)
    {
        var (isGreeted, isWelcome, isOut) = (false, false, false);
        try
        {
            await using var line = await SmtpLine.Open(options.Value.Host!, options.Value.Port, cancellation);
            await Greet(line, cancellation);
            isGreeted = true;
            await line.Ask($"MAIL FROM:<{From}>", Done, cancellation);
            isWelcome = true;
            await line.Ask($"RCPT TO:<{notice.Target}>", Done, cancellation);
            await line.Ask("DATA", GoOn, cancellation);
            await line.Write(MailText.Of(notice, From), cancellation);
            isOut = true;
            await line.Write(MailText.End, cancellation);
            await line.Expect(Done, cancellation);
            await Leave(line, cancellation);
            return health.Works(new(true));
        }
        catch (SmtpRefusedException no)
        {
            // Who is not let in hears of our password or our address: somebody will set that right. Who was let in
            // hears from there on about one receiver and one mail.
            var refused = new Delivery(false, no.MayRetry || !isGreeted, no.Message);
            return isWelcome ? health.Works(refused) : health.Fails(refused);
        }
        catch (AuthenticationException)
        {
            return health.Fails(new(false, MayRetry: true, "the mail server has no certificate that we trust"));
        }
        catch (Exception trouble) when (trouble is IOException or SocketException or OperationCanceledException)
        {
            return health.Fails(
                isOut
                    ? new(false, Detail: "the mail server did not say whether it has it", Unsure: true)
                    : new(false, MayRetry: true, "the mail server cannot be reached")
            );
        }
    }

    private async Task Greet(SmtpLine line, CancellationToken cancellation)
    {
        var (host, security) = (options.Value.Host!, options.Value.Security);
        if (security == MailSecurity.Tls)
            await line.Secure(host, certificates, cancellation);
        await line.Expect(Done, cancellation);
        var hello = $"EHLO {MailText.Domain(From)}";
        var offers = await line.Ask(hello, Done, cancellation);
        if (security == MailSecurity.StartTls)
        {
            if (offers.Offered("STARTTLS") is null)
                throw new SmtpRefusedException("the mail server offers no STARTTLS", mayRetry: true);
            await line.Ask("STARTTLS", Done, cancellation);
            await line.Secure(host, certificates, cancellation);
            offers = await line.Ask(hello, Done, cancellation);
        }
        if (options.Value.Username is { Length: > 0 } user)
            await Login(line, offers, user, cancellation);
    }

    private async Task Login(SmtpLine line, SmtpReply offers, string user, CancellationToken cancellation)
    {
        var password = options.Value.Password ?? "";
        if (offers.Offered("AUTH")?.Contains("PLAIN", StringComparison.Ordinal) != false)
        {
            await line.Ask($"AUTH PLAIN {Base64($"\0{user}\0{password}")}", Done, cancellation);
            return;
        }
        await line.Ask("AUTH LOGIN", GoOn, cancellation);
        await line.Ask(Base64(user), GoOn, cancellation);
        await line.Ask(Base64(password), Done, cancellation);
    }

    /// <summary>The server has it; how it takes leave changes nothing.</summary>
    private static async Task Leave(SmtpLine line, CancellationToken cancellation)
    {
        try
        {
            await line.Ask("QUIT", Done, cancellation);
        }
        catch (Exception trouble)
            when (trouble is IOException or SocketException or OperationCanceledException or SmtpRefusedException)
        {
            return;
        }
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
