using Microsoft.Extensions.Logging;

namespace Orleans.Utilities;

/// <summary>The observers of a grain; one that does not say in time that it still listens is forgotten.</summary>
public class ObserverManager<TObserver>(TimeSpan expiration, ILogger log)
    : ObserverManager<TObserver, TObserver>(expiration, log)
    where TObserver : notnull;

/// <summary>Observers under names of their own.</summary>
public partial class ObserverManager<TIdentity, TObserver>(TimeSpan expiration, ILogger log)
    where TIdentity : notnull
{
    private readonly Dictionary<TIdentity, (TObserver Observer, DateTime SeenAt)> _observers = [];

    /// <summary>The clock; tests put their own here.</summary>
    public Func<DateTime> GetDateTime { get; set; } = () => TimeProvider.System.GetUtcNow().UtcDateTime;

    public TimeSpan ExpirationDuration { get; set; } = expiration;

    public int Count => _observers.Count;

    public void Subscribe(TIdentity id, TObserver observer) => _observers[id] = (observer, GetDateTime());

    public void Unsubscribe(TIdentity id) => _observers.Remove(id);

    public void Clear() => _observers.Clear();

    public void ClearExpired()
    {
        var now = GetDateTime();
        foreach (var (id, (_, seenAt)) in _observers)
        {
            if (seenAt + ExpirationDuration < now)
                _observers.Remove(id);
        }
    }

    /// <summary>Tells every observer; one that cannot be told is forgotten.</summary>
    public async Task Notify(Func<TObserver, Task> notification, Func<TObserver, bool>? predicate = null)
    {
        ClearExpired();
        foreach (var (id, (observer, _)) in _observers.ToArray())
        {
            if (predicate is not null && !predicate(observer))
                continue;
            try
            {
                await notification(observer);
            }
#pragma warning disable CA1031 // Whatever is wrong with an observer, the others are told.
            catch (Exception trouble)
#pragma warning restore CA1031
            {
                LogForgotten(log, trouble, id);
                _observers.Remove(id);
            }
        }
    }

    [LoggerMessage(LogLevel.Debug, "Observer {Id} could not be told and is forgotten")]
    private static partial void LogForgotten(ILogger log, Exception trouble, TIdentity id);
}
