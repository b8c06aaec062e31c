using System.Globalization;
using IotOrleans.Rules;

namespace IotOrleans.Incidents;

/// <summary>Several events of one happening: those that only join it, and those that make it certain.</summary>
public sealed partial record Incident
{
    private const string Verify = "verify";

    /// <summary>With an event of another device that belongs here. Null when it cannot join any more.</summary>
    public Incident? With(JoinedEvent joined)
    {
        if (!IsRunning)
            return null;
        if (Joined is { } known && Array.Exists(known, other => other.IsOf(joined)))
            return this;
        if ((Joined?.Length ?? 0) >= JoinedEvent.CountMax)
            return this with { Folded = Folded + 1 };
        var next = this with { Joined = [.. Joined ?? [], joined] };
        return next.Corroboration is { } needed && next.Witnesses(needed) >= needed.Devices
            ? next.Corroborated(joined)
            : next;
    }

    private static int HeldBy(Rule rule) => Math.Max(rule.HoldSeconds, rule.Corroboration?.WithinSeconds ?? 0);

    private static IncidentAttempt Waiting(Corroboration needed, DateTimeOffset now) =>
        new(
            Verify,
            "",
            "waiting",
            now,
            Detail: string.Create(
                CultureInfo.InvariantCulture,
                $"1 of {needed.Devices}, for {needed.WithinSeconds} seconds"
            )
        );

    private int Witnesses(Corroboration needed)
    {
        var joined = Joined ?? [];
        var others = joined.Select(other => other.DeviceId).Where(other => other != DeviceId).Distinct().Count();
        return 1 + others + (needed.SameDevice ? joined.Count(other => other.DeviceId == DeviceId) : 0);
    }

    // The time in which the home may call it a false alarm is over as well: two do not err alike.
    private Incident Corroborated(JoinedEvent by) =>
        Verified("corroborated", $"by {by.Title}", by.At) with
        {
            Corroboration = null,
            HeldUntil = null,
        };

    /// <summary>Nobody confirmed it in time.</summary>
    private Incident Alone(Corroboration needed, DateTimeOffset now)
    {
        var here = Verified("not_corroborated", null, now) with { Corroboration = null };
        return needed.Otherwise == Uncorroborated.Close
            ? here.NotNeeded(now).Close(IncidentStatus.Cancelled, now) with
            {
                Note = "nobody confirmed it",
            }
            : here;
    }

    private Incident Verified(string outcome, string? detail, DateTimeOffset at) =>
        this with
        {
            Attempts =
            [
                .. Attempts.Select(attempt =>
                    attempt.Action == Verify
                        ? attempt with
                        {
                            Outcome = outcome,
                            At = at,
                            Detail = detail ?? attempt.Detail,
                        }
                        : attempt
                ),
            ],
        };
}
