using IotOrleans.Http;
using Microsoft.Extensions.Options;

namespace IotOrleans.Events;

/// <summary>
/// The way of a checked event to its device: let in or refused at once, and answered within a time. One that is not
/// answered by then keeps its place until it is known what became of it.
/// </summary>
public sealed class EventGate(
    Patience patience,
    Admission admission,
    IOptions<RateLimitOptions> options,
    TimeProvider clock
)
{
    /// <returns>Null when too many events are under way: it was not let in, and may come again.</returns>
    /// <exception cref="JournalUnavailableException">It could not be made durable: it may be told again.</exception>
    /// <exception cref="TimeoutException">It is not known yet whether it is durable; likewise.</exception>
    public Task<Answer<EventReceipt>>? Report(DeviceEvent told)
    {
        if (!admission.Enter(told.EventType))
            return null;
        var answer = Carry(told);
        return answer.IsCompleted
            ? answer
            : answer.WaitAsync(TimeSpan.FromSeconds(options.Value.AnswerSecondsMax), clock);
    }

    private async Task<Answer<EventReceipt>> Carry(DeviceEvent told)
    {
        try
        {
            return await patience.Ask(grains => grains.Device(told.DeviceId).Report(told));
        }
        finally
        {
            admission.Leave(told.EventType);
        }
    }
}
