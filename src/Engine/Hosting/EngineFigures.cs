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
    private readonly GrainClasses _classes;

    public EngineFigures(GrainClasses classes, IMeterFactory meters)
    {
        _classes = classes;
        var meter = meters.Create("IotOrleans");
        _turns = meter.CreateCounter<long>("grain_turns", description: "Turns that grains have begun.");
        _activations = meter.CreateCounter<long>("grain_activations", description: "Grains woken, by type.");
        _deactivations = meter.CreateCounter<long>("grain_deactivations", description: "Grains put to sleep, by type.");
        meter.CreateObservableGauge("grains_awake", Measure, description: "Grains awake now, by type.");
    }

    public IReadOnlyDictionary<string, int> AwakeByType =>
        _classes.All.Where(type => type.Awake > 0).ToDictionary(type => type.Name.Value, type => type.Awake);

    public void Turn() => _turns.Add(1);

    public void Activated(GrainClass type)
    {
        type.CountAwake(1);
        _activations.Add(1, new KeyValuePair<string, object?>("type", type.Name.Value));
    }

    public void Deactivated(GrainClass type)
    {
        type.CountAwake(-1);
        _deactivations.Add(1, new KeyValuePair<string, object?>("type", type.Name.Value));
    }

    private IEnumerable<Measurement<int>> Measure() =>
        AwakeByType.Select(type => new Measurement<int>(
            type.Value,
            new KeyValuePair<string, object?>("type", type.Key)
        ));
}
