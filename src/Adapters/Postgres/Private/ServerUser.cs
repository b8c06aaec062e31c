namespace IotOrleans.Postgres;

/// <summary>
/// Who the server runs as. PostgreSQL refuses to run as root, so when we are root it gets an unprivileged user:
/// <c>postgres</c> where its packages made one, else <c>nobody</c>. Otherwise it runs as ourselves.
/// </summary>
internal sealed record ServerUser(string? Name, string Group)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public static ServerUser Choose()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return new(null, "");
        }
        var users = File.ReadLines("/etc/passwd")
            .Select(line => line.Split(':'))
            .Where(user => user.Length > 3)
            .ToList();
        var chosen =
            users.Find(user => user[0] == "postgres")
            ?? users.Find(user => user[0] == "nobody")
            ?? throw new PrivatePostgresException(
                "PostgreSQL refuses to run as root, and this machine has neither a user 'postgres' nor 'nobody'."
            );
        if (!File.Exists("/usr/bin/setpriv") && !File.Exists("/bin/setpriv"))
        {
            throw new PrivatePostgresException(
                $"PostgreSQL refuses to run as root and 'setpriv' (util-linux), which could start it as "
                    + $"'{chosen[0]}', is missing. Install it, or start this program as an ordinary user."
            );
        }
        return new(chosen[0], chosen[3]);
    }

    /// <summary>The same command, run as this user.</summary>
    public IReadOnlyList<string> Command(params IEnumerable<string> command) =>
        Name is null
            ? [.. command]
            : ["setpriv", $"--reuid={Name}", $"--regid={Group}", "--init-groups", "--", .. command];

    /// <summary>Makes a folder that only this user may enter.</summary>
    public async Task Own(string folder, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder, Private);
        File.SetUnixFileMode(folder, Private);
        await Give(folder, cancellation);
    }

    public async Task Give(string path, CancellationToken cancellation)
    {
        if (Name is not null)
        {
            await OperatingSystemCall.RunOrThrow(["chown", $"{Name}:{Group}", path], cancellation);
        }
    }

    /// <exception cref="PrivatePostgresException">A folder on the way is closed to this user.</exception>
    public async Task MustReach(string folder, CancellationToken cancellation)
    {
        if (
            Name is not null
            && await OperatingSystemCall.Run(Command("test", "-x", folder), cancellation) is (not 0, _)
        )
        {
            var closed = Closed(folder);
            throw new PrivatePostgresException(
                $"The database runs as user '{Name}', who may not enter {closed}. Name another folder with --data or "
                    + $"IOT_DATA, or open this one (chmod o+x {closed})."
            );
        }
    }

    // The highest folder that is closed hides everything below it: that is the one to name.
    private static string Closed(string folder)
    {
        var closed = folder;
        for (var at = folder; at is not null; at = Path.GetDirectoryName(at))
        {
            closed = File.GetUnixFileMode(at).HasFlag(UnixFileMode.OtherExecute) ? closed : at;
        }
        return closed;
    }
}
