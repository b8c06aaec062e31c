using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace IotOrleans.Tests.Sip;

/// <summary>The real Kamailio with the files of deploy/kamailio as they are; only the environment is ours.</summary>
internal sealed class KamailioProcess : IAsyncDisposable
{
    private const int Terminate = 15;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iotorleans-sip-");
    private readonly ConcurrentQueue<string> _said = new();
    private Process _process = null!;

    /// <summary>Everything it has written, its warnings included.</summary>
    public string[] Said => [.. _said];

    private string Control => Path.Combine(_folder.FullName, "kamailio_ctl");

    public static async Task<KamailioProcess> Start(Lab lab, IReadOnlyDictionary<string, string> environment)
    {
        var kamailio = new KamailioProcess();
        var start = new ProcessStartInfo(Installed.Kamailio)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = kamailio._folder.FullName,
        };
        var configuration = Path.Combine(AppContext.BaseDirectory, "kamailio", "kamailio.cfg");
        var pid = Path.Combine(kamailio._folder.FullName, "pid");
        foreach (
            var argument in (string[])
                ["-DD", "-E", "-m", "128", "-P", pid, "-Y", kamailio._folder.FullName, "-f", configuration]
        )
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        kamailio._process = Process.Start(start)!;
        kamailio._process.OutputDataReceived += (_, line) => kamailio.Hear(line.Data);
        kamailio._process.ErrorDataReceived += (_, line) => kamailio.Hear(line.Data);
        kamailio._process.BeginOutputReadLine();
        kamailio._process.BeginErrorReadLine();
        await kamailio.Answers(lab);
        return kamailio;
    }

    /// <summary>Asks it by its own command line tool.</summary>
    public async Task<string> Command(params string[] words)
    {
        var start = new ProcessStartInfo(Installed.Kamcmd)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var word in (string[])["-s", Control, .. words])
            start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? said : "";
    }

    /// <summary>Lets it ask the house and the database at the next call, whatever they did before.</summary>
    public async Task Trust()
    {
        foreach (var party in (string[])["house_away", "database_away"])
            Assert.NotEqual("", await Command("pv.shvSet", party, "int", "0"));
    }

    public async Task<bool> Holds(string variable) =>
        !(await Command("pv.shvGet", variable)).Contains("value: 0", StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        if (Signal(_process.Id, Terminate) != 0)
            throw new InvalidOperationException("Kamailio ended by itself:\n" + string.Join('\n', _said));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            throw;
        }
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task Answers(Lab lab)
    {
        try
        {
            await Lab.Listens(lab.Kamailio, 5060, _process);
            var patience = Stopwatch.StartNew();
            while (!(await Command("core.uptime")).Contains("uptime", StringComparison.Ordinal))
                Assert.True(patience.Elapsed < TimeSpan.FromSeconds(60), "Kamailio does not come up");
        }
        catch (Exception trouble)
        {
            throw new InvalidOperationException(trouble.Message + "\n" + string.Join('\n', _said), trouble);
        }
    }

    private void Hear(string? line)
    {
        if (line is { Length: > 0 })
            _said.Enqueue(line);
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int pid, int signal);
}
