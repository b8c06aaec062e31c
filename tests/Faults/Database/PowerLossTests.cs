using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Journal;
using IotOrleans.Json;
using IotOrleans.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace IotOrleans.Tests;

/// <summary>What PostgreSQL really does before it answers, seen from the kernel.</summary>
public sealed partial class PowerLossTests(TestDatabase quick) : IClassFixture<TestDatabase>
{
    private const string Strace = "/usr/bin/strace";
    private const int Writes = 20;

    [Fact]
    public async Task Between_a_write_and_its_answer_the_disk_is_told_to_keep_it()
    {
        var isNeeded = Environment.GetEnvironmentVariable("IOT_STRACE_NEEDED") == "1";
        Assert.SkipUnless(isNeeded || File.Exists(Strace), "There is no strace on this machine.");
        var folder = TestServer.NewFolder();
        var server = await PrivatePostgres.Start(new(folder), NullLogger.Instance, TimeProvider.System);
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await Migrations.Apply(source, NullLogger.Instance);
        await using var commit = new GroupCommit(source, TimeProvider.System, NullLogger<GroupCommit>.Instance);
        // The first ones open the session and prepare the statements.
        for (var number = 0; number < 3; number++)
            await Write(commit, $"warm-{number}");

        var trace = Path.Combine(folder, "trace");
        using var strace = await Attach(server.ProcessId, trace);
        Assert.SkipWhen(strace.HasExited && !isNeeded, "This machine does not allow strace to look at a process.");
        for (var number = 0; number < Writes; number++)
            await Write(commit, $"seen-{number}");
        using (var interrupt = Process.Start("kill", ["-INT", strace.Id.ToString(CultureInfo.InvariantCulture)]))
            await interrupt.WaitForExitAsync();
        await strace.WaitForExitAsync();

        var answers = 0;
        var synced = false;
        foreach (var line in File.ReadLines(trace))
        {
            if (Asked().IsMatch(line))
                synced = false;
            else if (Synced().IsMatch(line))
                synced = true;
            else if (Answered().IsMatch(line))
            {
                Assert.True(synced, $"Answered before it was on disk:\n{File.ReadAllText(trace)}");
                answers++;
            }
        }
        Assert.Equal(Writes, answers);
        await server.DisposeAsync();
        await PrivatePostgres.Remove(folder, TimeProvider.System);
    }

    [Fact]
    public async Task A_production_house_refuses_a_database_that_does_not_keep_what_it_commits()
    {
        await using var house = HouseProcess.Start(
            $"--ConnectionStrings:Postgres={quick.ConnectionString}",
            "--Simulator:Enabled=true",
            "--environment=Production"
        );
        Assert.Equal(1, await house.Ended());
        Assert.Contains("does not keep what it commits (fsync off", house.Output, StringComparison.Ordinal);
    }

    private static async Task Write(GroupCommit commit, string id)
    {
        var now = TimeProvider.System.GetUtcNow();
        var happened = new DeviceEvent(
            id,
            new DeviceId("d"),
            "smoke",
            now,
            now,
            JsonText.Empty,
            new string('0', 32),
            false
        );
        Assert.False((await commit.Write(new(new(happened, null, null)))).Duplicate);
    }

    /// <summary>To the server with all its processes; whoever flushes, it counts.</summary>
    private static async Task<Process> Attach(int postmaster, string trace)
    {
        string[] what = ["-f", "-q", "-o", trace, "-e", "trace=recvfrom,sendto,fdatasync,fsync", "-s", "16"];
        var who = Children(postmaster).Prepend(postmaster).SelectMany(id => new[] { "-p", $"{id}" });
        var strace = Process.Start(new ProcessStartInfo(Strace, [.. what, .. who]) { RedirectStandardError = true })!;
        var said = strace.StandardError.ReadToEndAsync();
        while (!strace.HasExited && !Children(postmaster).All(IsTraced))
            await Task.Delay(20);
        if (strace.HasExited)
            await said;
        return strace;
    }

    private static IEnumerable<int> Children(int parent) =>
        File.ReadAllText($"/proc/{parent}/task/{parent}/children")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(id => int.Parse(id, CultureInfo.InvariantCulture));

    private static bool IsTraced(int id) =>
        !File.Exists($"/proc/{id}/status") || !File.ReadLines($"/proc/{id}/status").Contains("TracerPid:\t0");

    // A question that came, a flush that succeeded, and the answer to a finished transaction: read, bound, and its
    // rows.
    [GeneratedRegex(@"recvfrom\(\d+, ""[BPQ]")]
    private static partial Regex Asked();

    [GeneratedRegex(@"(fdatasync|fsync)(\(\d+\)| resumed>\)).*= 0$")]
    private static partial Regex Synced();

    [GeneratedRegex(@"sendto\(\d+, ""[12TDC]")]
    private static partial Regex Answered();
}
