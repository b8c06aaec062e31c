using System.Data.Common;

namespace IotOrleans.Hosting;

/// <summary>
/// Secrets that everybody knows: what programs ship with, what our samples say, what people type first. Production does
/// not start with one.
/// </summary>
internal static class SampleSecrets
{
    private static readonly HashSet<string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        // FreeSWITCH, RabbitMQ, PostgreSQL, Kannel as they come.
        "ClueCon",
        "guest",
        "postgres",
        "bar",
        // Ours: the tour of the README, and what stands in docker-compose.yml where nothing was set.
        "correct-horse-battery",
        "none",
        "admin",
        "iot",
        "iotorleans",
        "password",
        "secret",
        "change-me",
        "changeme",
        "test",
        "example",
        "123456",
        "12345678",
    };

    private static readonly string[] Settings =
    [
        "IOT_ADMIN_PASSWORD",
        "Sms:Password",
        "Webhooks:Secret",
        "Telegram:Token",
        "Mail:Password",
        "Sealing:Key",
        "Alexa:ClientSecret",
        "HomeAssistant:Token",
        "Browser:Key",
        // Of the SIP server, when one file of settings serves all on this machine.
        "MASK_KEY",
        "MASK_PASSWORD",
        "IOT_API_KEY",
        "IOT_TELEPHONY_KEY",
        "BROWSER_KEY",
    ];

    /// <exception cref="HouseException">In Production, with the name of the setting.</exception>
    public static void Refuse(WebApplicationBuilder builder)
    {
        if (builder.Environment.IsProduction() && Find(builder.Configuration) is [var setting, ..])
        {
            throw new HouseException(
                $"{setting} holds a sample that everybody knows. Set a secret of your own; "
                    + "'openssl rand -base64 24' makes one."
            );
        }
    }

    /// <summary>The settings, as an environment writes them, that hold such a secret.</summary>
    public static string[] Find(IConfiguration configuration) =>
        [.. Secrets(configuration).Where(secret => IsSample(secret.Value)).Select(secret => secret.Setting)];

    // "CHANGE" is how the samples in deploy/ begin.
    private static bool IsSample(string? secret) =>
        secret is not null
        && (Known.Contains(secret.Trim()) || secret.TrimStart().StartsWith("CHANGE", StringComparison.Ordinal));

    private static IEnumerable<(string Setting, string? Value)> Secrets(IConfiguration configuration)
    {
        foreach (var setting in Settings)
            yield return (setting.Replace(":", "__", StringComparison.Ordinal), configuration[setting]);
        if (configuration.GetConnectionString("Postgres") is { Length: > 0 } database)
            yield return ("ConnectionStrings__Postgres", Password(database));
        if (configuration.GetConnectionString("Replica") is { Length: > 0 } replica)
            yield return ("ConnectionStrings__Replica", Password(replica));
        if (Uri.TryCreate(configuration["Queue:Uri"], UriKind.Absolute, out var queue))
            yield return ("Queue__Uri", Uri.UnescapeDataString(queue.UserInfo.Split(':', 2)[^1]));
        if (!SwitchList.IsGiven(configuration))
            yield break;
        // A switch of which no password is said is asked with the one that FreeSWITCH ships with.
        foreach (var line in SwitchList.Read(configuration))
            yield return ("FreeSwitch__Password", line.Password);
    }

    private static string? Password(string connectionString)
    {
        var parts = new DbConnectionStringBuilder { ConnectionString = connectionString };
        return parts.TryGetValue("Password", out var password) ? password.ToString() : null;
    }
}
