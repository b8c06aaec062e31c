namespace IotOrleans.Events;

/// <summary>Events that were told to somebody else first, such as a queue, in the form of the API.</summary>
public interface IQueuedEventIntake
{
    /// <param name="body">As for POST /api/v1/events.</param>
    /// <param name="messageId">Names the event when the body does not.</param>
    ReadEvent Read(ReadOnlyMemory<byte> body, string? messageId);

    /// <summary>Returns when the event is durable; a repeat is as good as the first.</summary>
    /// <returns>Null, or why it will never be taken, however often it is told.</returns>
    /// <exception cref="JournalUnavailableException">Not durable now; it may be told again.</exception>
    Task<string?> Take(DeviceEvent told);
}

/// <param name="Event">Null when the body is no event.</param>
/// <param name="Reason">Why it is none.</param>
public readonly record struct ReadEvent(DeviceEvent? Event, string? Reason);
