using IotOrleans.Incidents;
using IotOrleans.Subscribers;

namespace IotOrleans.Postings;

/// <summary>The durable postings.</summary>
/// <remarks>All members throw <see cref="Events.JournalUnavailableException"/> without a database.</remarks>
public interface IPostingBook
{
    /// <param name="posting">With Version one above the version that was read; 1 is a new one.</param>
    /// <exception cref="Journal.StaleOwnerException">Somebody else has written it since it was read.</exception>
    Task Save(Posting posting);

    Task<Posting?> Read(Guid id);

    /// <summary>Those whose time has come, the most urgent first.</summary>
    Task<Guid[]> ReadDue(DateTimeOffset now, int limit);

    /// <summary>The incident about which this number was last written to, whatever became of it.</summary>
    Task<IncidentId?> LastAsked(Msisdn number, DateTimeOffset since);
}
