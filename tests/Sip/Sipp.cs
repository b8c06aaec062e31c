using System.Diagnostics;
using System.Globalization;

namespace IotOrleans.Tests.Sip;

/// <summary>One run of the real sipp: a scenario, so many calls, and what came of them.</summary>
internal sealed class Sipp : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iotorleans-sipp-");
    private readonly Process _process;
    private readonly Task<string> _output;

    private Sipp(string scenario, string[] arguments, (string Name, string Value)[] words)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Scenarios", scenario + ".xml"));
        foreach (var (name, value) in words)
            text = text.Replace("{" + name + "}", value, StringComparison.Ordinal);
        text = text.Replace("{talk}", "100", StringComparison.Ordinal);
        text = text.Replace("{media}\n", "", StringComparison.Ordinal);
        File.WriteAllText(InFolder("scenario.xml"), text);
        var start = new ProcessStartInfo(Installed.Sipp)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = _folder.FullName,
        };
        string[] fixedOnes =
        [
            "-sf",
            InFolder("scenario.xml"),
            "-nostdin",
            "-trace_msg",
            "-message_file",
            InFolder("messages"),
            "-trace_err",
            "-error_file",
            InFolder("errors"),
            "-trace_stat",
            "-stf",
            InFolder("stat"),
            "-fd",
            "1",
            // A late 180 is no reason to give a call up.
            "-default_behaviors",
            "all,-abortunexp",
            "-recv_timeout",
            "40000",
            "-timeout",
            "90",
            "-timeout_error",
        ];
        foreach (var argument in (string[])[.. arguments, .. fixedOnes])
            start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _ = _process.StandardError.ReadToEndAsync();
        _output = _process.StandardOutput.ReadToEndAsync();
    }

    /// <summary>Waits for calls at an address; returns when it does.</summary>
    /// <param name="calls">After so many it ends.</param>
    public static async Task<Sipp> Waits(
        string scenario,
        string address,
        int calls,
        int port = 5060,
        params (string, string)[] words
    )
    {
        var sipp = new Sipp(scenario, ["-i", address, "-p", $"{port}", "-m", $"{calls}"], words);
        await Lab.Listens(address, port, sipp._process);
        return sipp;
    }

    /// <summary>Calls, or sends, and returns when all is over: lines of the file are number;caller.</summary>
    public static async Task<Calls> Runs(
        string scenario,
        string to,
        string from,
        string[] lines,
        int rate = 50,
        params (string, string)[] words
    )
    {
        var file = Path.GetTempFileName();
        await File.WriteAllLinesAsync(file, ["SEQUENTIAL", .. lines]);
        string[] arguments =
        [
            $"{to}:5060",
            "-i",
            from,
            "-p",
            "5060",
            "-inf",
            file,
            "-m",
            $"{lines.Length}",
            "-r",
            $"{rate}",
            "-l",
            "3000",
        ];
        await using var sipp = new Sipp(scenario, arguments, words);
        var calls = await sipp.Ends();
        File.Delete(file);
        return calls;
    }

    /// <summary>All calls are over.</summary>
    public async Task<Calls> Ends()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(100));
        await _process.WaitForExitAsync(patience.Token);
        await _output;
        return new(_process.ExitCode, Statistics(), Messages(), Read("errors"));
    }

    /// <summary>What has come until now.</summary>
    public string[] Received => [.. Messages().Where(message => message.Came).Select(message => message.Text)];

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private string InFolder(string name) => Path.Combine(_folder.FullName, name);

    private string Read(string name) => File.Exists(InFolder(name)) ? File.ReadAllText(InFolder(name)) : "";

    private (int Good, int Bad) Statistics()
    {
        var lines = File.ReadAllLines(InFolder("stat"));
        var names = lines[0].Split(';');
        var last = lines[^1].Split(';');
        return (Of("SuccessfulCall(C)"), Of("FailedCall(C)"));

        int Of(string name) => int.Parse(last[Array.IndexOf(names, name)], CultureInfo.InvariantCulture);
    }

    private SipMessage[] Messages() =>
        [
            .. Read("messages")
                .Split("-----------------------------------------------", StringSplitOptions.RemoveEmptyEntries)
                .Where(part => part.Contains(" message ", StringComparison.Ordinal) && part.Contains("\n\n"))
                .Select(part => new SipMessage(
                    !part.Contains(" message sent ", StringComparison.Ordinal),
                    part[(part.IndexOf("\n\n", StringComparison.Ordinal) + 2)..]
                        .Replace("\r", "", StringComparison.Ordinal)
                )),
        ];
}

/// <param name="Came">Received, and not sent.</param>
internal sealed record SipMessage(bool Came, string Text);

/// <summary>What came of a run.</summary>
internal sealed record Calls(int Code, (int Good, int Bad) Count, SipMessage[] Messages, string Errors)
{
    public string[] Received => [.. Messages.Where(message => message.Came).Select(message => message.Text)];

    public void AllGood(int count) =>
        Assert.True(
            Code == 0 && Count == (count, 0),
            $"{Count.Good} good, {Count.Bad} bad of {count}, code {Code}\n{Errors}\n"
                + string.Join(
                    "\n--\n",
                    Messages.TakeLast(8).Select(message => (message.Came ? "<- " : "-> ") + message.Text)
                )
        );
}
