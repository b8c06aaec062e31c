using System.Collections.Frozen;
using Microsoft.AspNetCore.Authorization;

namespace IotOrleans.Access;

/// <summary>
/// Who may do what. Everything that names no policy is refused, and so is a customer's caller wherever the policy is
/// not one of those that are open to customers.
/// </summary>
public static class Policies
{
    /// <summary>Looking at the registry, events, incidents and calls; a partner sees his own numbers.</summary>
    public const string Read = "read";

    /// <summary>Changing the registry and rules, and commands to incidents and calls.</summary>
    public const string Command = "command";

    /// <summary>Users, keys, emergency numbers.</summary>
    public const string Administer = "administer";

    public const string Audit = "audit";

    /// <summary>Telling events: devices and hubs, never people.</summary>
    public const string Report = "report";

    /// <summary>Telephony servers: where a call goes.</summary>
    public const string Route = "route";

    /// <summary>An SMS gateway or another telephony server that tells us something.</summary>
    public const string Gateway = "gateway";

    /// <summary>A speaker's own connection.</summary>
    public const string Speaker = "speaker";

    /// <summary>Figures: people who look, and the monitoring of telephony servers.</summary>
    public const string Figures = "figures";

    /// <summary>How the silos are: those who run the house, and those who look over their shoulders.</summary>
    public const string Cluster = "cluster";

    /// <summary>Masks, calls through them and figures; an auditor sees no real number behind a shown one.</summary>
    public const string Masks = "masks";

    /// <summary>Being the telephone of a number from a browser; a partner's user only of his own.</summary>
    public const string Call = "call";

    /// <summary>Making, changing and ending masks, and their files.</summary>
    public const string KeepMasks = "keep-masks";

    /// <summary>Who is behind a shown number, and what a real one is shown as.</summary>
    public const string LookUp = "look-up";

    /// <summary>Hearing of what happens: those who run the house, and partners of their own numbers.</summary>
    public const string Subscribe = "subscribe";

    private static readonly FrozenDictionary<string, Role[]> LetIn = new Dictionary<string, Role[]>
    {
        [Read] = [Role.Operator, Role.Admin, Role.Auditor, Role.Partner],
        [Command] = [Role.Operator, Role.Admin],
        [Administer] = [Role.Admin],
        [Audit] = [Role.Auditor, Role.Admin],
        [Report] = [Role.Device, Role.Hub],
        [Route] = [Role.Telephony, Role.Operator, Role.Admin],
        [Gateway] = [Role.Telephony],
        [Speaker] = [Role.Device],
        [Figures] = [Role.Telephony, Role.Operator, Role.Admin, Role.Auditor],
        [Cluster] = [Role.Operator, Role.Admin, Role.Auditor],
        [Masks] = [Role.Operator, Role.Admin, Role.Auditor],
        [Call] = [Role.Operator, Role.Admin, Role.Partner],
        [KeepMasks] = [Role.Operator, Role.Admin],
        [LookUp] = [Role.Telephony, Role.Operator, Role.Admin],
        [Subscribe] = [Role.Operator, Role.Admin, Role.Partner],
    }.ToFrozenDictionary();

    // What stands behind these asks the store of masks for the caller's customer, and never for all.
    private static readonly FrozenSet<string> OpenToCustomers = [Masks, KeepMasks, LookUp];

    /// <summary>Whom a policy lets in; nobody when there is no such policy.</summary>
    public static Role[] RolesOf(string policy) => LetIn.GetValueOrDefault(policy, []);

    public static bool IsOpenToCustomers(string policy) => OpenToCustomers.Contains(policy);

    public static void Add(AuthorizationOptions options)
    {
        foreach (var (policy, roles) in LetIn)
        {
            options.AddPolicy(
                policy,
                rules =>
                {
                    rules.RequireAuthenticatedUser().RequireRole([.. roles.Select(role => role.ToString())]);
                    if (!IsOpenToCustomers(policy))
                        rules.RequireAssertion(IsOfTheHouse);
                }
            );
        }
        options.FallbackPolicy = new AuthorizationPolicyBuilder()
            .RequireAuthenticatedUser()
            .RequireAssertion(IsNoRoute)
            .Build();
    }

    private static bool IsOfTheHouse(AuthorizationHandlerContext context) =>
        !context.User.HasClaim(claim => claim.Type == Callers.CustomerClaim);

    // What is no route, or not with this method, may be said to whoever was let in; a route without a policy is shut.
    private static bool IsNoRoute(AuthorizationHandlerContext context) =>
        context.Resource is HttpContext http && http.GetEndpoint() is not RouteEndpoint;
}
