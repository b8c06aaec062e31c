using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Storage;

namespace Orleans.Runtime;

/// <summary>A grain class: its type name, and how its instances are made.</summary>
internal sealed class GrainClass
{
    private const string Suffix = "Grain";

    private readonly ObjectFactory _make;
    private readonly PersistentPart[] _states;
    private int _awake;

    public GrainClass(Type type)
    {
        Type = type;
        IsReentrant = type.IsDefined(typeof(ReentrantAttribute));
        var constructor = type.GetConstructors().Single();
        _states =
        [
            .. constructor
                .GetParameters()
                .Select(parameter =>
                    (parameter.ParameterType, About: parameter.GetCustomAttribute<PersistentStateAttribute>()!)
                )
                .Where(parameter => parameter.About is not null)
                .Select(parameter => new PersistentPart(
                    parameter.ParameterType.GetGenericArguments()[0],
                    parameter.About
                )),
        ];
        _make = ActivatorUtilities.CreateFactory(type, [.. _states.Select(state => state.Contract)]);
        Name = new(type.GetCustomAttribute<GrainTypeAttribute>()?.GrainType ?? DefaultName(type));
    }

    public Type Type { get; }

    public GrainType Name { get; }

    public bool IsReentrant { get; }

    /// <summary>How many of the kind are awake.</summary>
    public int Awake => Volatile.Read(ref _awake);

    public static bool Is(Type type) =>
        type is { IsClass: true, IsAbstract: false }
        && typeof(IGrainBase).IsAssignableFrom(type)
        && typeof(IGrain).IsAssignableFrom(type);

    public (object Grain, ILoadedAtActivation[] States) Build(Activation activation)
    {
        var states = new object[_states.Length];
        for (var index = 0; index < states.Length; index++)
            states[index] = _states[index].Of(activation);
        var grain = _make(activation.ActivationServices, states);
        return (grain, Array.ConvertAll(states, state => (ILoadedAtActivation)state));
    }

    public void CountAwake(int more) => Interlocked.Add(ref _awake, more);

    private static string DefaultName(Type type)
    {
        var name = type.Name.EndsWith(Suffix, StringComparison.Ordinal) ? type.Name[..^Suffix.Length] : type.Name;
        return name.ToLowerInvariant();
    }

    /// <summary>A part of a grain that is loaded when it wakes.</summary>
    private sealed class PersistentPart(Type state, PersistentStateAttribute about)
    {
        private readonly ObjectFactory _make = ActivatorUtilities.CreateFactory(
            typeof(PersistentState<>).MakeGenericType(state),
            [typeof(string), typeof(GrainId), typeof(IGrainStorage)]
        );

        public Type Contract { get; } = typeof(IPersistentState<>).MakeGenericType(state);

        public object Of(Activation activation)
        {
            var name = about.StorageName ?? "Default";
            var storage =
                activation.ActivationServices.GetKeyedService<IGrainStorage>(name)
                ?? throw new OrleansException($"No grain storage is called '{name}'.");
            return _make(activation.ActivationServices, [about.StateName, activation.GrainId, storage]);
        }
    }
}
