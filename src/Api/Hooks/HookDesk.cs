using System.Text;
using System.Text.Json;
using IotOrleans.Access;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Http;
using static IotOrleans.Hooks.HookEndpoints;

namespace IotOrleans.Hooks;

/// <summary>Works on a message that was let in, and writes down what leads to nothing.</summary>
public sealed class HookDesk(
    HookReader reader,
    IHubStore hubs,
    EventGate gate,
    RateLimits limits,
    Auditor audit,
    HookFigures figures,
    HookLiving living,
    TimeProvider clock
)
{
    private const int ReasonMax = 300;

    public async Task<IResult> Work(HttpContext context, HookLetter letter, DeviceRecord hub, HookEntry entry)
    {
        if (!TryParse(letter.Body, out var document))
            return Problems.Validation("$", "is not valid JSON");
        using (document)
        {
            var reading = await reader.Read(letter, document!.RootElement, context.RequestAborted);
            await living.Hear(letter, hub, entry.Caller!, reading, context.RequestAborted);
            if (reading.Facts.Length == 0)
                return reading.Unmapped is { } why
                    ? await NotUnderstood(letter, why, context.RequestAborted)
                    : Passed(letter, reading.Ignored!);
            if (reading.Facts.Length > EventEndpoints.BatchMax)
                return Problems.Validation("$", $"may tell {EventEndpoints.BatchMax} facts");
            return await Tell(context, letter, hub, entry, reading.Facts);
        }
    }

    public async Task<IResult> Unauthenticated(HttpContext context, HookVendor? vendor, string hub, string why)
    {
        figures.Count(vendor, "unauthenticated");
        figures.LogRefused(hub, why);
        // A flood of strangers is counted; the audit log keeps what a person could read.
        if (limits.AllowsNote($"{context.Connection.RemoteIpAddress}"))
            await audit.Note(context, "hook", hub, "refused 401", why);
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.Make(
            401,
            "unauthenticated",
            "Who are you?",
            "A signature or the hub's own key is needed, and each signed message counts once."
        );
    }

    /// <summary>Refused, counted, and kept where whoever sets up the hub sees it.</summary>
    public async Task<IResult> NotUnderstood(HookLetter letter, string why, CancellationToken cancellation)
    {
        // It repeats what a stranger may have written.
        why = Plain(why);
        figures.Count(letter.Vendor, "unmapped");
        figures.LogRefused(letter.Hub.Value, why);
        var text = Encoding.UTF8.GetString(letter.Body.Span).Replace("\0", "", StringComparison.Ordinal);
        if (text.Length > HookRefusal.MessageMax)
            text = text[..HookRefusal.MessageMax];
        await hubs.Refuse(letter.Hub, new(clock.GetUtcNow(), why, text), cancellation);
        return Problems.Make(422, "unmapped", "The message is not mapped to an event", why);
    }

    private IResult Passed(HookLetter letter, string why)
    {
        figures.Count(letter.Vendor, "ignored");
        return TypedResults.Json(new HookAnswer(null, "ignored", [], Reason: why), statusCode: 202);
    }

    private async Task<IResult> Tell(
        HttpContext context,
        HookLetter letter,
        DeviceRecord hub,
        HookEntry entry,
        VendorFact[] facts
    )
    {
        var answers = new List<HookAnswer>(facts.Length);
        IResult? trouble = null;
        foreach (var (index, fact) in facts.Index())
        {
            // A name of the message names each of its facts.
            var named =
                fact.EventId is null && fact.Active is null && entry.MessageId is { } message
                    ? fact with
                    {
                        EventId = VendorFact.IdOf("wh", message, $"{index}"),
                    }
                    : fact;
            var placed = await reader.Place(letter, hub, entry.Caller!, named, context.RequestAborted);
            var told = await Tell(context, letter, entry.Caller!, placed);
            if (told is IValueHttpResult<HookAnswer> { Value: { } answer })
                answers.Add(answer);
            else
                trouble ??= told;
        }
        // One that could not be taken speaks for the whole: it is sent again, and those that were taken are duplicates.
        if (trouble is not null)
            return trouble;
        return answers is [var only]
            ? TypedResults.Accepted((string?)null, only)
            : TypedResults.Accepted((string?)null, new HookAnswers([.. answers]));
    }

    private async Task<IResult> Tell(HttpContext context, HookLetter letter, Caller caller, HookEvent placed)
    {
        switch (placed.Refusal)
        {
            case HookRefused.Unknown or HookRefused.Foreign:
                await NotUnderstood(letter, placed.Why!, context.RequestAborted);
                return Problems.Of(
                    placed.Refusal == HookRefused.Unknown ? Refusal.NotFound : Refusal.NotAllowed,
                    Plain(placed.Why!)
                );
            case HookRefused.Unmapped:
                return await NotUnderstood(letter, placed.Why!, context.RequestAborted);
        }
        var body = placed.Event!;
        living.Hear(body.DeviceId, letter.Hub);
        if (placed.Unchanged)
        {
            figures.Count(letter.Vendor, "unchanged");
            return Accepted(new(null, "duplicate", [], null, "unchanged", body.DeviceId, body.EventType));
        }
        var errors = new FieldErrors();
        body.Check(errors);
        if (errors.Any)
            return Problems.Validation(errors);
        var answer = await EventEndpoints.Tell(body, caller, context, gate, limits, clock);
        if (answer is not IValueHttpResult<EventEndpoints.EventAnswer> { Value: { } taken })
            return answer;
        var status = taken.Status == EventStatus.Accepted ? "accepted" : "duplicate";
        figures.Count(letter.Vendor, status);
        return Accepted(
            new(taken.EventId, status, taken.Incidents, taken.Derived, null, body.DeviceId, body.EventType)
        );
    }

    private static string Plain(string why) =>
        string.Concat(why.Take(ReasonMax).Select(sign => char.IsControl(sign) || char.IsSurrogate(sign) ? ' ' : sign));

    private static IResult Accepted(HookAnswer answer) => TypedResults.Accepted((string?)null, answer);

    private static bool TryParse(ReadOnlyMemory<byte> bytes, out JsonDocument? document)
    {
        try
        {
            document = JsonDocument.Parse(
                bytes,
                new() { MaxDepth = Json.ContractJson.DepthMax, AllowDuplicateProperties = false }
            );
            return true;
        }
        catch (JsonException)
        {
            document = null;
            return false;
        }
    }
}
