using IotOrleans.Access;
using IotOrleans.Http;

namespace IotOrleans.Devices;

/// <summary>The registry of devices.</summary>
public static class DeviceEndpoints
{
    public static void MapDevices(this IEndpointRouteBuilder routes)
    {
        var looks = routes.MapGroup("/devices").WithTags("Devices").RequireAuthorization(Policies.Read);
        looks.MapGet("", List).WithSummary("Devices by type, number, room or vendor").Produces<Listing<DeviceView>>();
        looks.MapGet("/{device_id}", Look).WithSummary("One device").Produces<DeviceView>().ProducesProblem(404);
        looks
            .MapGet("/{device_id}/state", LookState)
            .WithSummary("What the device's grain holds now")
            .Produces<DeviceState>()
            .ProducesProblem(404);
        var writes = routes
            .MapGroup("/devices")
            .WithTags("Devices")
            .RequireAuthorization(Policies.Command)
            .Audited(Now);
        writes
            .MapPost("", Register)
            .WithSummary("Registers a device; its key is shown once")
            .Accepts<DeviceRegistration>("application/json")
            .Produces<RegisteredDevice>(201)
            .ProducesProblem(409);
        writes
            .MapPatch("/{device_id}", Change)
            .WithSummary("Changes members; null clears one")
            .Accepts<DeviceRegistration>("application/json")
            .Produces<DeviceView>()
            .ProducesProblem(404);
        writes.MapDelete("/{device_id}", Remove).WithSummary("Forgets the device; what it told stays").Produces(204);
        writes
            .MapPost("/{device_id}/api-key", ChangeKey)
            .WithSummary("A new key; the old one is believed for overlap_seconds, or dead at once")
            .Accepts<KeyBody>(true, "application/json")
            .Produces<NewDeviceKey>();
        writes
            .MapDelete("/{device_id}/api-key/old", DropOldKey)
            .WithSummary("The old key is dead at once")
            .Produces(204);
        looks
            .MapGet("/{device_id}/api-keys", Keys)
            .WithSummary("The keys that are believed, and when each was last used")
            .Produces<DeviceKeysView>()
            .ProducesProblem(404);
    }

    // Of keys no more can be told than when they end.
    private static async Task<object?> Now(HttpContext context)
    {
        if (!DeviceId.TryParse(context.Named("device_id"), null, out var id))
            return null;
        if (await context.Of<IGrainFactory>().Device(id).Look() is not { } record)
            return null;
        if (!context.Request.Path.Value!.Contains("/api-key", StringComparison.Ordinal))
            return DeviceView.Of(record);
        var keys = await context.Of<IAccessStore>().KeysOf(id, context.Now(), context.RequestAborted);
        return new { Keys = keys.Select(key => new { key.Current, key.ValidUntil }) };
    }

    private static Task<IResult> List(HttpContext context, IDeviceLists lists) =>
        context.List(
            "devices",
            async (query, page) =>
            {
                var filter = new DeviceFilter(
                    query.Word<DeviceType>("type"),
                    query.Number("msisdn"),
                    query.Text("room"),
                    query.Text("vendor"),
                    query.Subscribers
                );
                var found = await lists.List(filter, page, context.RequestAborted);
                return new Page<DeviceView>([.. found.Items.Select(DeviceView.Of)], found.Next);
            }
        );

    private static async Task<IResult> Look(string device_id, HttpContext context, IGrainFactory grains) =>
        await Visible(device_id, context, grains) is { } record
            ? TypedResults.Ok(DeviceView.Of(record))
            : Problems.NotFound;

    private static async Task<IResult> LookState(string device_id, HttpContext context, IGrainFactory grains) =>
        await Visible(device_id, context, grains) is { } record
        && await grains.Device(record.Device.DeviceId).LookState() is { } state
            ? TypedResults.Ok(state)
            : Problems.NotFound;

    private static async Task<IResult> Register(HttpContext context, Body bodies, IGrainFactory grains)
    {
        var (body, problem) = await bodies.Read<DeviceRegistration>(context);
        if (body is null)
            return problem!;
        if (DeviceChecks.Problem(body) is { } wrong)
            return wrong;
        var (key, hash) = KeyRing.Make();
        var answer = await grains.Device(body.DeviceId).Register(body, hash);
        return answer.Refusal switch
        {
            Refusal.None => TypedResults.Created(
                $"/api/v1/devices/{body.DeviceId}",
                RegisteredDevice.Of(answer.Value!, key)
            ),
            Refusal.AlreadyDone => TypedResults.Ok(RegisteredDevice.Of(answer.Value!, null)),
            var refusal => Problems.Of(refusal, answer.Detail),
        };
    }

    private static async Task<IResult> Change(string device_id, HttpContext context, Body bodies, IGrainFactory grains)
    {
        if (!DeviceId.TryParse(device_id, null, out var id) || await grains.Device(id).Look() is not { } record)
            return Problems.NotFound;
        var (change, problem) = await DeviceChange.Read(record.Device, context, bodies);
        if (change is null)
            return problem!;
        if (change.DeviceId != id)
            return Problems.Validation("device_id", "cannot be changed");
        if (DeviceChecks.Problem(change) is { } wrong)
            return wrong;
        var answer = await grains.Device(id).Change(change);
        return answer.Refusal == Refusal.None
            ? TypedResults.Ok(DeviceView.Of(answer.Value!))
            : Problems.Of(answer.Refusal, answer.Detail);
    }

    private static async Task<IResult> Remove(string device_id, IGrainFactory grains, KeyRing keys)
    {
        if (!DeviceId.TryParse(device_id, null, out var id))
            return Problems.NotFound;
        var refusal = await grains.Device(id).Remove();
        keys.Clear();
        return refusal == Refusal.None ? TypedResults.NoContent() : Problems.Of(refusal);
    }

    private static async Task<IResult> ChangeKey(
        string device_id,
        HttpContext context,
        Body bodies,
        IGrainFactory grains,
        KeyRing keys
    )
    {
        if (!DeviceId.TryParse(device_id, null, out var id))
            return Problems.NotFound;
        var overlap = 0;
        if (context.Request.ContentLength is > 0)
        {
            var (body, problem) = await bodies.Read<KeyBody>(context);
            if (body is null)
                return problem!;
            var errors = new FieldErrors();
            errors.Range(body.OverlapSeconds, 0, KeyBody.OverlapMax, "overlap_seconds");
            if (errors.Any)
                return Problems.Validation(errors);
            overlap = body.OverlapSeconds;
        }
        var (key, hash) = KeyRing.Make();
        var device = grains.Device(id);
        var refusal =
            overlap == 0 ? await device.ChangeKey(hash) : await device.RotateKey(hash, TimeSpan.FromSeconds(overlap));
        keys.Clear();
        return refusal == Refusal.None ? TypedResults.Ok(new NewDeviceKey(id, key)) : Problems.Of(refusal);
    }

    private static async Task<IResult> DropOldKey(string device_id, IGrainFactory grains, KeyRing keys)
    {
        if (!DeviceId.TryParse(device_id, null, out var id))
            return Problems.NotFound;
        var refusal = await grains.Device(id).DropOldKey();
        keys.Clear();
        return refusal == Refusal.None ? TypedResults.NoContent() : Problems.Of(refusal);
    }

    private static async Task<IResult> Keys(
        string device_id,
        HttpContext context,
        IGrainFactory grains,
        IAccessStore store,
        KeyRing keys,
        TimeProvider clock
    )
    {
        if (await Visible(device_id, context, grains) is not { } record)
            return Problems.NotFound;
        await keys.NoteUses(context.RequestAborted);
        var known = await store.KeysOf(record.Device.DeviceId, clock.GetUtcNow(), context.RequestAborted);
        return TypedResults.Ok(DeviceKeysView.Of(known));
    }

    // Not yours and not there are the same answer.
    private static async Task<DeviceRecord?> Visible(string text, HttpContext context, IGrainFactory grains) =>
        DeviceId.TryParse(text, null, out var id)
        && await grains.Device(id).Look() is { } record
        && context.Caller().MaySee(record.Device.Msisdn)
            ? record
            : null;
}
