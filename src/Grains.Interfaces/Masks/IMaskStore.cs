using IotOrleans.Access;
using IotOrleans.Subscribers;

namespace IotOrleans.Masks;

/// <summary>
/// Masks as they are durable. What ends a mask returns when every living process has heard of it.
/// </summary>
/// <remarks>All members throw <see cref="Events.JournalUnavailableException"/> without a database.</remarks>
public interface IMaskStore
{
    /// <summary>
    /// The same store as this customer sees it: only its own masks, pools, sessions and calls are there. Null sees all.
    /// </summary>
    IMaskStore For(CustomerId? customer);

    /// <summary>How many masks are active.</summary>
    Task<long> Count(CancellationToken cancellation);

    /// <summary>Whose the mask is says the shown number: whoever's pool it lies in.</summary>
    /// <returns>Conflict with a detail when a number is taken, rests, or is real and shown at once; UnknownReference
    /// when a customer chose a shown number that is in none of its pools.</returns>
    Task<MaskAnswer<Mask>> Create(MaskDraft draft, CancellationToken cancellation);

    /// <summary>Masks for all of these numbers, or for none of them; those that have one keep it.</summary>
    /// <returns>LimitReached with a detail when the pool has not enough free numbers.</returns>
    Task<MaskAnswer<Mask[]>> Generate(
        string pool,
        Msisdn[] reals,
        DateTimeOffset? expiresAt,
        CancellationToken cancellation
    );

    Task<Mask?> Find(long id, CancellationToken cancellation);

    Task<Page<Mask>> List(MaskFilter filter, PageRequest page, CancellationToken cancellation);

    /// <summary>All that are active, oldest first, as they come from the database.</summary>
    IAsyncEnumerable<Mask> Export(CancellationToken cancellation);

    Task<MaskAnswer<Mask>> Change(long id, MaskChange change, CancellationToken cancellation);

    /// <summary>Ends a mask; its shown number rests for the quarantine.</summary>
    Task<MaskAnswer<Mask>> Release(long id, string reason, CancellationToken cancellation);

    /// <returns>AlreadyDone when there is the very same pool, Conflict when there is another of this name; with a
    /// detail when numbers of it are another's: in his pool, or in use with him.</returns>
    Task<MaskAnswer<PoolDraft>> AddPool(PoolDraft draft, CancellationToken cancellation);

    Task<MaskPool[]> Pools(CancellationToken cancellation);

    Task<MaskAnswer<MaskSession>> Open(SessionDraft draft, CancellationToken cancellation);

    Task<MaskSession?> FindSession(long id, CancellationToken cancellation);

    Task<MaskAnswer<MaskSession>> Close(long id, string reason, CancellationToken cancellation);

    /// <summary>Takes one call from the count. False: there is none left.</summary>
    Task<bool> TakeCall(CallCount count, CancellationToken cancellation);

    /// <summary>How the calls that began today, in UTC, ended.</summary>
    Task<MaskOutcomes> Outcomes(CancellationToken cancellation);

    Task<MaskFigures> Figures(CancellationToken cancellation);

    Task<Page<MaskedCall>> Calls(Msisdn? shown, PageRequest page, CancellationToken cancellation);
}

/// <param name="Active">Only those that have not ended; null for all.</param>
/// <param name="ImportId">Only those that a file made.</param>
/// <param name="ByShownOnly">The number is a shown one, never a real one.</param>
/// <param name="Customer">Only those of this customer; who is one himself sees no others anyway.</param>
public sealed record MaskFilter(
    Msisdn? Number = null,
    string? Pool = null,
    bool? Active = null,
    Guid? ImportId = null,
    bool ByShownOnly = false,
    CustomerId? Customer = null
);

/// <summary>Takes in files of masks.</summary>
public interface IMaskImports
{
    /// <summary>The same as this customer sees it: its own files, and lines of its own shown numbers.</summary>
    IMaskImports For(CustomerId? customer);

    /// <summary>
    /// Reads the file to its end, line by line, and keeps what is right in it. Nothing is masked yet.
    /// </summary>
    /// <returns>Null when another file has this id.</returns>
    /// <param name="pool">Where lines without a shown number get one; null when each line must have one.</param>
    /// <param name="judge">Whether to tell already now which lines could not be applied.</param>
    Task<MaskImport?> Read(Guid id, string by, Stream csv, string? pool, bool judge, CancellationToken cancellation);

    /// <summary>Makes masks of all lines that were kept, or of those that are named: all of them or none.</summary>
    /// <returns>NotFound when there is no such import; Conflict when it has been applied or is being read, or when
    /// its pool has not enough free numbers.</returns>
    Task<MaskAnswer<MaskImport>> Apply(Guid id, long[]? lines, CancellationToken cancellation);

    Task<MaskImport?> Find(Guid id, CancellationToken cancellation);

    Task<RejectedLine[]> Rejects(Guid id, int limit, CancellationToken cancellation);
}

/// <param name="Status">reading, ready, applying, applied, failed.</param>
/// <param name="Accepted">Before it is applied: lines that may be; afterwards: masks that were made.</param>
/// <param name="Unchanged">Lines that say what is so already.</param>
public sealed record MaskImport(
    Guid ImportId,
    string Status,
    string CreatedBy,
    DateTimeOffset CreatedAt,
    long Rows,
    long Accepted,
    long Unchanged,
    long Rejected,
    string? Detail
)
{
    public const int RowsMax = 1_000_000;

    /// <summary>Rejected lines that are kept with their reasons; beyond that they are counted.</summary>
    public const int RejectsMax = 10_000;
}

/// <param name="Line">Counted from 1, the heading included.</param>
public sealed record RejectedLine(long Line, string Reason, string? Text);
