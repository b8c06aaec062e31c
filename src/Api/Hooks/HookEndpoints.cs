using System.Text.Json;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Http;
using IotOrleans.Incidents;

namespace IotOrleans.Hooks;

/// <summary>Messages of other makers' hubs, on the very path of an event of our own.</summary>
public static class HookEndpoints
{
    public static void MapHooks(this IEndpointRouteBuilder routes) =>
        routes
            .MapGroup("/hooks")
            .WithTags("Hooks")
            // Judged here: a signature is over the body, which no policy sees.
            .AllowAnonymous()
            .MapPost("/{vendor}/{hub_id}", Receive)
            .WithSummary(
                "A message of homeassistant, tuya, zigbee2mqtt, matter or generic; signed, or with the hub's key"
            )
            .Accepts<JsonElement>("application/json")
            .Produces<HookAnswer>(202)
            .ProducesProblem(401)
            .ProducesProblem(403)
            .ProducesProblem(404)
            .ProducesProblem(413)
            .ProducesProblem(422)
            .ProducesProblem(429)
            .ProducesProblem(503);

    private static async Task<IResult> Receive(
        string vendor,
        string hub_id,
        HttpContext context,
        HookDesk desk,
        HookAccess access,
        IHubStore hubs,
        IGrainFactory grains
    )
    {
        var (bytes, problem) = await Body.ReadBytes(context, EventEndpoints.BodyMax);
        if (problem is not null)
            return problem;
        var kind = HookVendors.Find(vendor);
        if (!DeviceId.TryParse(hub_id, null, out var id))
            return await desk.Unauthenticated(context, kind, vendor, "this is no name of a hub");
        var settings = await hubs.Find(id, context.RequestAborted);
        var letter = new HookLetter(id, kind, settings, bytes);
        var entry = await access.Judge(context, letter);
        if (entry.Caller is not { } caller)
            return await desk.Unauthenticated(context, kind, hub_id, entry.Refusal!);
        if (kind is null)
            return Problems.Of(Refusal.NotFound, $"There are no hooks for '{vendor}'.");
        if (await grains.Device(id).Look() is not { Device.Type: DeviceType.Hub } hub)
            return Problems.Of(Refusal.NotFound, "No hub of this name is registered.");
        if (settings is not null && settings.Vendor != kind)
            return await desk.NotUnderstood(letter, "the hub is of another vendor", context.RequestAborted);
        return await WorkOnce(
            () => desk.Work(context, letter, hub, entry with { Caller = caller }),
            hubs,
            id,
            entry.Nonce
        );
    }

    /// <summary>What could not be kept may be sent again as it is.</summary>
    private static async Task<IResult> WorkOnce(Func<Task<IResult>> work, IHubStore hubs, DeviceId hub, byte[]? nonce)
    {
        try
        {
            var answer = await work();
            if (nonce is not null && answer is IStatusCodeHttpResult { StatusCode: 429 or >= 500 })
                await hubs.GiveBack(hub, nonce, CancellationToken.None);
            return answer;
        }
        catch (Exception trouble)
            when (nonce is not null
                && trouble is JournalUnavailableException or TimeoutException or OperationCanceledException
            )
        {
            await hubs.GiveBack(hub, nonce, CancellationToken.None);
            throw;
        }
    }

    /// <param name="Status">"accepted", "duplicate", or "ignored" for what is no event, such as telemetry.</param>
    /// <param name="Reason">"unchanged" when the device said the same before; else why it was ignored.</param>
    public sealed record HookAnswer(
        string? EventId,
        string Status,
        IncidentId[] Incidents,
        bool? Derived = null,
        string? Reason = null,
        DeviceId? DeviceId = null,
        string? EventType = null
    );

    public sealed record HookAnswers(HookAnswer[] Events);
}
