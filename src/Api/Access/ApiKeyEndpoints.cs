using IotOrleans.Devices;
using IotOrleans.Http;
using IotOrleans.Subscribers;

namespace IotOrleans.Access;

/// <summary>Keys of hubs, devices, partners and telephony servers. A key is shown once and stored as a hash.</summary>
public static class ApiKeyEndpoints
{
    private const int DevicesMax = 10_000;

    public static void MapApiKeys(this IEndpointRouteBuilder routes)
    {
        var keys = routes
            .MapGroup("/api-keys")
            .WithTags("Access")
            .RequireAuthorization(Policies.Administer)
            .Audited(Now);
        keys.MapGet("", List).WithSummary("All keys, without the keys themselves").Produces<Listing<ApiKey>>();
        keys.MapPost("", Add)
            .WithSummary("A new key, shown once")
            .Accepts<NewKey>("application/json")
            .Produces<IssuedKey>(201);
        keys.MapDelete("/{keyId}", Revoke).WithSummary("Takes a key away at once").Produces(204);
    }

    private static async Task<object?> Now(HttpContext context) =>
        context.Named("keyId") is { } id ? await context.Of<IAccessStore>().Key(id, context.RequestAborted) : null;

    private static Task<IResult> List(HttpContext context, IAccessStore store) =>
        context.List("api-keys", (_, page) => store.Keys(page, context.RequestAborted));

    private static async Task<IResult> Add(
        HttpContext context,
        Body bodies,
        IAccessStore store,
        ICustomerStore customers,
        TimeProvider clock
    )
    {
        var (body, problem) = await bodies.Read<NewKey>(context);
        if (body is null)
            return problem!;
        var errors = new FieldErrors();
        errors.Line(body.Name, "name", 128);
        errors.Unless(
            body.Role != Role.Device || body.DeviceIds is { Length: > 0 },
            "device_ids",
            "is required for a device key"
        );
        errors.Unless(
            body.DeviceIds is not { Length: > DevicesMax },
            "device_ids",
            $"has more than {DevicesMax} devices"
        );
        await customers.Check(errors, body.Role, body.Subscribers, body.CustomerId, context.RequestAborted);
        if (errors.Any)
            return Problems.Validation(errors);
        var (key, hash) = KeyRing.Make();
        var made = new ApiKey(
            "key-" + Guid.CreateVersion7().ToString("N"),
            body.Name,
            body.Role,
            body.DeviceIds,
            body.Subscribers,
            clock.GetUtcNow(),
            CustomerId: body.CustomerId
        );
        await store.AddKey(made, hash, context.RequestAborted);
        return TypedResults.Created(
            $"/api/v1/api-keys/{made.KeyId}",
            new IssuedKey(
                made.KeyId,
                made.Name,
                made.Role,
                made.DeviceIds,
                made.Subscribers,
                made.CreatedAt,
                key,
                made.CustomerId
            )
        );
    }

    private static async Task<IResult> Revoke(
        string keyId,
        HttpContext context,
        IAccessStore store,
        KeyRing ring,
        TimeProvider clock
    )
    {
        if (!await store.RevokeKey(keyId, clock.GetUtcNow(), context.RequestAborted))
            return Problems.NotFound;
        ring.Clear();
        return TypedResults.NoContent();
    }

    /// <param name="CustomerId">For whom the key asks; a customer's key knows masks and nothing else.</param>
    public sealed record NewKey(
        string Name,
        Role Role,
        DeviceId[]? DeviceIds = null,
        Msisdn[]? Subscribers = null,
        CustomerId? CustomerId = null
    );

    public sealed record IssuedKey(
        string KeyId,
        string Name,
        Role Role,
        DeviceId[]? DeviceIds,
        Msisdn[]? Subscribers,
        DateTimeOffset CreatedAt,
        string Key,
        CustomerId? CustomerId
    );
}
