using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace IotOrleans.Tests;

/// <summary>The product as a process of its own, as an operator runs it.</summary>
internal sealed class HouseProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>The exit code of a process that SIGKILL has ended.</summary>
    public const int Killed = 128 + 9;

    private static readonly ConcurrentDictionary<int, byte> Given = new();

    private readonly Process _process;
    private bool _isDisposed;
    private readonly ConcurrentQueue<string> _output = new();

    private HouseProcess(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    public int Id => _process.Id;

    public string Output => string.Join('\n', _output);

    public static HouseProcess Start(params string[] settings) => StartAt(FreePort(), settings);

    public static HouseProcess StartAt(int port, params string[] settings) => StartBuild(OurBuild, port, settings);

    public static string OurBuild { get; } = Path.Combine(AppContext.BaseDirectory, "iotorleans.dll");

    /// <summary>Another build of the product than the one under test.</summary>
    public static HouseProcess StartBuild(string program, int port, params string[] settings)
    {
        var address = new Uri($"http://127.0.0.1:{port}");
        var start = new ProcessStartInfo(
            "dotnet",
            [program, "--urls", address.ToString(), "--environment=Development", .. settings]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Its life is too short for code to be watched and made anew.
        start.Environment["DOTNET_TieredPGO"] = "0";
        var house = new HouseProcess(new() { StartInfo = start }, address);
        house._process.OutputDataReceived += (_, line) => house.Keep(line.Data);
        house._process.ErrorDataReceived += (_, line) => house.Keep(line.Data);
        house._process.Start();
        house._process.BeginOutputReadLine();
        house._process.BeginErrorReadLine();
        return house;
    }

    /// <summary>
    /// The first of so many in a row that nobody listens on, each handed out once. They lie below those that the system
    /// gives to outgoing connections: on a busy machine one of these would have taken it before it is listened on.
    /// </summary>
    public static int FreePort(int count = 1)
    {
        for (var attempt = 0; attempt < 1_000; attempt++)
        {
            var first = Random.Shared.Next(10_000, 32_000 - count);
            var ports = Enumerable.Range(first, count).ToList();
            if (ports.TrueForAll(IsFree) && ports.TrueForAll(port => Given.TryAdd(port, 0)))
                return first;
        }
        throw new InvalidOperationException("No free port was found.");
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public async Task IsReady() => Assert.True(await BecomesReady(), $"The process ended: {Output}");

    /// <returns>False when it ended instead.</returns>
    public async Task<bool> BecomesReady()
    {
        using var http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(5) };
        var patience = Stopwatch.StartNew();
        while (!await Answers(http))
        {
            if (_process.HasExited)
                return false;
            Assert.True(patience.Elapsed < Patience, $"Not ready: {Output}");
            await Task.Delay(50);
        }
        return true;
    }

    /// <summary>It stands still: it does nothing, and its connections stay open.</summary>
    public void Freeze() => Signal("STOP");

    public void Thaw() => Signal("CONT");

    /// <summary>As an operator, or a service manager, asks it to go.</summary>
    public void Terminate() => Signal("TERM");

    public bool HasEnded => _process.HasExited;

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>As if the power of that machine had failed.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public async Task<int> Ended()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        _output.Enqueue(line);
        if (_output.Count > 400)
            _output.TryDequeue(out _);
    }

    private static async Task<bool> Answers(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception trouble) when (trouble is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }
}
