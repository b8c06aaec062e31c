using IotOrleans.Calls;
using IotOrleans.FreeSwitch;
using IotOrleans.FreeSwitch.Simulator;

namespace IotOrleans.Hosting;

/// <summary>
/// The lines to the switches, and the simulator when there is none. Never a simulator in production by accident.
/// </summary>
public sealed class Telephony : IAsyncDisposable
{
    private readonly SwitchSimulator? _simulator;

    private Telephony(SwitchSimulator? simulator) => _simulator = simulator;

    public bool IsSimulated => _simulator is not null;

    public static async Task<Telephony> Add(WebApplicationBuilder builder)
    {
        var switches = SwitchList.Read(builder.Configuration);
        var simulator = ShouldSimulate(builder) ? await StartSimulator(builder, switches) : null;
        var services = builder.Services;
        services.AddSingleton<Vigil>();
        services.AddSingleton<ReceivedTexts>();
        services.AddSingleton<EventRoute>();
        services.AddSingleton(all => Lines(all, switches));
        services.AddSingleton<ISwitches, Switches>();
        services.AddSingleton<IncomingCalls>();
        services.AddSingleton(all => Listener(all, switches[0]));
        services.AddSingleton<LineKeeper>();
        foreach (var place in Enumerable.Range(0, switches.Length))
        {
            services.AddSingleton<IHealthPart>(all => new SwitchHealth(
                all.GetRequiredService<SwitchLine[]>()[place].Link,
                switches.Length == 1 ? "switch" : $"switch_{switches[place].Name}",
                simulator is not null
            ));
            // The listeners of events come before the line that brings them.
            services.AddSingleton<IHostedService>(all => all.GetRequiredService<SwitchLine[]>()[place].Events);
        }
        services.AddHostedService(all => all.GetRequiredService<EslListener>());
        foreach (var place in Enumerable.Range(0, switches.Length))
            services.AddSingleton<IHostedService>(all => all.GetRequiredService<SwitchLine[]>()[place].Link);
        services.AddHostedService(all => all.GetRequiredService<LineKeeper>());
        if (simulator is not null)
            services.AddSimulatedCallers(simulator);
        return new(simulator?.Switch);
    }

    public async ValueTask DisposeAsync()
    {
        if (_simulator is null)
            return;
        await _simulator.StopAsync(CancellationToken.None);
        _simulator.Dispose();
    }

    private static bool ShouldSimulate(WebApplicationBuilder builder)
    {
        var wanted = builder.Configuration.GetValue<bool?>("Simulator:Enabled");
        var hasSwitch = SwitchList.IsGiven(builder.Configuration);
        if (builder.Environment.IsProduction() && !hasSwitch && wanted is null)
        {
            throw new HouseException(
                "No switch is configured. Set FreeSwitch__Host, or Simulator__Enabled=true if calls need not be real."
            );
        }
        return wanted ?? !hasSwitch;
    }

    /// <summary>The simulator takes the place of the first switch; the others, if any are named, stay real.</summary>
    private static async Task<RunningSimulator> StartSimulator(
        WebApplicationBuilder builder,
        FreeSwitchOptions[] switches
    )
    {
        var line = switches[0];
        var simulated = new SimulatorOptions();
        builder.Configuration.GetSection("Simulator").Bind(simulated);
        var logs = LoggerFactory.Create(log =>
            log.AddSimpleConsole().AddConfiguration(builder.Configuration.GetSection("Logging"))
        );
        var simulator = new SwitchSimulator(simulated, TimeProvider.System, logs.CreateLogger<SwitchSimulator>());
        await simulator.StartAsync(CancellationToken.None);
        (line.Name, line.Host, line.Port, line.Password) = (
            simulated.Name,
            "127.0.0.1",
            simulator.Port,
            simulated.Password
        );
        line.ListenPort = builder.Configuration.GetValue("FreeSwitch:ListenPort", 0);
        return new(simulator, simulated);
    }

    private static SwitchLine[] Lines(IServiceProvider all, FreeSwitchOptions[] switches) =>
        [
            .. switches.Select(options => new SwitchLine(
                options,
                all.GetRequiredService<IGrainFactory>(),
                all.GetRequiredService<LegsHere>(),
                all.GetRequiredService<EventRoute>()
            )),
        ];

    private static EslListener Listener(IServiceProvider all, FreeSwitchOptions options) =>
        new(
            options,
            all.GetRequiredService<IncomingCalls>().Play,
            all.GetRequiredService<TimeProvider>(),
            all.GetRequiredService<ILogger<EslListener>>()
        );
}

/// <summary>A simulator that listens, and the options it reads when somebody calls.</summary>
internal sealed record RunningSimulator(SwitchSimulator Switch, SimulatorOptions Options);

internal sealed class SwitchHealth(FreeSwitchLink link, string name, bool isSimulated) : IHealthPart
{
    public ValueTask<PartHealth> Check(CancellationToken cancellation)
    {
        var status =
            !link.IsUp ? PartStatus.Down
            : isSimulated ? PartStatus.Simulated
            : PartStatus.Up;
        // Without the switch events are still accepted and held: the house is ready, its telephone is not.
        return new(new PartHealth(name, status, Needed: false, link.Name));
    }
}
