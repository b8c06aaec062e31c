using System.Collections.Concurrent;
using IotOrleans.Calls;
using IotOrleans.Events;
using IotOrleans.Journal;
using IotOrleans.Tests;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace IotOrleans.Simulation;

/// <summary>
/// Hears what the house says of itself. Trouble that the world makes is expected; any other is a bug of ours.
/// </summary>
internal sealed class HouseLog
{
    private static readonly ConcurrentDictionary<Type, Type> Shapes = new();
    private readonly Dictionary<Type, object> _logs = [];
    private readonly HeardLog _heard = new(LogLevel.Warning);
    private readonly World _world;

    public HouseLog(World world)
    {
        _world = world;
        _heard.Heard += Judge;
    }

    public ILogger<T> For<T>() => (ILogger<T>)For(typeof(ILogger<T>));

    public object For(Type contract)
    {
        if (_logs.TryGetValue(contract, out var known))
            return known;
        var shape = Shapes.GetOrAdd(contract, type => typeof(Logger<>).MakeGenericType(type.GetGenericArguments()));
        return _logs[contract] = Activator.CreateInstance(shape, _heard.All)!;
    }

    public static bool IsOfTheWorld(Exception trouble) =>
        trouble is AggregateException { InnerException: { } inner }
            ? IsOfTheWorld(inner)
            : trouble
                is JournalUnavailableException
                    or StaleOwnerException
                    or SwitchUnreachableException
                    or InconsistentStateException
                    or TimeoutException
                    or OperationCanceledException
                || (trouble is OrleansException and not CallChainDeadlockException);

    private void Judge(HeardLine line)
    {
        var (_, text, trouble) = line;
        _world.Say($"log: {text}{(trouble is null ? "" : $" ({trouble.GetType().Name}: {trouble.Message})")}");
        if (trouble is not null && !IsOfTheWorld(trouble))
            _world.Ledger.Break($"unexpected trouble: {text}: {trouble}");
        else if (text.Contains("could only wait for itself", StringComparison.Ordinal))
            _world.Ledger.Break($"a call that could only wait for itself: {text}");
    }
}
