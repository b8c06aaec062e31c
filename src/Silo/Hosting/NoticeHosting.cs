using System.Net;
using IotOrleans.Actions;
using IotOrleans.Postings;
using IotOrleans.Subscriptions;
using IotOrleans.Tls;
using Microsoft.Extensions.Options;

namespace IotOrleans.Hosting;

/// <summary>Telegram and mail, where an operator has set them up.</summary>
internal static class NoticeHosting
{
    private const string Telegram = "telegram";
    private const string Mail = "mail";

    /// <summary>Whatever cannot be reached by then is asked again later; less than a hand-over may take.</summary>
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(5);

    /// <summary>For the front door, which refuses what nobody could be told.</summary>
    public static void AddNoticeWays(this IServiceCollection services, IConfiguration configuration) =>
        services.AddSingleton(
            new NoticeWays(IsSet(configuration, "Telegram:Token"), IsSet(configuration, "Mail:Host"))
        );

    /// <summary>For silos, which tell.</summary>
    public static void AddNotices(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<NoticeOptions>()
            .Bind(configuration.GetSection("Notices"))
            .Validate(
                notices => TimeZoneInfo.TryFindSystemTimeZoneById(notices.TimeZone, out _),
                "Notices__TimeZone is an IANA zone, such as Europe/Moscow."
            )
            .ValidateOnStart();
        if (IsSet(configuration, "Telegram:Token"))
            services.AddTelegram(configuration);
        if (IsSet(configuration, "Mail:Host"))
            services.AddMail(configuration);
    }

    private static void AddTelegram(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<TelegramOptions>()
            .Bind(configuration.GetSection("Telegram"))
            .Validate(
                telegram => telegram.Token!.All(c => char.IsAsciiLetterOrDigit(c) || c is ':' or '_' or '-'),
                "Telegram__Token is the bot's token as BotFather gave it."
            )
            .Validate(
                telegram => telegram.Url.IsAbsoluteUri && (telegram.Url.Scheme == "https" || telegram.Url.IsLoopback),
                "Telegram__Url must begin with https://, except on this machine."
            )
            .ValidateOnStart();
        services.AddKeyedSingleton(
            Telegram,
            (all, _) =>
                Health(all.GetRequiredService<IOptions<TelegramOptions>>(), all.GetRequiredService<TimeProvider>())
        );
        services.AddSingleton<IHealthPart>(all => all.GetRequiredKeyedService<WayHealth>(Telegram));
        // The token stands in the address, which is logged nowhere.
        services
            .AddHttpClient(TelegramBot.Client, http => http.MaxResponseContentBufferSize = TelegramBot.AnswerMax)
            .RemoveAllLoggers()
            .ConfigurePrimaryHttpMessageHandler(all => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                ConnectTimeout = ConnectPatience,
                SslOptions = all.GetRequiredService<TrustedCertificates>().ForHttp(),
            });
        services.AddSingleton<INoticeWay>(all =>
            all.Wanted(
                new TelegramBot(
                    all.GetRequiredService<IHttpClientFactory>(),
                    all.GetRequiredKeyedService<WayHealth>(Telegram),
                    all.GetRequiredService<IOptions<TelegramOptions>>()
                )
            )
        );
    }

    private static void AddMail(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<MailOptions>()
            .Bind(configuration.GetSection("Mail"))
            .ValidateDataAnnotations()
            .Validate(
                mail => new NoticeTarget(PostingKind.Mail, mail.From).IsWellFormed,
                "Mail__From is the address that mail comes from, such as house@example.com."
            )
            .Validate(
                mail =>
                    mail.Security != MailSecurity.None || mail.Username is not { Length: > 0 } || IsHere(mail.Host!),
                "Mail__Security: a password is given over TLS only, StartTls or Tls."
            )
            .ValidateOnStart();
        services.AddKeyedSingleton(
            Mail,
            (all, _) => Health(all.GetRequiredService<IOptions<MailOptions>>(), all.GetRequiredService<TimeProvider>())
        );
        services.AddSingleton<IHealthPart>(all => all.GetRequiredKeyedService<WayHealth>(Mail));
        services.AddSingleton<INoticeWay>(all =>
            all.Wanted(
                new SmtpMail(
                    all.GetRequiredKeyedService<WayHealth>(Mail),
                    all.GetRequiredService<TrustedCertificates>(),
                    all.GetRequiredService<IOptions<MailOptions>>()
                )
            )
        );
    }

    private static WantedOnly Wanted(this IServiceProvider all, INoticeWay way) =>
        new(way, all.GetRequiredService<ISubscriptionStore>());

    private static WayHealth Health(IOptions<TelegramOptions> telegram, TimeProvider clock) =>
        new(Telegram, telegram.Value.Url.Host, telegram.Value.Url.IsLoopback, clock);

    private static WayHealth Health(IOptions<MailOptions> mail, TimeProvider clock) =>
        new(Mail, mail.Value.Host!, IsHere(mail.Value.Host!), clock);

    private static bool IsSet(IConfiguration configuration, string name) => configuration[name] is { Length: > 0 };

    private static bool IsHere(string host) =>
        host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
