using System.Text.Json;
using IotOrleans.Calls;
using IotOrleans.Postings;
using IotOrleans.Rules;

namespace IotOrleans.Incidents;

/// <summary>What an incident makes of the reports of its legs.</summary>
public sealed partial record Incident
{
    public Incident? After(LegReport report)
    {
        var index = Array.FindIndex(Dials, dial => dial.CallId == report.CallId);
        if (!IsRunning || index < 0 || Dials[index] is not { Stage: DialStage.Ordered or DialStage.Answered } dial)
            return null;
        if (report.Acknowledged)
        {
            return Replace(index, dial with { Stage = DialStage.Done, Reached = true })
                .Noted(report, "acknowledged")
                .Acknowledge(dial.Who, null, report.At);
        }
        if (report.Key == CallKeys.FalseAlarm)
        {
            return Replace(index, dial with { Stage = DialStage.Done, Reached = true })
                .Noted(report, "false_alarm")
                .CallOff(dial.Who, report.At);
        }
        var here = this;
        if (report.Answered && dial.Stage == DialStage.Ordered)
        {
            dial = dial with { Stage = DialStage.Answered };
            here = Replace(index, dial).Noted(report, "answered");
        }
        if (report.Detail is not null && report.Cause is null)
            here = here.Detailed(report);
        if (report.Key == CallKeys.Next && !dial.Passed)
        {
            dial = dial with { Passed = true };
            here = here.GoOnFrom(index, dial, report);
        }
        if (report.Cause is not null)
            return here.Ended(index, dial, report);
        return ReferenceEquals(here, this) ? null : here;
    }

    /// <summary>An SMS or webhook came to something; also later, when the incident itself has ended.</summary>
    public Incident? After(PostingReport report)
    {
        var id = report.PostingId.ToString("D");
        var row = Array.FindIndex(Attempts, attempt => attempt.MessageId == id);
        var outcome = JsonNamingPolicy.SnakeCaseLower.ConvertName(report.Status.ToString());
        if (row < 0 || Attempts[row].Outcome == outcome)
            return null;
        var attempts = (IncidentAttempt[])Attempts.Clone();
        attempts[row] = attempts[row] with { Outcome = outcome, At = report.At, Detail = report.Detail };
        var here = this with { Attempts = attempts };
        var index = Array.FindIndex(Dials, dial => dial.PostingId == report.PostingId);
        if (index < 0)
            return here;
        var reached = report.Status is PostingStatus.Sent or PostingStatus.Delivered;
        return here.Replace(index, Dials[index] with { Stage = DialStage.Done, Reached = reached });
    }

    /// <summary>Whoever is next is tried now; this line may still acknowledge.</summary>
    private Incident GoOnFrom(int index, Dial dial, LegReport report)
    {
        var here = Replace(index, dial).Noted(report, "escalated");
        return StepEndsAt > report.At && dial.Step == Step ? here with { StepEndsAt = report.At } : here;
    }

    private Incident Ended(int index, Dial dial, LegReport report)
    {
        var answered = dial.Stage == DialStage.Answered;
        var here = answered ? Detailed(report) : Noted(report, HangupCauses.Word(report.Cause));
        if (ActionAt(dial.Step) is not CallAction call)
            return here.Replace(index, dial with { Stage = DialStage.Done, Reached = answered });
        if (dial.Passed)
            return here.Replace(index, dial with { Stage = DialStage.Done });
        if (answered && !call.NeedsKey)
        {
            here = here.Replace(index, dial with { Stage = DialStage.Done, Reached = true });
            return call.Mode == CallMode.UntilAnswered ? here.SkipStep(dial.Step, report.At) : here;
        }
        // An outcome that nobody knows costs a life-safety call nothing: it is tried once more, under a name of its
        // own.
        var extra = IsLifeSafety && report.Cause == HangupCauses.Lost ? 1 : 0;
        var pause = extra > 0 ? TimeSpan.Zero : NextTry.After(report.Cause, call.RetrySeconds);
        var next =
            dial.Attempts < call.Attempts + extra && pause is { } after
                ? dial with
                {
                    Stage = DialStage.Waiting,
                    NextAt = report.At + after,
                }
                : dial with
                {
                    Stage = DialStage.Done,
                };
        return here.Replace(index, next);
    }

    private Incident SkipStep(int step, DateTimeOffset now)
    {
        var here = this;
        for (var index = 0; index < Dials.Length; index++)
        {
            if (Dials[index] is not { Stage: DialStage.Waiting } dial || dial.Step != step)
                continue;
            here = here.Replace(index, dial with { Stage = DialStage.Done });
            if (dial.Attempts == 0)
                here = here.Noted(new("call", dial.Who, "not_needed", now));
        }
        return here;
    }

    private Incident Detailed(LegReport report) =>
        report.Detail is null
            ? this
            : this with
            {
                Attempts =
                [
                    .. Attempts.Select(attempt =>
                        attempt.CallId == report.CallId ? attempt with { Detail = report.Detail } : attempt
                    ),
                ],
            };

    // An attempt is one row: what became of it replaces "ordered".
    private Incident Noted(LegReport report, string outcome) =>
        this with
        {
            Attempts =
            [
                .. Attempts.Select(attempt =>
                    attempt.CallId == report.CallId
                        ? attempt with
                        {
                            Outcome = outcome,
                            At = report.At,
                            Detail = report.Detail ?? attempt.Detail,
                        }
                        : attempt
                ),
            ],
        };
}
