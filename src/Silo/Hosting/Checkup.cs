using System.Net;
using IotOrleans.FreeSwitch;
using Npgsql;

namespace IotOrleans.Hosting;

/// <summary>What an operator has to see to before people rely on the house: done, or missing and what to set.</summary>
internal static class Checkup
{
    private const string Flag = "--check";

    private static readonly TimeSpan Fresh = TimeSpan.FromHours(26);

    /// <param name="Missing">What to do; null when it is done.</param>
    private sealed record Finding(string What, string? Missing, string Detail = "");

    public static bool IsMeant(string[] args) => args.Contains(Flag);

    /// <returns>The exit code of the process: 0 when nothing is missing.</returns>
    public static async Task<int> Run(string[] args, TextWriter output)
    {
        var builder = WebApplication.CreateBuilder([.. args.Where(arg => arg != Flag)]);
        builder.Logging.ClearProviders();
        Settings.Read(builder);
        var findings = await Look(builder.Configuration, TimeProvider.System);
        foreach (var finding in findings)
        {
            var words = finding.Missing is { } missing ? $"missing  {finding.What, -11}{missing}" : null;
            await output.WriteLineAsync(words ?? $"done     {finding.What, -11}{finding.Detail}");
        }
        return findings.All(finding => finding.Missing is null) ? 0 : 1;
    }

    private static async Task<Finding[]> Look(IConfiguration configuration, TimeProvider clock) =>
        [
            Firewall(configuration),
            Tls(configuration),
            Monitoring(configuration),
            Backups(configuration, clock),
            Secrets(configuration),
            await Database(configuration),
            await Switch(configuration, clock),
        ];

    private static Finding Firewall(IConfiguration configuration)
    {
        var open = Doors(configuration).Where(IsOpen).Select(door => door.ToString()).ToList();
        if (open is not [] && !Gates.Read(configuration).AllowFrom.IsEmpty)
            open.Clear();
        var socket = configuration["FreeSwitch:ListenAddress"] ?? new FreeSwitchOptions().ListenAddress;
        if (IPAddress.TryParse(socket, out var address) && address.Equals(IPAddress.Any))
            open.Add($"FreeSwitch__ListenAddress={socket}");
        return new(
            "firewall",
            open is []
                ? null
                : $"{string.Join(", ", open)} can be reached from anywhere: set Access__AllowFrom, "
                    + "or listen at one address",
            string.Join(", ", Doors(configuration))
        );
    }

    private static Finding Tls(IConfiguration configuration)
    {
        // Behind a proxy that is named TLS is the proxy's.
        var isProxied = !Gates.Read(configuration).TrustedProxies.IsEmpty;
        var plain = Doors(configuration).FirstOrDefault(door => IsPlain(door) && !isProxied);
        if (plain is not null)
            return new("TLS", $"{plain} is plain: put a proxy in front and name it in Access__TrustedProxies");
        if (configuration.GetConnectionString("Postgres") is { Length: > 0 } database && IsPlain(database))
            return new("TLS", "the database is elsewhere: SSL Mode=VerifyFull in ConnectionStrings__Postgres");
        return new("TLS", null, isProxied ? "by the proxy" : "");
    }

    private static Finding Monitoring(IConfiguration configuration) =>
        configuration["Alerts:Webhook"] is { Length: > 0 } || configuration["Alerts:Sms"] is { Length: > 0 }
            ? new("monitoring", null, "alerts go out")
            : new("monitoring", "nobody hears of a part that is away: set Alerts__Webhook or Alerts__Sms");

    private static Finding Backups(IConfiguration configuration, TimeProvider clock)
    {
        if (configuration["Backup:Folder"] is not { Length: > 0 } folder)
            return new("backups", "there are none: set Backup__Folder");
        var last = DailyBackup.Newest(folder);
        return last is null ? new("backups", $"there is none in {folder} yet: start the house")
            : clock.GetUtcNow() - last > Fresh ? new("backups", $"the last one in {folder} is of {last:u}")
            : new("backups", null, $"the last one is of {last:u}");
    }

    private static Finding Secrets(IConfiguration configuration) =>
        SampleSecrets.Find(configuration) is { Length: > 0 } samples
            ? new("secrets", $"{string.Join(", ", samples)}: a sample that everybody knows")
            : new("secrets", null, "no sample among them");

    private static async Task<Finding> Database(IConfiguration configuration)
    {
        if (configuration.GetConnectionString("Postgres") is not { Length: > 0 } given)
            return new("database", "the private one lives and dies with the house: set ConnectionStrings__Postgres");
        try
        {
            await using var source = NpgsqlDataSource.Create(given);
            await using var command = source.CreateCommand(Hosting.Database.Durability);
            var durability = (string)(await command.ExecuteScalarAsync())!;
            return durability.Split('/') is ["off", ..] or [_, "off", ..]
                ? new("database", "it does not keep what it commits: set fsync and synchronous_commit to on")
                : new("database", null, $"fsync/synchronous_commit/version {durability}");
        }
        catch (Exception trouble) when (DatabaseTrouble.Is(trouble))
        {
            return new("database", $"it cannot be reached: {trouble.Message}");
        }
    }

    private static async Task<Finding> Switch(IConfiguration configuration, TimeProvider clock)
    {
        if (!SwitchList.IsGiven(configuration))
            return new("switch", "nobody is really called: set FreeSwitch__Host");
        foreach (var line in SwitchList.Read(configuration))
        {
            try
            {
                await using var connection = await EslLogin.Open(line, clock, CancellationToken.None);
            }
            catch (EslLostException trouble)
            {
                return new("switch", $"{line.Name} at {line.Host}:{line.Port}: {trouble.Message}");
            }
        }
        return new("switch", null, "it takes our password");
    }

    private static BindingAddress[] Doors(IConfiguration configuration) =>
        [
            .. (configuration["urls"] is { Length: > 0 } given ? given : Settings.DefaultAddress)
                .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(BindingAddress.Parse),
        ];

    private static bool IsOpen(BindingAddress door) =>
        door.Host is "*" or "+" || (IPAddress.TryParse(door.Host.Trim('[', ']'), out var address) && IsAny(address));

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static bool IsPlain(BindingAddress door) => door.Scheme != Uri.UriSchemeHttps && !IsLoopback(door.Host);

    private static bool IsPlain(string connectionString)
    {
        var where = new NpgsqlConnectionStringBuilder(connectionString);
        return !string.IsNullOrEmpty(where.Host)
            && !where.Host.StartsWith('/')
            && !IsLoopback(where.Host)
            && where.SslMode < SslMode.Require;
    }

    private static bool IsLoopback(string host) =>
        host is "localhost"
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
