using IotOrleans.Http;

namespace IotOrleans.Subscribers;

/// <summary>What settings must be beyond their types.</summary>
public static class SubscriberChecks
{
    private const int ContactsMax = 32;

    /// <summary>Whoever tests longer says so again: a home must not stay in test because somebody forgot.</summary>
    private static readonly TimeSpan TestMax = TimeSpan.FromHours(24);

    public static IResult? Problem(SubscriberSettings settings, DateTimeOffset now)
    {
        var errors = new FieldErrors();
        errors.Line(settings.DisplayName, "display_name", 128);
        if (settings.TimeZone is { } zone)
        {
            errors.Unless(
                Names.IsLine(zone, 64) && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _),
                "time_zone",
                "is not an IANA time zone"
            );
        }
        if (settings.TestUntil is { } test)
            errors.Unless(test <= now + TestMax, "test_until", $"must be within {TestMax.TotalHours} hours");
        if (settings.QuietHours is { } quiet)
        {
            Time(quiet.From, "quiet_hours.from", errors);
            Time(quiet.To, "quiet_hours.to", errors);
        }
        if (settings.Policy is { } policy)
            Check(policy, errors);
        Check(settings.Callers ?? [], errors);
        var contacts = settings.EmergencyContacts ?? [];
        errors.Unless(contacts.Length <= ContactsMax, "emergency_contacts", $"has more than {ContactsMax} contacts");
        for (var index = 0; index < contacts.Length; index++)
            errors.Line(contacts[index].Name, $"emergency_contacts[{index}].name", 128);
        return errors.Any ? Problems.Validation(errors) : null;
    }

    internal static void Time(string text, string field, FieldErrors errors) =>
        errors.Unless(LocalTime.TryReadTime(text, out _), field, "must be a time of day as HH:mm");

    private static void Check(CallerRule[] callers, FieldErrors errors)
    {
        errors.Unless(callers.Length <= CallerRule.CountMax, "callers", $"has more than {CallerRule.CountMax} entries");
        for (var index = 0; index < Math.Min(callers.Length, CallerRule.CountMax); index++)
        {
            var (caller, where) = (callers[index], $"callers[{index}]");
            var isNumber =
                caller.Caller is CallerRule.Withheld
                || caller.Caller.Length is > 1 and <= 24
                    && caller
                        .Caller.TrimEnd('*')
                        .All(c => char.IsAsciiDigit(c) || c is '+' or ' ' or '-' or '(' or ')');
            errors.Unless(isNumber, where + ".caller", "must be a number, the beginning of one and *, or withheld");
            errors.Line(caller.Name, where + ".name", 64);
            errors.Unless(
                caller.Action != CallerVerdict.Announce || caller.Name is not null,
                where + ".name",
                "is required to announce"
            );
        }
    }

    private static void Check(CallPolicy policy, FieldErrors errors)
    {
        errors.Range(policy.RingSeconds, 1, 120, "policy.ring_seconds");
        Check(policy.Targets ?? [], "policy.targets", isFallback: false, errors);
        Check(policy.Fallback ?? [], "policy.fallback", isFallback: true, errors);
    }

    private static void Check(RingTarget[] targets, string field, bool isFallback, FieldErrors errors)
    {
        errors.Unless(targets.Length <= CallPolicy.TargetsMax, field, $"has more than {CallPolicy.TargetsMax} entries");
        for (var index = 0; index < targets.Length; index++)
        {
            var target = targets[index];
            var where = $"{field}[{index}]";
            var members = new[]
            {
                target.DeviceId is not null,
                target.DialString is not null,
                target.Msisdn is not null,
                target.Voicemail is true,
                target.Room is not null,
            };
            errors.Unless(
                members.Count(given => given) == 1,
                where,
                "must have exactly one of device_id, dial_string, msisdn, room, voicemail"
            );
            errors.Unless(isFallback || target.Voicemail is not true, where, "voicemail is a fallback only");
            errors.Unless(
                !isFallback || (target.DeviceId is null && target.Room is null),
                where,
                "a fallback is a number, a dial string or voicemail"
            );
            errors.Line(target.Room, where + ".room", 64);
            errors.Line(target.DialString, where + ".dial_string", 256);
        }
    }
}
