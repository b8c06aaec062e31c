using IotOrleans.Http;

namespace IotOrleans.Access;

/// <summary>Where people get their tokens.</summary>
public static class TokenEndpoints
{
    /// <summary>After so many failures in a row the user is locked for <see cref="LockedFor"/>.</summary>
    public const int FailuresMax = 10;

    public static readonly TimeSpan LockedFor = TimeSpan.FromMinutes(15);

    private const int BodyMax = 4 * 1024;

    public static void MapTokens(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/auth/token", Login)
            .AllowAnonymous()
            .WithTags("Access")
            .WithSummary("A token for a person")
            .Accepts<Credentials>("application/json")
            .Produces<IssuedToken>()
            .ProducesProblem(401);

    private static async Task<IResult> Login(
        HttpContext context,
        Body bodies,
        IAccessStore store,
        Tokens tokens,
        Auditor audit,
        TimeProvider clock
    )
    {
        var (body, problem) = await bodies.Read<Credentials>(context, BodyMax);
        if (body is null)
            return problem!;
        if (body.Password.Length > Passwords.LengthMax || !Names.IsName(body.Username))
            return Refused;
        var now = clock.GetUtcNow();
        var user = await store.FindUser(body.Username, context.RequestAborted);
        // The same work for a user who does not exist, and for one who is locked: the answer's time says nothing.
        var matches = Passwords.Matches(body.Password, user?.PasswordHash);
        var locked = user is { FailedLogins: >= FailuresMax } && user.LastFailureAt > now - LockedFor;
        if (user is not { Active: true } || !matches || locked)
        {
            if (user is not null && !locked)
                await store.CountLogin(user.Username, failed: true, now, context.RequestAborted);
            await audit.NoteOf(context, body.Username, "login", body.Username, locked ? "refused: locked" : "refused");
            return Refused;
        }
        if (user.FailedLogins > 0)
            await store.CountLogin(user.Username, failed: false, now, context.RequestAborted);
        await audit.NoteOf(context, user.Username, "login", user.Username, "done");
        return TypedResults.Ok(new IssuedToken(tokens.Make(user), "Bearer", (int)Tokens.Life.TotalSeconds));
    }

    private static IResult Refused =>
        Problems.Make(401, "unauthenticated", "Who are you?", "User name or password is wrong.");

    public sealed record Credentials(string Username, string Password);

    public sealed record IssuedToken(string AccessToken, string TokenType, int ExpiresIn);
}
