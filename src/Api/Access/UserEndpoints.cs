using IotOrleans.Http;
using IotOrleans.Subscribers;

namespace IotOrleans.Access;

/// <summary>Users and their roles. The last administrator stays.</summary>
public static class UserEndpoints
{
    public static void MapUsers(this IEndpointRouteBuilder routes)
    {
        var users = routes.MapGroup("/users").WithTags("Access").RequireAuthorization(Policies.Administer).Audited(Now);
        users.MapGet("", List).WithSummary("All users").Produces<Listing<UserView>>();
        users
            .MapPost("", Add)
            .WithSummary("A new user")
            .Accepts<NewUser>("application/json")
            .Produces<UserView>(201)
            .ProducesProblem(409);
        users
            .MapPatch("/{username}", Change)
            .WithSummary("Role, password, numbers or lock of a user")
            .Accepts<UserChange>("application/json")
            .Produces<UserView>();
        users.MapDelete("/{username}", Remove).WithSummary("Removes a user").Produces(204);
    }

    private static async Task<object?> Now(HttpContext context) =>
        context.Named("username") is { } name
        && await context.Of<IAccessStore>().FindUser(name, context.RequestAborted) is { } user
            ? View(user)
            : null;

    private static Task<IResult> List(HttpContext context, IAccessStore store) =>
        context.List(
            "users",
            async (_, page) =>
            {
                var found = await store.Users(page, context.RequestAborted);
                return new Page<UserView>([.. found.Items.Select(View)], found.Next);
            }
        );

    private static async Task<IResult> Add(
        HttpContext context,
        Body bodies,
        IAccessStore store,
        ICustomerStore customers,
        TimeProvider clock
    )
    {
        var (body, problem) = await bodies.Read<NewUser>(context);
        if (body is null)
            return problem!;
        var errors = new FieldErrors();
        errors.Unless(Names.IsName(body.Username), "username", "is not a name");
        Check(errors, body.Password, body.Role);
        await customers.Check(errors, body.Role, body.Subscribers, body.CustomerId, context.RequestAborted);
        if (errors.Any)
            return Problems.Validation(errors);
        var user = new User(
            body.Username,
            body.Role,
            Passwords.Hash(body.Password),
            NewStamp(),
            true,
            clock.GetUtcNow(),
            Subscribers: body.Subscribers,
            CustomerId: body.CustomerId
        );
        return await store.AddUser(user, context.RequestAborted)
            ? TypedResults.Created($"/api/v1/users/{user.Username}", View(user))
            : Problems.Of(Refusal.Conflict);
    }

    private static async Task<IResult> Change(
        string username,
        HttpContext context,
        Body bodies,
        IAccessStore store,
        ICustomerStore customers,
        UserStamps stamps
    )
    {
        var (body, problem) = await bodies.Read<UserChange>(context);
        if (body is null)
            return problem!;
        if (await store.FindUser(username, context.RequestAborted) is not { } user)
            return Problems.NotFound;
        var errors = new FieldErrors();
        var (role, subscribers) = (body.Role ?? user.Role, body.Subscribers ?? user.Subscribers);
        Check(errors, body.Password, role);
        await customers.Check(errors, role, subscribers, user.CustomerId, context.RequestAborted);
        if (errors.Any)
            return Problems.Validation(errors);
        var changed = user with
        {
            Role = role,
            Active = body.Active ?? user.Active,
            Subscribers = subscribers,
            PasswordHash = body.Password is { } password ? Passwords.Hash(password) : user.PasswordHash,
            Stamp = NewStamp(),
        };
        if (!await store.ChangeUser(changed, context.RequestAborted))
            return LastOne;
        stamps.Forget(username);
        if (body.Password is not null)
            context.Note("a new password");
        return TypedResults.Ok(View(changed));
    }

    private static async Task<IResult> Remove(
        string username,
        HttpContext context,
        IAccessStore store,
        UserStamps stamps
    )
    {
        if (await store.FindUser(username, context.RequestAborted) is null)
            return Problems.NotFound;
        if (!await store.RemoveUser(username, context.RequestAborted))
            return LastOne;
        stamps.Forget(username);
        return TypedResults.NoContent();
    }

    private static IResult LastOne => Problems.Of(Refusal.Conflict, "The last active administrator stays.");

    private static void Check(FieldErrors errors, string? password, Role role)
    {
        if (password is not null)
        {
            errors.Unless(
                password.Length is >= Passwords.LengthMin and <= Passwords.LengthMax,
                "password",
                $"must have {Passwords.LengthMin} to {Passwords.LengthMax} characters"
            );
        }
        errors.Unless(role is not (Role.Device or Role.Hub), "role", "is for keys, not for people");
    }

    private static UserView View(User user) =>
        new(user.Username, user.Role, user.Active, user.CreatedAt, user.Subscribers, user.CustomerId);

    private static string NewStamp() => Guid.NewGuid().ToString("N");

    /// <param name="CustomerId">For whom the user asks, for good; he knows masks and nothing else.</param>
    public sealed record NewUser(
        string Username,
        string Password,
        Role Role,
        Msisdn[]? Subscribers = null,
        CustomerId? CustomerId = null
    );

    public sealed record UserChange(
        string? Password = null,
        Role? Role = null,
        bool? Active = null,
        Msisdn[]? Subscribers = null
    );

    public sealed record UserView(
        string Username,
        Role Role,
        bool Active,
        DateTimeOffset CreatedAt,
        Msisdn[]? Subscribers,
        CustomerId? CustomerId
    );
}
