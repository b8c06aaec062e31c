using IotOrleans.Events;

namespace IotOrleans.Devices;

/// <summary>
/// The latest event ids of one device, so that most repeats end in memory. The journal knows all of them.
/// </summary>
internal sealed class RecentEvents
{
    private const int Kept = 32;

    private readonly Queue<EventReceipt> _receipts = new();

    public IEnumerable<string> Ids => _receipts.Select(receipt => receipt.EventId);

    public EventReceipt? Find(string eventId)
    {
        foreach (var receipt in _receipts)
        {
            if (receipt.EventId == eventId)
                return receipt with { Status = EventStatus.Duplicate };
        }
        return null;
    }

    public EventReceipt Keep(EventReceipt receipt)
    {
        if (_receipts.Count == Kept)
            _receipts.Dequeue();
        _receipts.Enqueue(receipt);
        return receipt;
    }
}
