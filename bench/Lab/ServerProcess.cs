using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;

namespace IotOrleans.Bench;

/// <summary>A program under measurement, as a process of its own.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly ConcurrentBag<ServerProcess> All = [];

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _said = new();
    private readonly long _startedAt = Stopwatch.GetTimestamp();

    private ServerProcess(Process process, int port)
    {
        (_process, Port) = (process, port);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public int Port { get; }

    public Uri Address => new($"http://127.0.0.1:{Port}");

    /// <summary>From the start of the process to its first good answer.</summary>
    public TimeSpan ReadyAfter { get; private set; }

    public static ServerProcess Start(string program, int port, string database, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, program), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ConnectionStrings__Postgres"] = database;
        start.Environment["ASPNETCORE_CONTENTROOT"] = AppContext.BaseDirectory;
        var server = new ServerProcess(new() { StartInfo = start }, port);
        All.Add(server);
        return server;
    }

    public async Task IsReady(string path)
    {
        while (!await Answers(path))
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"The process ended: {string.Join('\n', _said)}");
            if (Stopwatch.GetElapsedTime(_startedAt) > Patience)
                throw new InvalidOperationException($"Not ready: {string.Join('\n', _said)}");
            await Task.Delay(2);
        }
        ReadyAfter = Stopwatch.GetElapsedTime(_startedAt);
    }

    /// <summary>Waits for its own end and gives what it said.</summary>
    public async Task<string[]> Ends()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode == 0
            ? [.. _said]
            : throw new InvalidOperationException($"The process failed: {string.Join('\n', _said)}");
    }

    /// <summary>Whatever happened: every process of ours ends now.</summary>
    public static void KillAll()
    {
        foreach (var server in All)
            server.Kill();
    }

    public void Kill()
    {
        if (_process.HasExited)
            return;
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit(TimeSpan.FromSeconds(10));
    }

    public void Dispose() => Kill();

    private async Task<bool> Answers(string path)
    {
        try
        {
            using var line = await HttpLine.Open(Port);
            return await line.Ask(HttpLine.Get(path)) == 200;
        }
        catch (Exception trouble) when (trouble is SocketException or IOException)
        {
            return false;
        }
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        _said.Enqueue(line);
        if (_said.Count > 100)
            _said.TryDequeue(out _);
    }
}
