using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Json;
using IotOrleans.Subscribers;

namespace IotOrleans.Postings;

/// <summary>An SMS, or a message of a SIP telephone, that came for one of our numbers, whichever way it came.</summary>
/// <param name="Name">
/// How the one who brought it names it: the same name again is the same message. Null: the same words from the same
/// sender within ten seconds are a repeat.
/// </param>
public readonly record struct IncomingSms(string From, Msisdn To, string Text, string? Name)
{
    private const int BucketSeconds = 10;

    public const int TextMax = 1_600;

    /// <summary>Whether the text can be shown: not empty, bounded, and without control characters.</summary>
    public static bool IsText(string? text) =>
        text is { Length: > 0 and <= TextMax } && !text.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t'));

    /// <returns>NotFound when the number is not ours; AlreadyDone for a message that came before.</returns>
    public async Task<Answer<Posting>> Arrive(IGrainFactory grains, TimeProvider clock)
    {
        if (!await grains.Subscriber(To).TakesSms())
            return Refusal.NotFound;
        var bucket = (clock.GetUtcNow().ToUnixTimeSeconds() / BucketSeconds).ToString(CultureInfo.InvariantCulture);
        var id = NamedId.Of("sms-in", From, To.Digits, Name ?? $"{bucket} {Text}");
        var answer = await grains.Posting(id).Post(new(PostingKind.IncomingSms, To.ToString(), Text, From));
        if (answer.Value is { } posting && posting.Order.Content == Text)
            await Raise(grains, id, clock.GetUtcNow());
        return answer;
    }

    /// <summary>An SMS is an event as well: a rule may act on it.</summary>
    private Task Raise(IGrainFactory grains, Guid id, DateTimeOffset now)
    {
        var line = DeviceId.LineOf(To);
        var payload = new JsonObject
        {
            ["message_id"] = $"{id:D}",
            ["from"] = From,
            ["text"] = Text,
        };
        var told = new DeviceEvent(
            $"sms:{id:D}",
            line,
            EventTypes.IncomingSms,
            now,
            now,
            new(payload.ToJsonString(ContractJson.Options)),
            (Activity.Current?.TraceId ?? ActivityTraceId.CreateRandom()).ToHexString()
        );
        return grains.Device(line).Raise(told);
    }
}
