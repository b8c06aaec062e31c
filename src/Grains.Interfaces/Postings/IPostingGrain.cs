using IotOrleans.Devices;

namespace IotOrleans.Postings;

/// <summary>One posting. Key: its id.</summary>
[Alias("iot.IPostingGrain")]
public interface IPostingGrain : IGrainWithStringKey
{
    /// <summary>Makes the order durable; it is tried at once and again until its last try.</summary>
    /// <returns>AlreadyDone with the posting as it is, when it was ordered before.</returns>
    [Alias("Post")]
    Task<Answer<Posting>> Post(PostingOrder order);

    /// <summary>There is work to do, or somebody did not hear what came of it. Harmless at any time.</summary>
    [Alias("Wake"), OneWay]
    Task Wake();

    /// <summary>The other side tells what became of it. Late and repeated reports are harmless.</summary>
    [Alias("Confirm")]
    Task<Refusal> Confirm(bool delivered, string? detail);

    /// <summary>Somebody has read it on this device. The first one counts.</summary>
    [Alias("Read"), OneWay]
    Task Read(DeviceId by);

    /// <summary>Begins anew with one that has failed; the id stays, so that a receiver who has it knows it.</summary>
    [Alias("Replay")]
    Task<Refusal> Replay();

    [Alias("Look")]
    Task<Posting?> Look();
}
