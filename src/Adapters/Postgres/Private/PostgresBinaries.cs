using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace IotOrleans.Postgres;

/// <summary>Where this machine keeps the programs of a PostgreSQL server.</summary>
public sealed record PostgresBinaries(string Folder)
{
    public string Server => Path.Combine(Folder, "postgres");

    public string InitDb => Path.Combine(Folder, "initdb");

    /// <summary>A client program that comes with the server, such as pg_dump.</summary>
    public string Tool(string name) => Path.Combine(Folder, name);

    /// <summary>
    /// Looks in <c>IOT_PG_BIN</c>, then where Debian keeps its versions (the newest wins), then on the search path,
    /// then where other systems and installers keep theirs, and asks <c>pg_config</c> last.
    /// </summary>
    /// <exception cref="PostgresMissingException">There are none.</exception>
    public static PostgresBinaries Find() => Find(Environment.GetEnvironmentVariable("IOT_PG_BIN"));

    internal static PostgresBinaries Find(string? chosen) =>
        // Chosen by name: if it is wrong, say so instead of taking another one.
        (chosen is { Length: > 0 } ? First([chosen]) : First(Usual()) ?? First(Told()))
        ?? throw new PostgresMissingException(
            "No PostgreSQL server was found on this machine. Install one (Debian, Ubuntu: apt-get install postgresql), "
                + "or set IOT_PG_BIN to the folder that has 'postgres' and 'initdb', or set "
                + "ConnectionStrings__Postgres to use a server that runs elsewhere."
        );

    private bool AreThere => File.Exists(Server) && File.Exists(InitDb);

    private static PostgresBinaries? First(IEnumerable<string> folders) =>
        folders.Select(folder => new PostgresBinaries(folder)).FirstOrDefault(found => found.AreThere);

    private static IEnumerable<string> Usual() =>
        [
            .. Versions("/usr/lib/postgresql"),
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator),
            .. Versions("/usr", "pgsql-*"),
            .. Versions("/opt/homebrew/opt", "postgresql@*"),
            "/usr/local/pgsql/bin",
        ];

    private static IEnumerable<string> Told()
    {
        try
        {
            var ask = new ProcessStartInfo("pg_config", ["--bindir"]) { RedirectStandardOutput = true };
            using var told = Process.Start(ask)!;
            return [told.StandardOutput.ReadToEnd().Trim()];
        }
        catch (Win32Exception)
        {
            // There is no pg_config either.
            return [];
        }
    }

    private static IEnumerable<string> Versions(string parent, string pattern = "*") =>
        Directory.Exists(parent)
            ? Directory.GetDirectories(parent, pattern).OrderByDescending(Version).Select(v => Path.Combine(v, "bin"))
            : [];

    private static decimal Version(string folder)
    {
        var digits = Path.GetFileName(folder).SkipWhile(c => !char.IsAsciiDigit(c));
        return decimal.TryParse(string.Concat(digits), CultureInfo.InvariantCulture, out var version) ? version : 0;
    }
}

/// <summary>This machine has no PostgreSQL server to start.</summary>
public sealed class PostgresMissingException : Exception
{
    public PostgresMissingException() { }

    public PostgresMissingException(string message)
        : base(message) { }

    public PostgresMissingException(string message, Exception inner)
        : base(message, inner) { }
}
