using System.Buffers;
using System.Diagnostics;
using IotOrleans.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace IotOrleans.Events;

/// <summary>What POST /api/v1/events does, for who does not speak HTTP. The way in is the right to tell.</summary>
public sealed class QueuedEventIntake(Body bodies, EventGate gate, TimeProvider clock) : IQueuedEventIntake
{
    public ReadEvent Read(ReadOnlyMemory<byte> body, string? messageId)
    {
        if (body.Length > EventEndpoints.BodyMax)
            return new(null, $"larger than {EventEndpoints.BodyMax} bytes");
        var (read, problem) = bodies.Parse<EventBody>(new ReadOnlySequence<byte>(body));
        if (read is null)
            return new(null, Words(problem));
        var errors = new FieldErrors();
        read.Check(errors);
        if (errors.Any)
            return new(null, Words(errors.ByField));
        if (read.EventId is null && Names.IsLine(messageId, DeviceEvent.EventIdLengthMax))
            read = read with { EventId = messageId };
        return new(read.ToEvent(clock.GetUtcNow(), ActivityTraceId.CreateRandom().ToHexString()), null);
    }

    public async Task<string?> Take(DeviceEvent told)
    {
        var answer = await (
            gate.Report(told) ?? throw new JournalUnavailableException("Too many events are under way.")
        );
        return answer.Refusal switch
        {
            Refusal.None => null,
            Refusal.NotFound => "no such device",
            _ => answer.Detail ?? $"refused: {answer.Refusal}",
        };
    }

    private static string Words(IResult? problem) =>
        problem is ProblemHttpResult { ProblemDetails: HttpValidationProblemDetails validation }
            ? Words(validation.Errors)
            : "no event";

    private static string Words(IEnumerable<KeyValuePair<string, string[]>> errors) =>
        string.Join("; ", errors.Select(error => $"{error.Key} {string.Join(", ", error.Value)}"));
}
