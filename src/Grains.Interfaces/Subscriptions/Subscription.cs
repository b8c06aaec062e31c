using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using IotOrleans.Feed;
using IotOrleans.Masks;
using IotOrleans.Subscribers;

namespace IotOrleans.Subscriptions;

/// <summary>Somebody who wants to hear of what happens, by a message for each.</summary>
/// <param name="Owner">Who made it: a user's name or a key's id.</param>
/// <param name="IsPartner">Then it hears only of numbers that are the partner's at the time.</param>
/// <param name="Url">A web address, a chat or an address of mail: <see cref="NoticeTarget"/>.</param>
/// <param name="EventTypes">Types of device events, or one of the words of <see cref="SubscriptionWords"/>.</param>
/// <param name="Msisdn">Only of this number, of masked calls the shown one; null for all that the owner sees.</param>
public sealed record Subscription(
    Guid SubscriptionId,
    string Owner,
    bool IsPartner,
    string Url,
    string[] EventTypes,
    Msisdn? Msisdn,
    DateTimeOffset CreatedAt
)
{
    public const int EventTypesMax = 50;

    public string Reader => $"subscription {SubscriptionId:D}";

    public bool Wants(FeedKind kind) =>
        kind switch
        {
            FeedKind.IncidentClosed => Names(SubscriptionWords.IncidentClosed),
            FeedKind.Cdr => Names(SubscriptionWords.Cdr),
            FeedKind.MaskedCall => Array.Exists(EventTypes, SubscriptionWords.IsOfMaskedCalls),
            _ => Array.Exists(EventTypes, SubscriptionWords.IsOfEvents),
        };

    /// <summary>Null for every type of event.</summary>
    public string[]? Events =>
        Names(SubscriptionWords.AllEvents) ? null : Array.FindAll(EventTypes, SubscriptionWords.IsOfEvents);

    public bool Wants(MaskedCallStatus status) =>
        Names(SubscriptionWords.MaskedCall)
        || Names(SubscriptionWords.Of(status))
        || (status.IsMissed && Names(SubscriptionWords.MissedCall));

    private bool Names(string word) => Array.IndexOf(EventTypes, word) >= 0;
}

/// <summary>What can be subscribed to beside single types of events.</summary>
public static class SubscriptionWords
{
    public const string AllEvents = "*";
    public const string IncidentClosed = "incident_closed";
    public const string Cdr = "cdr";

    /// <summary>Calls to shown numbers, whatever became of them.</summary>
    public const string MaskedCall = "masked_call";

    /// <summary>Those that somebody was behind and nobody answered.</summary>
    public const string MissedCall = MaskedCall + ".missed";

    private static readonly string[] OfMaskedCalls =
    [
        MaskedCall,
        MissedCall,
        .. Enum.GetValues<MaskedCallStatus>().Select(Of),
    ];

    public static string Of(MaskedCallStatus status) =>
        $"{MaskedCall}.{JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString())}";

    public static bool IsOfMaskedCalls(string word) => Array.IndexOf(OfMaskedCalls, word) >= 0;

    public static bool IsOfEvents(string word) => word is not (IncidentClosed or Cdr) && !IsOfMaskedCalls(word);
}

/// <summary>A subscription and what there is to do for it.</summary>
/// <param name="Numbers">Those it may hear of now; null for all.</param>
/// <param name="Waiting">Posts that are on their way or wait for their next try.</param>
public sealed record ActiveSubscription(Subscription Subscription, Msisdn[]? Numbers, int Waiting);

/// <summary>Section "Subscriptions".</summary>
public sealed class SubscriptionOptions
{
    /// <summary>
    /// Partners may be posted to at private addresses and without TLS. Otherwise a partner could have the house post
    /// to what only the house can reach.
    /// </summary>
    public bool PartnersAnywhere { get; set; }

    /// <summary>How many one owner may have.</summary>
    [Range(1, 10_000)]
    public int PerOwnerMax { get; set; } = 100;
}
