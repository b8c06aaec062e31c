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
    private readonly (Type State, PersistentStateAttribute About)[] _states;

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
                .Select(parameter => (parameter.ParameterType.GetGenericArguments()[0], parameter.About)),
        ];
        _make = ActivatorUtilities.CreateFactory(
            type,
            [.. _states.Select(state => typeof(IPersistentState<>).MakeGenericType(state.State))]
        );
        Name = new(type.GetCustomAttribute<GrainTypeAttribute>()?.GrainType ?? DefaultName(type));
    }

    public Type Type { get; }

    public GrainType Name { get; }

    public bool IsReentrant { get; }

    public static bool Is(Type type) =>
        type is { IsClass: true, IsAbstract: false }
        && typeof(IGrainBase).IsAssignableFrom(type)
        && typeof(IGrain).IsAssignableFrom(type);

    public (object Grain, ILoadedAtActivation[] States) Build(Activation activation)
    {
        var states = new object[_states.Length];
        for (var index = 0; index < states.Length; index++)
            states[index] = StateOf(activation, index);
        var grain = _make(activation.ActivationServices, states);
        return (grain, Array.ConvertAll(states, state => (ILoadedAtActivation)state));
    }

    private object StateOf(Activation activation, int index)
    {
        var (type, about) = _states[index];
        var storage =
            activation.ActivationServices.GetKeyedService<IGrainStorage>(about.StorageName ?? "Default")
            ?? throw new OrleansException($"No grain storage is called '{about.StorageName ?? "Default"}'.");
        return Activator.CreateInstance(
            typeof(PersistentState<>).MakeGenericType(type),
            about.StateName,
            activation.GrainId,
            storage
        )!;
    }

    private static string DefaultName(Type type)
    {
        var name = type.Name.EndsWith(Suffix, StringComparison.Ordinal) ? type.Name[..^Suffix.Length] : type.Name;
        return name.ToLowerInvariant();
    }
}
