namespace IotOrleans.Tests.Sip;

/// <summary>The programs of the system that these tests start as real peers.</summary>
internal static class Installed
{
    /// <summary>Set where they must be: then their absence is a failure and not a reason to skip.</summary>
    private const string NeededVariable = "IOT_PEERS_NEEDED";

    private const string Packages =
        "kamailio kamailio-utils-modules kamailio-extra-modules kamailio-postgres-modules kamailio-tls-modules "
        + "kamailio-websocket-modules kamailio-autheph-modules sip-tester";

    private static readonly string[] Modules =
    [
        "http_client",
        "jansson",
        "db_postgres",
        "tls",
        "topoh",
        "websocket",
        "auth_ephemeral",
    ];

    public static string Kamailio => Program("kamailio") ?? "kamailio";

    public static string Kamcmd => Program("kamcmd") ?? "kamcmd";

    public static string Sipp => Program("sipp") ?? "sipp";

    /// <summary>Null when all of them are here.</summary>
    public static string? Missing { get; } =
        Program("kamailio") is null ? "kamailio"
        : Program("sipp") is null ? "sipp"
        : Array.Find(Modules, module => !Directory.EnumerateFiles("/usr/lib", module + ".so", Deep).Any());

    private static EnumerationOptions Deep => new() { RecurseSubdirectories = true, IgnoreInaccessible = true };

    public static void OrSkip()
    {
        if (Missing is not { } missing)
            return;
        var reason = $"There is no {missing} here: apt-get install {Packages}.";
        Assert.SkipWhen(Environment.GetEnvironmentVariable(NeededVariable) is null or "", reason);
        Assert.Fail(reason);
    }

    private static string? Program(string name) =>
        (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/usr/bin")
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
}
