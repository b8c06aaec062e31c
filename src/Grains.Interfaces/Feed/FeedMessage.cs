using System.Text.Json;
using System.Text.Json.Nodes;
using IotOrleans.Json;
using IotOrleans.Masks;
using IotOrleans.Subscriptions;

namespace IotOrleans.Feed;

/// <summary>One thing that has happened, as it is told to others.</summary>
/// <param name="MessageId">Made of what it is about: told again, it is the same message.</param>
/// <param name="Word">"event." and the event's type, "incident.closed", "cdr.closed", or "masked_call." and its status.
/// </param>
/// <param name="Body">JSON: {type, seq, data}; the data are as the API shows them.</param>
/// <param name="Call">For who reads words and no JSON: the masked call that it tells of.</param>
public sealed record FeedMessage(
    FeedKind Kind,
    long Seq,
    Guid MessageId,
    string Word,
    string Body,
    MaskedCallNotice? Call = null
)
{
    public const string EventPrefix = "event.";
    public const string IncidentClosed = "incident.closed";
    public const string CdrClosed = "cdr.closed";

    private static FeedMessage Of<T>(FeedKind kind, Numbered<T> row, string word, params ReadOnlySpan<string> identity)
    {
        var body = new JsonObject
        {
            ["type"] = word,
            ["seq"] = row.Seq,
            ["data"] = JsonSerializer.SerializeToNode(row.Value, ContractJson.Options),
        };
        return new(kind, row.Seq, NamedId.Of(["feed", .. identity]), word, body.ToJsonString(ContractJson.Options));
    }

    /// <summary>A range of one kind, ready to be told.</summary>
    public static async Task<FeedMessage[]> Read(
        IFeed feed,
        FeedKind kind,
        FeedRange range,
        CancellationToken cancellation
    ) =>
        kind switch
        {
            FeedKind.Event =>
            [
                .. (await feed.Events(range, cancellation)).Select(row =>
                    Of(
                        kind,
                        row,
                        EventPrefix + row.Value.EventType,
                        "event",
                        row.Value.EventId,
                        row.Value.DeviceId.Value
                    )
                ),
            ],
            FeedKind.IncidentClosed =>
            [
                .. (await feed.ClosedIncidents(range, cancellation)).Select(row =>
                    Of(kind, row, IncidentClosed, "incident", row.Value.IncidentId.ToString())
                ),
            ],
            FeedKind.MaskedCall =>
            [
                .. (await feed.MaskedCalls(range, cancellation)).Select(row =>
                    Of(
                        kind,
                        row,
                        SubscriptionWords.Of(row.Value.Status),
                        "masked call",
                        row.Value.CallId.ToString()
                    ) with
                    {
                        Call = row.Value,
                    }
                ),
            ],
            _ =>
            [
                .. (await feed.Cdrs(range, cancellation)).Select(row =>
                    Of(kind, row, CdrClosed, "cdr", row.Value.CallId.ToString())
                ),
            ],
        };
}
