using System.Diagnostics.Metrics;
using IotOrleans.Actions;
using IotOrleans.Calls;
using IotOrleans.Events;
using IotOrleans.Incidents;
using IotOrleans.Journal;
using IotOrleans.Postings;
using IotOrleans.Rules;
using IotOrleans.Speakers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;

namespace IotOrleans.Simulation;

/// <summary>
/// What the grains of one process are given, made by hand: a host for each of a thousand processes a second would cost
/// more than what they do.
/// </summary>
internal sealed class Parts : IKeyedServiceProvider
{
    private static readonly OneMeter Meters = new();
    private static readonly GrainClasses Classes = new([typeof(Incident).Assembly]);
    private static readonly EngineFigures OfEngine = new(Classes, Meters);
    private static readonly object[] Figures =
    [
        new EventFigures(Meters),
        new CallFigures(Meters),
        new SpeakerFigures(Meters),
        new PostingFigures(Meters),
    ];

    private readonly Dictionary<Type, object> _parts = [];
    private readonly IGrainStorage _storage;

    public Parts(World world, Life life, GrainEngineOptions options)
    {
        _storage = new ModelStorage(world, life);
        foreach (var figures in Figures)
            _parts[figures.GetType()] = figures;
        Log = new(world);
        Add<TimeProvider>(life.Time);
        Engine = new(Classes, options, OfEngine, this, life.Time, Log.For<GrainEngine>());
        Add<IGrainFactory>(Engine.Factory);
        Add<IJournal>(new ModelJournal(world, life));
        SwitchCdrs = new ModelCdrs(world, life);
        Add(SwitchCdrs);
        Add<IPostingBook>(new ModelPostings(world, life));
        Add<IRuleBook>(new ModelRuleBook(world.House));
        Add<ISwitches>(new ModelSwitches(world, life));
        Add<IMessageCentre>(new ModelCentre(world, life));
        Add<IWebhookSender>(new ModelWebhooks(world, life));
        Add(Options.Create(world.House.Limits));
        Add(new LegsHere());
        Add(new OutsideSpeakers(Engine.Factory, [], Get<SpeakerFigures>(), life.Time, Log.For<OutsideSpeakers>()));
        Add(
            new Carrier(
                Engine.Factory,
                Get<IMessageCentre>(),
                Get<IWebhookSender>(),
                [],
                Get<OutsideSpeakers>(),
                Get<IPostingBook>(),
                life.Time
            )
        );
        Add(new IncidentActions(Engine.Factory, Get<OutsideSpeakers>(), life.Time));
        Sweeper = new(Get<IJournal>(), Engine.Factory, life.Time, Log.For<Sweeper>());
        PostingSweeper = new(Get<IPostingBook>(), Engine.Factory, life.Time, Log.For<PostingSweeper>());
    }

    public GrainEngine Engine { get; }

    public Sweeper Sweeper { get; }

    public PostingSweeper PostingSweeper { get; }

    public ISwitchCdrs SwitchCdrs { get; }

    private HouseLog Log { get; }

    public object? GetService(Type serviceType) =>
        _parts.TryGetValue(serviceType, out var part) ? part
        : serviceType.IsGenericType && serviceType.GetGenericTypeDefinition() == typeof(ILogger<>)
            ? Log.For(serviceType)
        : null;

    public object? GetKeyedService(Type serviceType, object? serviceKey) =>
        serviceType == typeof(IGrainStorage) ? _storage : null;

    public object GetRequiredKeyedService(Type serviceType, object? serviceKey) =>
        GetKeyedService(serviceType, serviceKey) ?? throw new InvalidOperationException($"No {serviceType}.");

    private void Add<T>(T part)
        where T : class => _parts[typeof(T)] = part;

    private T Get<T>() => (T)_parts[typeof(T)];

    /// <summary>One meter for all processes: nobody reads it, and each would be remembered for ever.</summary>
    private sealed class OneMeter : IMeterFactory
    {
        private readonly Meter _meter = new("IotOrleans.Simulation");

        public Meter Create(MeterOptions options) => _meter;

        public void Dispose() => _meter.Dispose();
    }
}
