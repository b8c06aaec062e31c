namespace IotOrleans.Calls;

/// <summary>
/// The call record that a switch makes by itself when a channel has ended, under the channel's own id. It settles what
/// became of a call whose end nobody here heard. Source: mod_json_cdr of FreeSWITCH.
/// </summary>
public sealed record SwitchCdr(
    CallId CallId,
    string Switch,
    string HangupCause,
    DateTimeOffset StartedAt,
    DateTimeOffset? AnsweredAt,
    DateTimeOffset EndedAt
);

/// <summary>Records of switches, of calls that had not ended for us.</summary>
/// <remarks>All members throw <see cref="Events.JournalUnavailableException"/> without a database.</remarks>
public interface ISwitchCdrs
{
    /// <returns>False when the call is not one of ours or has ended; then nothing is kept.</returns>
    Task<bool> Keep(SwitchCdr record, CancellationToken cancellation);

    Task<SwitchCdr?> Find(CallId call);
}
