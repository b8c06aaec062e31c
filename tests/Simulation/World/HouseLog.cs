using System.Collections.Concurrent;
using IotOrleans.Calls;
using IotOrleans.Events;
using IotOrleans.Journal;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace IotOrleans.Simulation;

/// <summary>
/// Hears what the house says of itself. Trouble that the world makes is expected; any other is a bug of ours.
/// </summary>
internal sealed class HouseLog(World world)
{
    private static readonly ConcurrentDictionary<Type, Type> Shapes = new();
    private readonly Dictionary<Type, object> _logs = [];

    public ILogger<T> For<T>() => (ILogger<T>)For(typeof(ILogger<T>));

    public object For(Type contract)
    {
        if (_logs.TryGetValue(contract, out var known))
            return known;
        var shape = Shapes.GetOrAdd(contract, type => typeof(Listener<>).MakeGenericType(type.GetGenericArguments()));
        return _logs[contract] = Activator.CreateInstance(shape, world)!;
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

    private sealed class Listener<T>(World world) : ILogger<T>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (logLevel < LogLevel.Warning)
                return;
            var text = formatter(state, exception);
            world.Say($"log: {text}{(exception is null ? "" : $" ({exception.GetType().Name}: {exception.Message})")}");
            if (exception is not null && !IsOfTheWorld(exception))
                world.Ledger.Break($"unexpected trouble: {text}: {exception}");
            else if (text.Contains("could only wait for itself", StringComparison.Ordinal))
                world.Ledger.Break($"a call that could only wait for itself: {text}");
        }
    }
}
