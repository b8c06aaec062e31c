using IotOrleans.Access;
using IotOrleans.Devices;
using IotOrleans.Http;

namespace IotOrleans.Hooks;

/// <summary>How hubs are understood, and the secrets of hubs and devices.</summary>
public static class HubEndpoints
{
    public static void MapHubs(this IEndpointRouteBuilder routes)
    {
        var looks = routes.MapGroup("/hubs").WithTags("Hooks").RequireAuthorization(Policies.Read);
        looks
            .MapGet("/{hub_id}", Look)
            .WithSummary("How a hub is understood, and what of it was not")
            .Produces<HubView>()
            .ProducesProblem(404);
        looks
            .MapPost("/{hub_id}/dry-run", Try)
            .WithSummary("What a message would lead to, with nothing done")
            .Accepts<DryRun>("application/json")
            .Produces<DryRunAnswer>()
            .ProducesProblem(404);
        var writes = routes.MapGroup("").WithTags("Hooks").RequireAuthorization(Policies.Command).Audited(Now);
        writes
            .MapPut("/hubs/{hub_id}", Settle)
            .WithSummary("Says how a registered hub is understood")
            .Accepts<HubBody>("application/json")
            .Produces<HubView>()
            .ProducesProblem(404);
        writes
            .MapPost("/hubs/{hub_id}/secret", ChangeHubSecret)
            .WithSummary("A new secret, shown once; the old one lives on for overlap_seconds")
            .Accepts<SecretBody>("application/json")
            .Produces<NewSecret>()
            .ProducesProblem(404);
        writes
            .MapDelete("/hubs/{hub_id}/secrets/{secret_id}", DropSecret)
            .WithSummary("An old secret is dead at once")
            .Produces(204)
            .ProducesProblem(404);
        writes
            .MapPost("/devices/{device_id}/secret", ChangeDeviceSecret)
            .WithSummary("The same for any device: signs what is pushed to its endpoint, or is a maker's own token")
            .Accepts<SecretBody>("application/json")
            .Produces<NewSecret>()
            .ProducesProblem(404);
    }

    private static async Task<object?> Now(HttpContext context)
    {
        if (!DeviceId.TryParse(context.Named("hub_id") ?? context.Named("device_id"), null, out var id))
            return null;
        var settings = await context.Of<IHubStore>().Find(id, context.RequestAborted);
        var living = await context.Of<IDeviceSecrets>().Living(id, context.Now(), context.RequestAborted);
        // When each was last used changes by itself.
        var secrets = living.Select(secret => secret.Record with { LastUsedAt = null }).ToArray();
        return settings is null && secrets.Length == 0 ? null : HubView.Of(id, settings, secrets, []);
    }

    private static async Task<IResult> Look(
        string hub_id,
        HttpContext context,
        IGrainFactory grains,
        IHubStore hubs,
        IDeviceSecrets secrets,
        TimeProvider clock
    ) =>
        await Find(hub_id, context, grains, only: DeviceType.Hub) is { } hub
            ? TypedResults.Ok(await View(hub, context, hubs, secrets, clock))
            : Problems.NotFound;

    private static async Task<IResult> Settle(
        string hub_id,
        HttpContext context,
        Body bodies,
        IGrainFactory grains,
        IHubStore hubs,
        IDeviceSecrets secrets,
        TimeProvider clock
    )
    {
        var (body, problem) = await bodies.Read<HubBody>(context);
        if (body is null)
            return problem!;
        if (await Find(hub_id, context, grains, only: null) is not { } hub)
            return Problems.NotFound;
        if (hub.Device.Type != DeviceType.Hub)
            return Problems.Validation("hub_id", "is not registered as a hub");
        var settings = body.Of(hub.Device.DeviceId);
        var errors = HubChecks.Of(settings);
        if (errors.Any)
            return Problems.Validation(errors);
        await hubs.Save(settings, clock.GetUtcNow(), context.RequestAborted);
        return TypedResults.Ok(await View(hub, context, hubs, secrets, clock));
    }

    private static Task<IResult> ChangeHubSecret(
        string hub_id,
        HttpContext context,
        Body bodies,
        IGrainFactory grains,
        IDeviceSecrets secrets,
        TimeProvider clock
    ) => ChangeSecret(hub_id, DeviceType.Hub, context, bodies, grains, secrets, clock);

    private static Task<IResult> ChangeDeviceSecret(
        string device_id,
        HttpContext context,
        Body bodies,
        IGrainFactory grains,
        IDeviceSecrets secrets,
        TimeProvider clock
    ) => ChangeSecret(device_id, null, context, bodies, grains, secrets, clock);

    private static async Task<IResult> DropSecret(
        string hub_id,
        string secret_id,
        HttpContext context,
        IDeviceSecrets secrets
    ) =>
        DeviceId.TryParse(hub_id, null, out var id)
        && Names.IsLine(secret_id, 64)
        && await secrets.Drop(id, secret_id, context.RequestAborted)
            ? TypedResults.NoContent()
            : Problems.NotFound;

    private static async Task<IResult> ChangeSecret(
        string name,
        DeviceType? only,
        HttpContext context,
        Body bodies,
        IGrainFactory grains,
        IDeviceSecrets secrets,
        TimeProvider clock
    )
    {
        var (body, problem) = await bodies.Read<SecretBody>(context);
        if (body is null)
            return problem!;
        var errors = new FieldErrors();
        errors.Range(body.OverlapSeconds, 0, SecretBody.OverlapMax, "overlap_seconds");
        errors.Line(body.Secret, "secret", SecretBody.SecretMax);
        errors.Unless(body.Secret is not { Length: < SecretBody.SecretMin }, "secret", "is too short to be one");
        if (errors.Any)
            return Problems.Validation(errors);
        if (await Find(name, context, grains, only) is not { } device)
            return Problems.NotFound;
        var text = body.Secret ?? StandardWebhooks.NewSecret();
        var now = clock.GetUtcNow();
        var overlap = TimeSpan.FromSeconds(body.OverlapSeconds);
        var id = device.Device.DeviceId;
        var made = await secrets.Rotate(id, text, overlap, now, context.RequestAborted);
        // A secret that was given is known to whoever gave it.
        return TypedResults.Ok(new NewSecret(id, made.SecretId, body.Secret is null ? text : null, now, now + overlap));
    }

    private static async Task<IResult> Try(
        string hub_id,
        HttpContext context,
        Body bodies,
        IGrainFactory grains,
        IHubStore hubs,
        HookReader reader
    )
    {
        var (body, problem) = await bodies.Read<DryRun>(context, Events.EventEndpoints.BodyMax);
        if (body is null)
            return problem!;
        if (await Find(hub_id, context, grains, only: DeviceType.Hub) is not { } hub)
            return Problems.NotFound;
        var id = hub.Device.DeviceId;
        var settings = body.Settings?.Of(id) ?? await hubs.Find(id, context.RequestAborted);
        var errors = settings is null ? new() : HubChecks.Of(settings);
        if (errors.Any)
            return Problems.Validation(errors);
        var letter = new HookLetter(id, settings?.Vendor ?? body.Vendor ?? HookVendor.Generic, settings, default);
        using var message = body.Message.Parse();
        var reading = await reader.Read(letter, message.RootElement, context.RequestAborted);
        var events = new List<DryRunEvent>();
        foreach (var fact in reading.Facts.Take(Events.EventEndpoints.BatchMax))
        {
            var caller = new Caller("dry-run", Role.Hub, []);
            events.Add(DryRunEvent.Of(await reader.Place(letter, hub, caller, fact, context.RequestAborted)));
        }
        return TypedResults.Ok(new DryRunAnswer([.. events], reading.Unmapped, reading.Ignored));
    }

    private static async Task<HubView> View(
        DeviceRecord hub,
        HttpContext context,
        IHubStore hubs,
        IDeviceSecrets secrets,
        TimeProvider clock
    )
    {
        var id = hub.Device.DeviceId;
        var settings = await hubs.Find(id, context.RequestAborted);
        var living = await secrets.Living(id, clock.GetUtcNow(), context.RequestAborted);
        var refusals = await hubs.Refusals(id, context.RequestAborted);
        return HubView.Of(id, settings, [.. living.Select(secret => secret.Record)], refusals);
    }

    // Not yours and not there are the same answer.
    private static async Task<DeviceRecord?> Find(
        string text,
        HttpContext context,
        IGrainFactory grains,
        DeviceType? only
    ) =>
        DeviceId.TryParse(text, null, out var id)
        && await grains.Device(id).Look() is { } record
        && context.Caller().MaySee(record.Device.Msisdn)
        && (only is null || record.Device.Type == only)
            ? record
            : null;
}

/// <summary>How a hub is understood, as people say it.</summary>
public sealed record HubBody(
    HookVendor Vendor,
    HookMapping? Mapping = null,
    Dictionary<string, DeviceId>? Devices = null,
    HubReach Reach = HubReach.Subscriber,
    bool RequireSignature = false,
    string? ClientId = null
)
{
    public HubSettings Of(DeviceId hub) => new(hub, Vendor, Mapping, Devices, Reach, RequireSignature, ClientId);
}

/// <summary>A hub, with its living secrets (never their text) and the messages that nothing could be made of.</summary>
public sealed record HubView(
    DeviceId HubId,
    HookVendor? Vendor,
    HookMapping? Mapping,
    Dictionary<string, DeviceId>? Devices,
    HubReach Reach,
    bool RequireSignature,
    string? ClientId,
    SecretRecord[] Secrets,
    HookRefusal[] Refusals
)
{
    public static HubView Of(DeviceId id, HubSettings? of, SecretRecord[] secrets, HookRefusal[] refusals) =>
        new(
            id,
            of?.Vendor,
            of?.Mapping,
            of?.Devices,
            of?.Reach ?? HubReach.Subscriber,
            of?.RequireSignature ?? false,
            of?.ClientId,
            secrets,
            refusals
        );
}

/// <param name="Secret">The maker's own, when it makes them; absent: a new one is made and shown once.</param>
/// <param name="OverlapSeconds">How long those before it are still believed; 0 to a week.</param>
public sealed record SecretBody(string? Secret = null, int OverlapSeconds = 24 * 3600)
{
    public const int OverlapMax = 7 * 24 * 3600;
    public const int SecretMin = 16;
    public const int SecretMax = 4_096;
}

public sealed record NewSecret(
    DeviceId DeviceId,
    string SecretId,
    string? Secret,
    DateTimeOffset CreatedAt,
    DateTimeOffset OldOnesUntil
);
