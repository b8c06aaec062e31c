using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IotOrleans.Tests;

/// <summary>They share a house: it has to bear all of it.</summary>
[CollectionDefinition(Name)]
public sealed class Fuzzed : ICollectionFixture<FuzzHouse>
{
    public const string Name = "fuzzed";
}

/// <summary>A house as a process of its own, whose switch has lost its mind.</summary>
public sealed class FuzzHouse : TestDatabase
{
    private const long MemoryMax = 900L * 1024 * 1024;

    private readonly TcpListener _switch = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private Task _talking = Task.CompletedTask;
    private int _said;

    internal LoneHouse House { get; private set; } = null!;

    /// <summary>How often the switch was listened to.</summary>
    internal int Said => Volatile.Read(ref _said);

    /// <summary>Short as a rule; <c>IOT_FUZZ_MINUTES</c> gives it longer.</summary>
    internal static TimeSpan Time { get; } =
        double.TryParse(
            Environment.GetEnvironmentVariable("IOT_FUZZ_MINUTES"),
            CultureInfo.InvariantCulture,
            out var minutes
        )
            ? TimeSpan.FromMinutes(minutes)
            : TimeSpan.FromSeconds(4);

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _switch.Start();
        _talking = Talk(new Nasty(new(20261127)));
        House = new(ConnectionString) { SwitchPort = ((IPEndPoint)_switch.LocalEndpoint).Port };
        await House.Start(
            "--FreeSwitch:RetryMillisecondsMin=10",
            "--FreeSwitch:RetryMillisecondsMax=20",
            "--Logging:LogLevel:IotOrleans.FreeSwitch=None",
            "--Logging:LogLevel:IotOrleans.Hooks=None"
        );
    }

    /// <summary>It lives, answers, and has not grown beyond measure.</summary>
    internal async Task IsWell()
    {
        Assert.False(House.Running.HasEnded, House.Output);
        await House.Running.IsReady();
        var status = File.ReadLines($"/proc/{House.Running.Id}/status").First(line => line.StartsWith("VmRSS:"));
        var kilobytes = long.Parse(
            status.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture
        );
        Assert.InRange(kilobytes * 1024, 0, MemoryMax);
        Assert.DoesNotContain("Unhandled exception", House.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(" failed\n", House.Output, StringComparison.Ordinal);
    }

    public override async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await House.DisposeAsync();
        _switch.Dispose();
        await _talking;
        _stopping.Dispose();
        await base.DisposeAsync();
    }

    private async Task Talk(Nasty nasty)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                using var socket = await _switch.AcceptSocketAsync(_stopping.Token);
                // Half of the time it is polite at first, so that what follows is met in the middle of a talk.
                if (nasty.Often)
                {
                    await socket.SendAsync(Encoding.ASCII.GetBytes("Content-Type: auth/request\n\n"), _stopping.Token);
                    await socket.SendAsync(
                        Encoding.ASCII.GetBytes("Content-Type: command/reply\nReply-Text: +OK accepted\n\n"),
                        _stopping.Token
                    );
                }
                await socket.SendAsync(nasty.Switch(), _stopping.Token);
                Interlocked.Increment(ref _said);
                await Task.Delay(nasty.Next(30), _stopping.Token);
            }
            catch (Exception trouble)
                when (trouble is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // It has hung up on us, which is the best that it can do.
            }
        }
    }
}
