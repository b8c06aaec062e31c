using System.Security.Cryptography;

namespace IotOrleans.Postgres;

/// <summary>What lies where in the folder of a private PostgreSQL, and the lock that makes it ours alone.</summary>
internal sealed class DataFolder : IDisposable
{
    public const string Role = "iotorleans";
    private const int SocketPathMax = 107;
    private const long LogBytesMax = 10 * 1024 * 1024;
    private const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly FileStream _owner;

    private DataFolder(string root, FileStream owner) => (Root, _owner) = (root, owner);

    public string Root { get; }

    /// <summary>PostgreSQL's own folder, called PGDATA in its documents.</summary>
    public string Cluster => Path.Combine(Root, "postgres");

    /// <summary>Where its socket lies; null when the path would be longer than a socket's may be.</summary>
    public string? Sockets =>
        Path.Combine(Root, "run") is var folder && $"{folder}/.s.PGSQL.65535".Length <= SocketPathMax ? folder : null;

    public string Log => Path.Combine(Root, "postgres.log");

    public string Postmaster => Path.Combine(Cluster, "postmaster.pid");

    private string PasswordFile => Path.Combine(Root, "postgres.password");

    public string Password => File.ReadAllText(PasswordFile);

    /// <summary>Takes the folder for this process, until it is disposed or the process dies, however it dies.</summary>
    /// <exception cref="PrivatePostgresException">A living process has it.</exception>
    public static DataFolder Take(string folder)
    {
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        try
        {
            Directory.CreateDirectory(root);
            return new(
                root,
                new(Path.Combine(root, "owner.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)
            );
        }
        catch (IOException taken)
        {
            throw new PrivatePostgresException(
                $"The data folder {root} cannot be taken; another iotorleans may be running on it. Stop that one, or "
                    + $"name another folder with --data or IOT_DATA. ({taken.Message})",
                taken
            );
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new PrivatePostgresException(
                $"The data folder {root} cannot be written: name another one with --data or IOT_DATA.",
                refused
            );
        }
    }

    /// <summary>Makes the cluster if it is not there yet: whole or not at all.</summary>
    public async Task Prepare(PostgresBinaries binaries, ServerUser user, bool durable, CancellationToken cancellation)
    {
        await user.MustReach(Root, cancellation);
        if (Sockets is not null)
        {
            await user.Own(Sockets, cancellation);
        }
        if (!File.Exists(Path.Combine(Cluster, "PG_VERSION")))
        {
            await Create(binaries, user, durable, cancellation);
        }
        if (!File.Exists(PasswordFile))
        {
            throw new PrivatePostgresException(
                $"{PasswordFile} is missing: the rows are there, the key to them is not."
            );
        }
        if (new FileInfo(Log) is { Exists: true, Length: > LogBytesMax })
        {
            File.Move(Log, Log + ".old", overwrite: true);
        }
    }

    public void Dispose() => _owner.Dispose();

    private async Task Create(PostgresBinaries binaries, ServerUser user, bool durable, CancellationToken cancellation)
    {
        // A start that died in the middle leaves only this behind; the finished cluster appears by a rename.
        var unfinished = Cluster + ".new";
        var handover = Path.Combine(Root, "init.password");
        if (Directory.Exists(unfinished))
        {
            Directory.Delete(unfinished, recursive: true);
        }
        var password = RandomNumberGenerator.GetHexString(32, lowercase: true);
        Write(PasswordFile, password);
        Write(handover, password);
        await user.Give(handover, cancellation);
        await user.Own(unfinished, cancellation);
        string[] initdb =
        [
            binaries.InitDb,
            $"--pgdata={unfinished}",
            $"--username={Role}",
            $"--pwfile={handover}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            durable ? "--data-checksums" : "--no-sync",
        ];
        await OperatingSystemCall.RunOrThrow(user.Command(initdb), cancellation);
        File.Delete(handover);
        Directory.Move(unfinished, Cluster);
    }

    private static void Write(string file, string secret)
    {
        File.Delete(file);
        using var stream = new FileStream(
            file,
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = Secret,
            }
        );
        using var writer = new StreamWriter(stream);
        writer.Write(secret);
    }
}
