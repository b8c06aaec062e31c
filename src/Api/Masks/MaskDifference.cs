using IotOrleans.Json;

namespace IotOrleans.Masks;

/// <summary>What a change of a mask has changed, for the audit log: "calls_max: none -> 3".</summary>
internal static class MaskDifference
{
    public static string Between(Mask before, Mask after) => string.Join("; ", Members(before, after));

    private static IEnumerable<string> Members(Mask before, Mask after)
    {
        if (before.Note != after.Note)
            yield return $"note: {before.Note ?? "none"} -> {after.Note ?? "none"}";
        if (before.ExpiresAt != after.ExpiresAt)
            yield return $"expires_at: {Time(before.ExpiresAt)} -> {Time(after.ExpiresAt)}";
        if (before.CallsMax != after.CallsMax)
            yield return $"calls_max: {Count(before.CallsMax)} -> {Count(after.CallsMax)}";
        // The numbers of who is blocked are nobody's business in a log.
        if (!(before.Blocked ?? []).SequenceEqual(after.Blocked ?? []))
            yield return $"blocked: {Count(before.Blocked?.Length)} -> {Count(after.Blocked?.Length)} numbers";
    }

    private static string Time(DateTimeOffset? time) => time is { } some ? UtcTimeJson.Text(some) : "none";

    private static string Count(int? count) => count is { } some ? $"{some}" : "none";
}
