using IotOrleans.Subscribers;

namespace IotOrleans.Postgres;

/// <summary>Numbers as the tables hold them, each of them once.</summary>
internal static class Numbers
{
    /// <summary>For a listing: the rows of each of these numbers.</summary>
    public const string Each = "select distinct unnest(?::text[]) as key";

    /// <summary>Digits without plus, as events, incidents and the registry hold them.</summary>
    public static string[]? Plain(Msisdn[]? numbers) => numbers?.Select(number => number.Digits).ToArray();

    /// <summary>As they are shown, which is how calls and CDRs hold them.</summary>
    public static string[]? Shown(Msisdn[]? numbers) => numbers?.Select(number => number.ToString()).ToArray();
}
