namespace IotOrleans.Postgres;

/// <summary>How the private PostgreSQL of one data folder is run.</summary>
/// <param name="Folder">Where it keeps everything: rows, sockets, log, password.</param>
public sealed record PrivatePostgresOptions(string Folder)
{
    public string Database { get; init; } = "iotorleans";

    /// <summary>False gives up the promise that a commit survives a power cut. For tests only.</summary>
    public bool Durable { get; init; } = true;

    public int ConnectionsMax { get; init; } = 100;

    /// <summary>How long a start may take before it counts as failed; the repair after a crash is part of it.</summary>
    public TimeSpan ReadyWithin { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long open transactions are waited for when we stop.</summary>
    public TimeSpan StopWithin { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// The folder that is meant when nobody named one. The server never runs as root and must be able to reach its
    /// folder, which the home of root does not allow: root's lies beside those of the other daemons.
    /// </summary>
    public static string DefaultFolder =>
        Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows()
            ? "/var/lib/iotorleans"
            : Path.Combine(
                Environment.GetFolderPath(
                    Environment.SpecialFolder.LocalApplicationData,
                    Environment.SpecialFolderOption.DoNotVerify
                )
                    is { Length: > 0 } home
                    ? home
                    : Path.GetTempPath(),
                "iotorleans"
            );
}

/// <summary>The private PostgreSQL could not be started or kept.</summary>
public sealed class PrivatePostgresException : Exception
{
    public PrivatePostgresException() { }

    public PrivatePostgresException(string message)
        : base(message) { }

    public PrivatePostgresException(string message, Exception inner)
        : base(message, inner) { }
}
