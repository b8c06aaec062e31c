using IotOrleans.Events;
using IotOrleans.FreeSwitch;
using IotOrleans.Postings;
using IotOrleans.Subscribers;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Calls;

/// <summary>
/// Brings the texts of SIP telephones to the same inbox as SMS. Every silo hears them and all of them bring them: under
/// the switch's own name for the text it is one message.
/// </summary>
public sealed partial class ReceivedTexts(
    IGrainFactory grains,
    NumberPlan numbers,
    TimeProvider clock,
    ILogger<ReceivedTexts> log
)
{
    private const int AttemptsMax = 30;

    /// <summary>Texts that wait at a time; whoever sends more is no telephone.</summary>
    private const int WaitingMax = 1_000;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private int _waiting;

    /// <summary>Tries for half a minute: the switch has said yes to the telephone and will not ask again.</summary>
    public async Task Take(TextReceived text)
    {
        if (!numbers.TryRead(text.To, out var to) || !IncomingSms.IsText(text.Text))
            return;
        if (Interlocked.Increment(ref _waiting) > WaitingMax)
        {
            Interlocked.Decrement(ref _waiting);
            LogLost(to.Masked, "too many wait");
            return;
        }
        var from = numbers.TryRead(text.From, out var sender) ? sender.ToString() : text.From;
        await Bring(new(from, to, text.Text, $"switch {text.Name}"));
        Interlocked.Decrement(ref _waiting);
    }

    private async Task Bring(IncomingSms sms)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await sms.Arrive(grains, clock);
                return;
            }
            catch (Exception trouble)
                when (trouble is JournalUnavailableException or TimeoutException or OrleansException)
            {
                if (attempt == AttemptsMax)
                {
                    LogLost(sms.To.Masked, trouble.Message);
                    return;
                }
            }
            await Task.Delay(Pause, clock);
        }
    }

    [LoggerMessage(LogLevel.Error, "A text for {Number} is lost: {Reason}")]
    private partial void LogLost(string number, string reason);
}
