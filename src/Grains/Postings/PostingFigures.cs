using System.Diagnostics.Metrics;

namespace IotOrleans.Postings;

internal sealed class PostingFigures
{
    private readonly Counter<long> _ordered;
    private readonly Counter<long> _tried;

    public PostingFigures(IMeterFactory meters)
    {
        var meter = meters.Create("IotOrleans");
        _ordered = meter.CreateCounter<long>(
            "iot_postings",
            description: "Messages to the world outside ordered, by kind."
        );
        _tried = meter.CreateCounter<long>("iot_posting_tries", description: "Hand-overs by kind and outcome.");
    }

    public void Ordered(PostingKind kind) => _ordered.Add(1, new KeyValuePair<string, object?>("kind", Word(kind)));

    public void Tried(PostingKind kind, bool taken) =>
        _tried.Add(
            1,
            new KeyValuePair<string, object?>("kind", Word(kind)),
            new KeyValuePair<string, object?>("outcome", taken ? "taken" : "not_taken")
        );

    private static string Word(PostingKind kind) =>
        kind switch
        {
            PostingKind.Sms => "sms",
            PostingKind.IncomingSms => "incoming_sms",
            PostingKind.Telegram => "telegram",
            PostingKind.Mail => "mail",
            _ => "webhook",
        };
}
