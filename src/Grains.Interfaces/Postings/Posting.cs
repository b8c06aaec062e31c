using IotOrleans.Incidents;

namespace IotOrleans.Postings;

[GenerateSerializer, Alias("iot.posting-kind")]
public enum PostingKind
{
    /// <summary>An SMS to a telephone.</summary>
    Sms,

    /// <summary>An SMS that came for a subscriber, on its way to the speakers of the home.</summary>
    IncomingSms,

    /// <summary>A signed post to a web address (Standard Webhooks).</summary>
    Webhook,

    /// <summary>A message of our Telegram bot to a chat.</summary>
    Telegram,

    /// <summary>A mail.</summary>
    Mail,
}

[GenerateSerializer, Alias("iot.posting-status")]
public enum PostingStatus
{
    /// <summary>It waits for its first try, or for the next one.</summary>
    Queued,

    /// <summary>It is being handed over just now.</summary>
    Sending,

    /// <summary>The other side has taken it.</summary>
    Sent,

    /// <summary>The other side says that it has arrived.</summary>
    Delivered,

    /// <summary>It was refused, or the last try has failed. It can be tried again by hand.</summary>
    Failed,

    /// <summary>It may have been taken or not, and to send it twice would be worse than not to know.</summary>
    Unknown,

    /// <summary>Somebody at home has read it.</summary>
    Read,
}

/// <summary>
/// Something to be told to the world outside. The id is made of its cause: the same order again is the same.
/// </summary>
/// <param name="Target">A telephone number, a web address, a chat, or an address of mail.</param>
/// <param name="From">For SMS: who sends it; null for the gateway's own number.</param>
/// <param name="LifeSafety">Sent again when nobody knows whether it was taken: better twice than not at all.</param>
/// <param name="SubscriptionId">Who wants it, for a day; a webhook is signed with the secret of this.</param>
[GenerateSerializer, Immutable, Alias("iot.posting-order")]
public sealed record PostingOrder(
    PostingKind Kind,
    string Target,
    string Content,
    string? From = null,
    IncidentId? IncidentId = null,
    bool LifeSafety = false,
    Guid? SubscriptionId = null
);

/// <summary>A posting, from its order to what came of it.</summary>
/// <param name="Attempts">How often it was handed over, or tried to be; pauses that were asked for aside.</param>
/// <param name="Detail">Why it is as it is, in words for people.</param>
[GenerateSerializer, Immutable, Alias("iot.posting")]
public sealed record Posting(
    Guid PostingId,
    PostingOrder Order,
    PostingStatus Status,
    int Attempts,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    string? Detail,
    int Version,
    DateTimeOffset? DueAt
);

/// <summary>What became of a posting, told to the incident that ordered it. It says all there is.</summary>
[GenerateSerializer, Immutable, Alias("iot.posting-report")]
public sealed record PostingReport(Guid PostingId, PostingStatus Status, DateTimeOffset At, string? Detail);
