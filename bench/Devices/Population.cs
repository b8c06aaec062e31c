using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using IotOrleans.Devices;
using IotOrleans.Rules;
using IotOrleans.Subscribers;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orleans.Storage;

namespace IotOrleans.Bench;

/// <summary>Many devices in a house of this process.</summary>
internal static class Population
{
    private const int Parallel = 32;

    /// <summary>Reads after each other of which the median is told.</summary>
    private const int Alone = 500;

    private const string PrimaryKey = "select registration from devices where device_id = $1";

    public static Task Register(IServiceProvider services, int count)
    {
        var grains = services.GetRequiredService<IGrainFactory>();
        return Many(
            0,
            count,
            async device =>
            {
                var id = Name(device);
                var hash = Convert.ToHexStringLower(
                    System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(device))
                );
                await grains.Device(id).Register(new(id, DeviceType.SensorSmoke, Room: "kitchen"), hash);
            }
        );
    }

    /// <summary>The device of a subscriber with many rules.</summary>
    public const string Ruled = "ruled";

    /// <summary>
    /// One device of a subscriber with so many rules, each for another type of event; the one for the type that it
    /// tells of asks for more than is ever told. They are stored as the subscriber would, but all at once.
    /// </summary>
    public static async Task Rules(IServiceProvider services, int count)
    {
        var number = new Msisdn("79160000010");
        var grains = services.GetRequiredService<IGrainFactory>();
        var box = new Grown<SubscriberBox>
        {
            State = new() { Rules = [.. Enumerable.Range(0, count).Select(Rule)], WatchVersion = 1 },
        };
        await services
            .GetRequiredKeyedService<IGrainStorage>("Default")
            .WriteStateAsync("subscriber", ((IAddressable)grains.Subscriber(number)).GetGrainId(), box);
        await grains.Device(new(Ruled)).Register(new(new(Ruled), DeviceType.SensorSmoke, number), new string('0', 64));

        Rule Rule(int index) =>
            new(
                new($"rule-{index}"),
                $"Rule {index}",
                index == 0 ? "humidity" : $"type_{index}",
                new(Msisdn: number),
                [new CallAction([number])],
                new(Payload: [new("value", PayloadOp.Gt, new("1000"))])
            );
    }

    private sealed class Grown<T> : IGrainState<T>
    {
        [AllowNull]
        public required T State { get; set; }

        public string? ETag { get; set; }

        public bool RecordExists { get; set; }
    }

    /// <summary>
    /// Wakes sleeping devices, a share of them in each round: what they weigh awake, how long one takes to wake, and
    /// how many wake a second, beside reading a row by its primary key.
    /// </summary>
    public static async Task Wake(IServiceProvider services, int count, int rounds)
    {
        var grains = services.GetRequiredService<IGrainFactory>();
        var database = services.GetRequiredService<NpgsqlDataSource>();
        Func<int, Task> wake = async device => await grains.Device(Name(device)).Look();
        Func<int, Task> read = device => Read(database, device);
        var share = count / (rounds + 1);
        // What is compiled or pooled at the first use belongs to no device.
        await Many(0, share, wake);
        await Many(0, share, read);
        for (var round = 0; round < rounds; round++)
        {
            var first = (round + 1) * share;
            var (heap, resident) = Weigh();
            Inside.Tell("wake.alone", await OneByOne(first, wake));
            Inside.Tell("read.alone", await OneByOne(first, read));
            Inside.Tell("wake.rate", await Rate(first + Alone, share - Alone, wake));
            Inside.Tell("read.rate", await Rate(first + Alone, share - Alone, read));
            var after = Weigh();
            Inside.Tell("heap", (double)(after.Heap - heap) / share);
            Inside.Tell("resident", (double)(after.Resident - resident) / share);
        }
    }

    public static DeviceId Name(int device) => new($"sensor-{device:0000000}");

    private static async Task Read(NpgsqlDataSource database, int device)
    {
        await using var command = database.CreateCommand(PrimaryKey);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Name(device).Value });
        if (await command.ExecuteScalarAsync() is null)
            throw new InvalidOperationException($"There is no device {device}.");
    }

    private static async Task<double> OneByOne(int first, Func<int, Task> act)
    {
        var times = new double[Alone];
        for (var at = 0; at < Alone; at++)
        {
            var began = Stopwatch.GetTimestamp();
            await act(first + at);
            times[at] = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
        }
        Array.Sort(times);
        return Percentile.Of(times, 0.5);
    }

    private static async Task<double> Rate(int first, int count, Func<int, Task> act)
    {
        var watch = Stopwatch.StartNew();
        await Many(first, count, act);
        return count / watch.Elapsed.TotalSeconds;
    }

    private static Task Many(int first, int count, Func<int, Task> act) =>
        System.Threading.Tasks.Parallel.ForAsync(
            first,
            first + count,
            new ParallelOptions { MaxDegreeOfParallelism = Parallel },
            async (device, _) => await act(device)
        );

    /// <summary>Without what is garbage, in bytes.</summary>
    private static (long Heap, long Resident) Weigh()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return (GC.GetTotalMemory(forceFullCollection: false), Proc.Resident(Environment.ProcessId));
    }
}
