using System.Formats.Tar;
using System.IO.Compression;
using IotOrleans.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace IotOrleans.Tests;

/// <summary>A backup each day, made by the real tools, at times that the test makes.</summary>
public sealed class DailyBackupTests(TestDatabase database, EmptyDatabase empty)
    : IClassFixture<TestDatabase>,
        IClassFixture<EmptyDatabase>,
        IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"iotorleans-backup-{Guid.NewGuid():N}");
    private readonly FakeTime _clock = new(new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero));

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_missed_backup_is_made_at_the_start_and_then_one_each_day_at_its_hour()
    {
        using var backup = Backup();
        await backup.StartAsync(CancellationToken.None);
        await Has(1);
        Assert.Equal(["iotorleans-2026-11-20T120000Z.dump"], Files());
        _clock.Advance(TimeSpan.FromHours(14));
        Assert.Single(Files());
        _clock.Advance(TimeSpan.FromHours(1));
        await Has(2);
        Assert.Equal(["iotorleans-2026-11-20T120000Z.dump", "iotorleans-2026-11-21T030000Z.dump"], Files());
        await backup.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Old_ones_are_removed_and_what_is_not_ours_stays()
    {
        Directory.CreateDirectory(_folder);
        await File.WriteAllTextAsync(Path.Combine(_folder, "iotorleans-by-hand.dump"), "mine");
        using var backup = Backup(keep: 2);
        for (var day = 0; day < 4; day++)
        {
            Assert.True(await backup.Make(CancellationToken.None));
            _clock.Advance(TimeSpan.FromDays(1));
        }
        Assert.Equal(
            ["iotorleans-2026-11-22T120000Z.dump", "iotorleans-2026-11-23T120000Z.dump", "iotorleans-by-hand.dump"],
            Files()
        );
    }

    [Fact]
    public async Task One_that_fails_is_a_part_that_is_away_until_one_is_made_again()
    {
        await File.WriteAllTextAsync(_folder, "a file where the folder should be");
        using var backup = Backup();
        Assert.False(await backup.Make(CancellationToken.None));
        Assert.Equal(("backup", PartStatus.Down), await Health(backup));
        File.Delete(_folder);
        Assert.True(await backup.Make(CancellationToken.None));
        Assert.Equal(("backup", PartStatus.Up), await Health(backup));

        var nowhere = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Database = "is_not_there" };
        using var lost = Backup(connection: nowhere.ConnectionString);
        Assert.False(await lost.Make(CancellationToken.None));
        Assert.Equal(("backup", PartStatus.Down), await Health(lost));
    }

    [Fact]
    public async Task Restored_into_an_empty_database_every_table_has_as_many_rows()
    {
        await Fill();
        using var backup = Backup();
        Assert.True(await backup.Make(CancellationToken.None));
        var file = Path.Combine(_folder, Files().Single());
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        await Hosting.Backup.Run([
            "restore",
            file,
            "--environment=Development",
            $"--ConnectionStrings:Postgres={empty.ConnectionString}",
        ]);
        var before = await Counts(database.Source);
        Assert.Contains("masks 25", before);
        empty.Source.Clear();
        Assert.Equal(before, await Counts(empty.Source));
    }

    [Fact]
    public async Task The_configuration_of_the_switches_lies_beside_it_and_can_be_unpacked()
    {
        var configuration = Directory.CreateTempSubdirectory("iotorleans-switch-");
        await File.WriteAllTextAsync(Path.Combine(configuration.FullName, "extensions.conf"), "[shown]");
        using var backup = Backup(configuration: configuration.FullName);
        Assert.True(await backup.Make(CancellationToken.None));
        Assert.Equal(["iotorleans-2026-11-20T120000Z.dump", "iotorleans-2026-11-20T120000Z.tar.gz"], Files());

        var target = Directory.CreateDirectory(Path.Combine(_folder, "unpacked"));
        await using var packed = File.OpenRead(Path.Combine(_folder, Files()[1]));
        await using var plain = new GZipStream(packed, CompressionMode.Decompress);
        await TarFile.ExtractToDirectoryAsync(plain, target.FullName, overwriteFiles: false);
        var file = Assert.Single(target.GetFiles("extensions.conf", SearchOption.AllDirectories));
        Assert.Equal("[shown]", await File.ReadAllTextAsync(file.FullName));
    }

    private DailyBackup Backup(int keep = 14, string? configuration = null, string? connection = null) =>
        new(
            connection ?? database.ConnectionString,
            new()
            {
                Folder = _folder,
                Keep = keep,
                Configuration = configuration,
            },
            _clock,
            NullLogger<DailyBackup>.Instance
        );

    private string[] Files() => [.. Directory.EnumerateFiles(_folder).Select(Path.GetFileName).Order()!];

    /// <summary>Until so many are whole, and it waits for the next day.</summary>
    private async Task Has(int count)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!_clock.IsAwaited || !Directory.Exists(_folder) || Files().Count(IsWhole) != count)
            await Task.Delay(20, late.Token);
    }

    private static bool IsWhole(string file) => !file.EndsWith(".partial", StringComparison.Ordinal);

    private static async Task<(string, PartStatus)> Health(DailyBackup backup)
    {
        var health = await backup.Check(CancellationToken.None);
        return (health.Name, health.Status);
    }

    private async Task Fill()
    {
        await using var insert = database.Source.CreateCommand(
            "insert into masks (real, shown) select 79260000000 + n, 78000000000 + n from generate_series(1, 25) n"
        );
        await insert.ExecuteNonQueryAsync();
    }

    private static async Task<string[]> Counts(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand(
            """
            select table_name || ' ' || (xpath('/row/c/text()', query_to_xml(
                       format('select count(*) as c from public.%I', table_name), false, true, '')))[1]::text
            from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' order by 1
            """
        );
        await using var reader = await command.ExecuteReaderAsync();
        var counts = new List<string>();
        while (await reader.ReadAsync())
            counts.Add(reader.GetString(0));
        return [.. counts];
    }
}
