using IotOrleans.Calls;

namespace IotOrleans.Simulation.Pure;

/// <summary>What became of one call.</summary>
internal enum Fate
{
    Busy,
    Silent,
    Declined,
    TrunkRefuses,
    Unallocated,
    Lost,
    WrongKey,
    NextPlease,
    FalseAlarm,
    Key,
}

internal static class Fates
{
    public static readonly Fate[] All = Enum.GetValues<Fate>();

    public static bool IsAnswered(this Fate fate) => fate >= Fate.WrongKey;

    public static TimeSpan Length(this Fate fate) => TimeSpan.FromSeconds(fate == Fate.Silent ? 25 : 2 + (int)fate);

    public static string? Pressed(this Fate fate) =>
        fate switch
        {
            Fate.WrongKey => "9",
            Fate.NextPlease => "5",
            Fate.FalseAlarm => "2",
            Fate.Key => "1",
            _ => null,
        };

    public static string Cause(this Fate fate) =>
        fate switch
        {
            Fate.Busy => HangupCauses.UserBusy,
            Fate.Silent => HangupCauses.NoAnswer,
            Fate.Declined => HangupCauses.Rejected,
            Fate.TrunkRefuses => "NORMAL_TEMPORARY_FAILURE",
            Fate.Unallocated => "UNALLOCATED_NUMBER",
            Fate.Lost => HangupCauses.Lost,
            _ => HangupCauses.NormalClearing,
        };
}

/// <summary>
/// A ladder thought out once more, as small as it can be: who is called next and when, and how it ends. It shares no
/// code with the product.
/// </summary>
/// <param name="NeedsKey">Only keys count; otherwise any answer does.</param>
/// <param name="Tries">For each target, in their order; a ladder of steps has one for each step.</param>
/// <param name="StepSeconds">How long a step may last; null when there are no steps.</param>
internal sealed record SmallLadder(
    bool NeedsKey,
    int AttemptsMax,
    int RetrySeconds,
    Try[] Tries,
    int? StepSeconds = null,
    double At = 0
)
{
    private const int People = 3;

    /// <summary>Who declines is left in peace for so long.</summary>
    private const double Peace = 120;

    /// <summary>The network is given no longer than this.</summary>
    private const double Trouble = 5;

    private string? _end;

    public string? End => _end ?? (Next is null ? "Failed" : null);

    /// <summary>Who is to be called now, or at the time that is told beside; null when nobody is any more.</summary>
    public (int Index, double At)? Next =>
        _end is not null || Tries.All(one => one.IsOver) ? null
        : StepSeconds is { } length ? NextStep(length)
        : NextOfAll();

    public SmallLadder After(Fate fate)
    {
        var (index, at) = Next!.Value;
        var now = at + fate.Length().TotalSeconds;
        Try[] tries = [.. Tries];
        // Steps that nobody was called in are over as well.
        for (var skipped = 0; StepSeconds is not null && skipped < index; skipped++)
            tries[skipped] = tries[skipped] with { IsOver = true };
        tries[index] = Tried(tries[index] with { Count = tries[index].Count + 1 }, fate, now);
        var end =
            !NeedsKey ? (fate.IsAnswered() ? "Completed" : null)
            : fate == Fate.Key ? "Acknowledged"
            : fate == Fate.FalseAlarm ? "Cancelled"
            : null;
        return this with { Tries = tries, At = now, _end = end };
    }

    private Try Tried(Try one, Fate fate, double now)
    {
        // What nobody knows of costs an alarm no try.
        var most = AttemptsMax + (fate == Fate.Lost ? 1 : 0);
        var pause = fate switch
        {
            Fate.Lost => 0,
            Fate.Declined => Math.Max(Peace, RetrySeconds),
            Fate.TrunkRefuses => Math.Min(Trouble, RetrySeconds),
            _ => RetrySeconds,
        };
        return one with
        {
            NextAt = now + pause,
            IsOver = fate is Fate.Unallocated or Fate.NextPlease || one.Count >= most,
            DeclinedAt = fate == Fate.Declined ? now : null,
        };
    }

    private (int Index, double At)? NextOfAll()
    {
        var due = Array.FindIndex(Tries, one => !one.IsOver && one.NextAt <= At);
        if (due >= 0)
            return (due, At);
        var next = Tries.Where(one => !one.IsOver).Min(one => one.NextAt);
        return (Array.FindIndex(Tries, one => !one.IsOver && one.NextAt == next), next);
    }

    /// <summary>A step in which its person wants to be left in peace passes by without a call.</summary>
    private (int Index, double At)? NextStep(int length)
    {
        var begins = At;
        for (var step = Array.FindIndex(Tries, one => !one.IsOver); step < Tries.Length; step++)
        {
            var declined = Tries
                .Where((_, other) => other < step && other % People == step % People)
                .Max(one => one.DeclinedAt);
            var at = Math.Max(begins, (declined ?? -Peace) + Peace);
            if (at < begins + length)
                return (step, at);
            begins += length;
        }
        return null;
    }
}

/// <summary>How often somebody was called, when the next time is, and when he declined.</summary>
internal readonly record struct Try(int Count, double NextAt, bool IsOver, double? DeclinedAt);
