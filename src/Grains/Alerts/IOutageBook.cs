namespace IotOrleans.Alerts;

/// <summary>Which parts are away, as the whole house knows it: of many who see it one tells.</summary>
/// <remarks>All members throw <see cref="Events.JournalUnavailableException"/> without a database.</remarks>
public interface IOutageBook
{
    /// <summary>True for the first who says so.</summary>
    Task<bool> Begin(Outage outage);

    /// <summary>True for the first who says that it is over.</summary>
    Task<bool> End(string part);

    /// <summary>Those that were begun and not ended, also by a run before this one.</summary>
    Task<Outage[]> Open();

    /// <summary>Running incidents of which a call waits because no switch takes it.</summary>
    Task<long> HeldIncidents();
}

public sealed record Outage(string Part, DateTimeOffset Since, string? Detail);
