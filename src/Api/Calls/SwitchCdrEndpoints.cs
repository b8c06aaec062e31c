using System.Globalization;
using System.Text.Json;
using IotOrleans.Access;
using IotOrleans.Http;

namespace IotOrleans.Calls;

/// <summary>Where FreeSWITCH posts its own call records: mod_json_cdr, values encoded or not.</summary>
public static class SwitchCdrEndpoints
{
    /// <summary>A record holds every variable of its channel, SDP included.</summary>
    private const int BodyMax = 256 * 1024;

    private const int DepthMax = 16;

    public static void MapSwitchCdrs(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/switch/cdrs", Post)
            .WithTags("Calls")
            .WithSummary("A call record of a switch's own, as mod_json_cdr of FreeSWITCH sends it")
            .RequireAuthorization(Policies.Gateway)
            .Accepts<JsonElement>("application/json")
            .Produces<SwitchCdrAnswer>()
            .ProducesProblem(422);

    /// <summary>A call that has not ended for us is looked at now: its leg asks the switch, and finds this.</summary>
    private static async Task<IResult> Post(HttpContext context, ISwitchCdrs cdrs, IGrainFactory grains)
    {
        var (bytes, problem) = await Body.ReadBytes(context, BodyMax);
        if (problem is not null)
            return problem;
        var errors = new FieldErrors();
        if (Read(bytes, errors) is not { } record)
            return Problems.Validation(errors);
        var isWanted = await cdrs.Keep(record, context.RequestAborted);
        if (isWanted)
            await grains.CallLeg(record.CallId).Wake();
        return TypedResults.Ok(new SwitchCdrAnswer(record.CallId, isWanted));
    }

    private static SwitchCdr? Read(byte[] bytes, FieldErrors errors)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = DepthMax });
            return Read(document.RootElement, errors);
        }
        catch (JsonException)
        {
            errors.Add("$", "is not JSON");
            return null;
        }
    }

    private static SwitchCdr? Read(JsonElement body, FieldErrors errors)
    {
        var variables = Member(body, "variables");
        errors.Unless(CallId.TryParse(Text(variables, "uuid"), null, out var call), "variables.uuid", "is not a UUID");
        var cause = Text(variables, "hangup_cause") ?? "";
        errors.Unless(IsCause(cause), "variables.hangup_cause", "is not a cause");
        var started = Time(variables, "start_uepoch");
        errors.Unless(started is not null, "variables.start_uepoch", "is not a time in microseconds");
        var ended = Time(variables, "end_uepoch");
        errors.Unless(ended is not null, "variables.end_uepoch", "is not a time in microseconds");
        var name = Text(body, "switchname") ?? "";
        errors.Unless(Names.IsLine(name, 64) || name.Length == 0, "switchname", "is no name");
        return errors.Any
            ? null
            : new(call, name, cause, started!.Value, Time(variables, "answer_uepoch"), ended!.Value);
    }

    private static bool IsCause(string text) =>
        text.Length is > 0 and <= 64 && text.All(letter => letter is (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '_');

    // Zero is the switch's word for "never".
    private static DateTimeOffset? Time(JsonElement variables, string name) =>
        long.TryParse(Text(variables, name), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
        && microseconds is > 0 and < 253_402_300_799_000_000
            ? DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds)
            : null;

    private static JsonElement Member(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var member) ? member : default;

    private static string? Text(JsonElement json, string name) =>
        Member(json, name) is { ValueKind: JsonValueKind.String } text
            ? Uri.UnescapeDataString(text.GetString()!)
            : null;

    /// <param name="Wanted">The call had not ended for us.</param>
    public sealed record SwitchCdrAnswer(CallId CallId, bool Wanted);
}
