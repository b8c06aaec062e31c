using System.ComponentModel;
using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using IotOrleans.Postgres;

namespace IotOrleans.Hosting;

/// <summary>
/// Makes a backup each day at the hour that was said; one that was missed while the house was away is made at its
/// start. One that fails is tried again after an hour, and told as a part of the house that is away.
/// </summary>
internal sealed partial class DailyBackup(
    string connectionString,
    BackupOptions options,
    TimeProvider clock,
    ILogger<DailyBackup> log
) : BackgroundService, IHealthPart
{
    private const string Prefix = "iotorleans-";
    private const string Dump = ".dump";
    private const string Archive = ".tar.gz";
    private const string Stamp = "yyyy-MM-dd'T'HHmmss'Z'";

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Again = TimeSpan.FromHours(1);

    private readonly string _folder = Path.GetFullPath(options.Folder!);
    private volatile string? _trouble;

    /// <summary>When the last one was made; null when there is none that we may see.</summary>
    public static DateTimeOffset? Newest(string folder)
    {
        try
        {
            return Made(folder, Dump) is [.., var last] ? At(last) : null;
        }
        // What is in the way is told by the next attempt to write there.
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The last time at or before now that a backup was due.</summary>
    public DateTimeOffset LastDue
    {
        get
        {
            var now = clock.GetUtcNow();
            var today = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero).AddHours(options.Hour);
            return today <= now ? today : today - Day;
        }
    }

    public ValueTask<PartHealth> Check(CancellationToken cancellation) =>
        new(
            _trouble is { } trouble
                ? new PartHealth("backup", PartStatus.Down, Needed: false, trouble)
                : new PartHealth("backup", PartStatus.Up, Needed: false, $"{Newest(_folder):u}")
        );

    /// <returns>Whether it is there.</returns>
    public async Task<bool> Make(CancellationToken stop)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(options.MinutesMax), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, late.Token);
        try
        {
            Directory.CreateDirectory(_folder);
            var name = Path.Combine(
                _folder,
                Prefix + clock.GetUtcNow().UtcDateTime.ToString(Stamp, CultureInfo.InvariantCulture)
            );
            if (options.Configuration is { Length: > 0 } configuration)
                await Pack(configuration, name + Archive, either.Token);
            await Backup.Save(connectionString, name + Dump, either.Token);
            Thin();
            _trouble = null;
            LogMade(name + Dump, new FileInfo(name + Dump).Length);
            return true;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            Fail($"not done within {options.MinutesMax} minutes");
        }
        catch (Exception trouble)
            when (trouble
                    is HouseException
                        or IOException
                        or UnauthorizedAccessException
                        or Win32Exception
                        or PostgresMissingException
            )
        {
            Fail(trouble.Message);
        }
        return false;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait =
                Newest(_folder) >= LastDue || await Make(stoppingToken) ? LastDue + Day - clock.GetUtcNow() : Again;
            await Task.Delay(wait, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Fail(string reason)
    {
        _trouble = reason;
        LogFailed(reason);
    }

    private static async Task Pack(string folder, string file, CancellationToken stop)
    {
        if (!Directory.Exists(folder))
            throw new HouseException($"Backup__Configuration: there is no folder {folder}.");
        var partial = file + Backup.Partial;
        await using (var target = File.Create(partial))
        await using (var packed = new GZipStream(target, CompressionLevel.Optimal))
            await TarFile.CreateFromDirectoryAsync(folder, packed, includeBaseDirectory: true, stop);
        Backup.Close(partial, file);
    }

    private void Thin()
    {
        foreach (var kind in new[] { Dump, Archive })
        foreach (var file in Made(_folder, kind).SkipLast(options.Keep))
            File.Delete(file);
        foreach (var file in Directory.EnumerateFiles(_folder, Prefix + "*" + Backup.Partial))
            File.Delete(file);
    }

    /// <summary>Ours alone, the oldest first: whatever else lies there is not touched.</summary>
    private static string[] Made(string folder, string kind) =>
        [
            .. Directory
                .EnumerateFiles(folder, Prefix + "*" + kind)
                .Where(file => At(file) is not null)
                .Order(StringComparer.Ordinal),
        ];

    private static DateTimeOffset? At(string file)
    {
        var name = Path.GetFileName(file)[Prefix.Length..];
        return DateTimeOffset.TryParseExact(
            name[..name.IndexOf('.', StringComparison.Ordinal)],
            Stamp,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var time
        )
            ? time
            : null;
    }

    [LoggerMessage(LogLevel.Information, "Backup {File} is made, {Bytes} bytes")]
    private partial void LogMade(string file, long bytes);

    [LoggerMessage(LogLevel.Error, "The backup failed: {Reason}")]
    private partial void LogFailed(string reason);
}
