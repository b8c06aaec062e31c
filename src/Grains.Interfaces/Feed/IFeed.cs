using IotOrleans.Calls;
using IotOrleans.Events;
using IotOrleans.Incidents;
using IotOrleans.Masks;
using IotOrleans.Subscribers;

namespace IotOrleans.Feed;

/// <summary>What has happened, for readers that go on where they stopped: each kind is numbered for itself.</summary>
public enum FeedKind
{
    /// <summary>An event was accepted.</summary>
    Event,

    /// <summary>An incident was closed. What comes of its messages later is shown, but tells nothing anew.</summary>
    IncidentClosed,

    /// <summary>A call was over.</summary>
    Cdr,

    /// <summary>A call to a shown number was over; numbered as the CDR that it is.</summary>
    MaskedCall,
}

/// <summary>
/// Reads what has happened, without a gap and without a repeat. Numbers are given before a commit, so that a lower one
/// may become visible after a higher one: nobody reads beyond <see cref="Settled"/>.
/// </summary>
/// <remarks>All members throw <see cref="JournalUnavailableException"/> without a database.</remarks>
public interface IFeed
{
    /// <summary>The number up to which nothing can appear any more.</summary>
    Task<long> Settled(FeedKind kind, CancellationToken cancellation);

    /// <summary>The events of a range, in the order of their numbers.</summary>
    Task<Numbered<EventLog>[]> Events(FeedRange range, CancellationToken cancellation);

    Task<Numbered<IncidentRecord>[]> ClosedIncidents(FeedRange range, CancellationToken cancellation);

    Task<Numbered<CallDetailRecord>[]> Cdrs(FeedRange range, CancellationToken cancellation);

    /// <summary>Calls to shown numbers. The numbers of the range are shown ones here.</summary>
    Task<Numbered<MaskedCallNotice>[]> MaskedCalls(FeedRange range, CancellationToken cancellation);

    /// <summary>How far this reader has come; one that is new begins at what is settled now.</summary>
    Task<long> Position(string reader, FeedKind kind, CancellationToken cancellation);

    /// <summary>The reader is done with everything up to this number.</summary>
    Task Advance(string reader, FeedKind kind, long after, CancellationToken cancellation);

    /// <summary>No position is kept for this reader any more.</summary>
    Task Forget(string reader, CancellationToken cancellation);
}

public readonly record struct Numbered<T>(long Seq, T Value);

/// <param name="After">The number before the first.</param>
/// <param name="Through">The last number; no higher than what is settled.</param>
/// <param name="From">When it happened: an event came in, an incident was closed, a call ended.</param>
/// <param name="Numbers">Only what concerns one of these; null for all.</param>
/// <param name="EventTypes">Events only: these; null for all.</param>
public sealed record FeedRange(
    long After,
    long Through,
    int Limit,
    DateTimeOffset? From = null,
    DateTimeOffset? To = null,
    Msisdn[]? Numbers = null,
    string[]? EventTypes = null
);
