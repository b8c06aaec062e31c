using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;

namespace Orleans.Runtime;

/// <summary>The grain classes of some assemblies, by type name and by interface.</summary>
internal sealed class GrainClasses
{
    private readonly FrozenDictionary<GrainType, GrainClass> _byName;
    private readonly ConcurrentDictionary<Type, GrainClass> _byInterface = new();

    public GrainClasses(IEnumerable<Assembly> assemblies) =>
        _byName = assemblies
            .Distinct()
            .SelectMany(assembly => assembly.GetTypes())
            .Where(GrainClass.Is)
            .Select(type => new GrainClass(type))
            .ToFrozenDictionary(found => found.Name);

    public IReadOnlyCollection<GrainClass> All => _byName.Values;

    /// <exception cref="ArgumentException">There is no such class.</exception>
    public GrainClass Named(GrainType name) =>
        _byName.GetValueOrDefault(name) ?? throw new ArgumentException($"No grain class is called '{name}'.");

    /// <exception cref="ArgumentException">No class, or more than one, implements the interface.</exception>
    public GrainClass Of(Type contract) =>
        // Asked for every reference: a look that finds makes nothing.
        _byInterface.TryGetValue(contract, out var known)
            ? known
            : _byInterface.GetOrAdd(contract, Search);

    private GrainClass Search(Type contract)
    {
        var found = _byName.Values.Where(candidate => contract.IsAssignableFrom(candidate.Type)).ToArray();
        return found.Length == 1
            ? found[0]
            : throw new ArgumentException(
                $"{found.Length} grain classes implement {contract.FullName}; one is needed."
            );
    }
}
