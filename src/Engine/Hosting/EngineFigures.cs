using System.Diagnostics.Metrics;
using Orleans.Runtime;

namespace Orleans.Hosting;

/// <summary>How many grains of each type are awake.</summary>
public interface IEngineFigures
{
    IReadOnlyDictionary<string, int> AwakeByType { get; }
}

internal sealed class EngineFigures : IEngineFigures
{
    private readonly Counter<long> _turns;
    private readonly Counter<long> _activations;
    private readonly Counter<long> _deactivations;
    private GrainEngine? _engine;

    public EngineFigures(IMeterFactory meters)
    {
        var meter = meters.Create("IotOrleans");
        _turns = meter.CreateCounter<long>("grain_turns", description: "Turns that grains have begun.");
        _activations = meter.CreateCounter<long>("grain_activations", description: "Grains woken, by type.");
        _deactivations = meter.CreateCounter<long>("grain_deactivations", description: "Grains put to sleep, by type.");
        meter.CreateObservableGauge("grains_awake", Measure, description: "Grains awake now, by type.");
    }

    public IReadOnlyDictionary<string, int> AwakeByType =>
        _engine
            ?.Awake.GroupBy(activation => activation.TypeName)
            .ToDictionary(group => group.Key, group => group.Count())
        ?? [];

    public void Attach(GrainEngine engine) => _engine = engine;

    public void Turn() => _turns.Add(1);

    public void Activated(Activation activation) =>
        _activations.Add(1, new KeyValuePair<string, object?>("type", activation.TypeName));

    public void Deactivated(Activation activation) =>
        _deactivations.Add(1, new KeyValuePair<string, object?>("type", activation.TypeName));

    private IEnumerable<Measurement<int>> Measure() =>
        AwakeByType.Select(type => new Measurement<int>(
            type.Value,
            new KeyValuePair<string, object?>("type", type.Key)
        ));
}
