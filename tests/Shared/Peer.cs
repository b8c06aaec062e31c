using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace IotOrleans.Tests;

/// <summary>A program of the system that a test has started, and what it says.</summary>
internal sealed class Peer : IAsyncDisposable
{
    /// <summary>Set where the programs must be: then their absence is a failure and not a reason to skip.</summary>
    private const string NeededVariable = "IOT_PEERS_NEEDED";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _said = new();

    private Peer(Process process) => _process = process;

    public string Said => string.Join('\n', _said);

    public static Peer Start(
        string program,
        string[] arguments,
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var peer = new Peer(new() { StartInfo = start });
        peer._process.OutputDataReceived += (_, line) => peer._said.Enqueue(line.Data ?? "");
        peer._process.ErrorDataReceived += (_, line) => peer._said.Enqueue(line.Data ?? "");
        peer._process.Start();
        peer._process.BeginOutputReadLine();
        peer._process.BeginErrorReadLine();
        return peer;
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<(int Exit, string Said)> Run(
        string program,
        string[] arguments,
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        await using var peer = Start(program, arguments, environment);
        return (await peer.Ends(), peer.Said);
    }

    /// <summary>The command as this user runs it, where we are root: servers refuse to be that, or cease to.</summary>
    public static string[] As(string user, params string[] command) =>
        Environment.IsPrivilegedProcess
            ? ["setpriv", $"--reuid={user}", $"--regid={user}", "--init-groups", "--", .. command]
            : command;

    /// <summary>Skips the test on a machine without the program, except where it must be.</summary>
    public static void Need(string program, string package)
    {
        if (File.Exists(program))
            return;
        var missing = $"There is no {program} here: apt-get install {package}.";
        Assert.SkipWhen(Environment.GetEnvironmentVariable(NeededVariable) is null or "", missing);
        throw new InvalidOperationException(missing);
    }

    /// <summary>Returns when <paramref name="holds"/> does; fails with all that was said if it ends.</summary>
    public async Task Until(Func<Task<bool>> holds)
    {
        var since = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.False(_process.HasExited, $"It has ended: {Said}");
            Assert.True(since.Elapsed < Patience, $"It does not come to it: {Said}");
            await Task.Delay(50);
        }
    }

    public Task UntilItListens(int port) => Until(() => Listens(port));

    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Asks it to go, as a service manager does.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> End(string signal = "TERM")
    {
        var (exit, said) = await Run("kill", [$"-{signal}", $"{_process.Id}"]);
        Assert.True(exit == 0, $"It has ended by itself: {said} {Said}");
        return await Ends();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<int> Ends()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    private static async Task<bool> Listens(int port)
    {
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
