using System.Diagnostics;
using System.Globalization;
using IotOrleans.Calls;
using IotOrleans.Journal;
using IotOrleans.Postgres;
using Npgsql;

namespace IotOrleans.Hosting;

/// <summary>
/// Everything the house knows, in one file and back, by pg_dump and pg_restore. What was open when the backup was made
/// is closed by the restore: it has long been acted on, and nobody must be called twice.
/// </summary>
internal static class Backup
{
    /// <summary>The end of the name of what is not whole yet.</summary>
    public const string Partial = ".partial";

    private const string BusySql = """
        select count(*) from pg_stat_activity
        where datname = current_database() and application_name = 'iotorleans' and pid <> pg_backend_pid()
        """;

    // The backup grants it what it may read; on another server it may be missing.
    private const string LookupRole = """
        do $$ begin create role iot_lookup nologin;
        exception when duplicate_object or insufficient_privilege then null; end $$
        """;

    public static bool IsMeant(string[] args) => args is ["backup" or "restore", ..];

    /// <returns>The exit code of the process.</returns>
    /// <exception cref="HouseException">It cannot be done; the message says why, and nothing has changed.</exception>
    public static async Task Run(string[] args)
    {
        if (args is not [var verb, var file, .. var rest] || file.StartsWith('-'))
            throw new HouseException($"Say which file: {args[0]} FILE [--data DIR].");
        var builder = WebApplication.CreateBuilder(rest);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        Settings.Read(builder);
        await using var database = await Database.Open(builder, builder.Configuration.Get<HouseOptions>() ?? new());
        if (verb == "backup")
        {
            var whole = Path.GetFullPath(file);
            await Save(database.ConnectionString, whole, CancellationToken.None);
            Console.WriteLine($"Saved {new FileInfo(whole).Length:N0} bytes to {whole}");
        }
        else
            await Restore(database, Path.GetFullPath(file));
    }

    /// <summary>The file appears under its name only when it is whole. The house may go on meanwhile.</summary>
    public static async Task Save(string connectionString, string file, CancellationToken stop)
    {
        var partial = file + Partial;
        string[] arguments = ["--format=custom", "--schema=public", "--no-owner", "--file", partial];
        await Tool(connectionString, "pg_dump", arguments, stop);
        Close(partial, file);
    }

    /// <summary>Gives it its name, and shows it to nobody else: it holds every number and every hash.</summary>
    public static void Close(string partial, string file)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(partial, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Move(partial, file, overwrite: true);
    }

    /// <summary>All or nothing: what was there before stays beside it under another name.</summary>
    private static async Task Restore(Database database, string file)
    {
        if (!File.Exists(file))
            throw new HouseException($"There is no file {file}.");
        await using (var ask = database.Source.CreateCommand(BusySql))
        {
            if (await ask.ExecuteScalarAsync() is not 0L)
                throw new HouseException("IotOrleans runs on this database. Stop it before a restore.");
        }
        var aside =
            "before_" + TimeProvider.System.GetUtcNow().ToString("yyyyMMdd_HHmmss", CultureInfo.InvariantCulture);
        await Execute(database, $"alter schema public rename to {aside}");
        await Execute(database, LookupRole);
        try
        {
            string[] arguments = ["--single-transaction", "--exit-on-error", "--no-owner", file];
            await Tool(database.ConnectionString, "pg_restore", arguments, CancellationToken.None);
        }
        catch
        {
            await Execute(database, $"drop schema if exists public cascade; alter schema {aside} rename to public");
            throw;
        }
        await database.Source.ReloadTypesAsync();
        NpgsqlConnection.ClearAllPools();
        using var logs = LoggerFactory.Create(made => made.AddSimpleConsole());
        await Migrations.Apply(database.Source, logs.CreateLogger("IotOrleans.Backup"));
        var (incidents, legs) = await CloseWhatWasOpen(database, logs);
        Console.WriteLine($"Restored {file}; {incidents} incidents and {legs} calls that were open then are closed.");
        Console.WriteLine($"What was there before is in the schema {aside}: drop it when you need it no more.");
    }

    private static async Task<(int Incidents, int Legs)> CloseWhatWasOpen(Database database, ILoggerFactory logs)
    {
        await using var commit = new GroupCommit(
            database.Source,
            TimeProvider.System,
            logs.CreateLogger<GroupCommit>()
        );
        var journal = new PostgresJournal(database.Source, commit);
        var (now, incidents, legs) = (TimeProvider.System.GetUtcNow(), 0, 0);
        await foreach (var id in journal.ReadLivingLegs(CancellationToken.None))
        {
            var leg = (await journal.ReadLeg(id))!;
            var ended = leg.End(HangupCauses.Lost, now) with { Version = leg.Version + 1 };
            await journal.Write(new(Legs: [ended], Cdr: ended.ToCdr()));
            legs++;
        }
        await foreach (var id in journal.ReadOpenIncidents(CancellationToken.None))
        {
            var incident = (await journal.ReadIncident(id))!;
            await journal.Write(new(Incidents: [incident.Interrupt(now) with { Version = incident.Version + 1 }]));
            incidents++;
        }
        return (incidents, legs);
    }

    private static async Task Execute(Database database, string sql)
    {
        await using var command = database.Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task Tool(string connectionString, string name, string[] arguments, CancellationToken stop)
    {
        var where = new NpgsqlConnectionStringBuilder(connectionString);
        var start = new ProcessStartInfo(PostgresBinaries.Find().Tool(name))
        {
            RedirectStandardError = true,
            Environment = { ["PGPASSWORD"] = where.Password, ["PGAPPNAME"] = "iotorleans backup" },
        };
        string[] target =
        [
            "--host",
            where.Host!,
            "--port",
            where.Port.ToString(CultureInfo.InvariantCulture),
            "--username",
            where.Username!,
            "--no-password",
            "--dbname",
            where.Database!,
        ];
        foreach (var argument in target.Concat(arguments))
            start.ArgumentList.Add(argument);
        using var tool = Process.Start(start) ?? throw new HouseException($"{name} does not start.");
        string errors;
        try
        {
            errors = await tool.StandardError.ReadToEndAsync(stop);
            await tool.WaitForExitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            tool.Kill();
            throw;
        }
        if (tool.ExitCode != 0)
            throw new HouseException($"{name} failed: {errors.Trim()}");
    }
}
