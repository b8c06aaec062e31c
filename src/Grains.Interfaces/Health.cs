using System.Text.Json.Serialization;

namespace IotOrleans;

[JsonConverter(typeof(JsonStringEnumConverter<PartStatus>))]
public enum PartStatus
{
    [JsonStringEnumMemberName("up")]
    Up,

    [JsonStringEnumMemberName("down")]
    Down,

    /// <summary>A stand-in that speaks the real protocol.</summary>
    [JsonStringEnumMemberName("simulated")]
    Simulated,
}

/// <summary>How one part of the house is: the database, a switch, the grain engine.</summary>
/// <param name="Needed">The house is not ready without it.</param>
public sealed record PartHealth(string Name, PartStatus Status, bool Needed, string? Detail = null);

/// <summary>A part that can say how it is.</summary>
public interface IHealthPart
{
    ValueTask<PartHealth> Check(CancellationToken cancellation);
}

/// <summary>Lets somebody ring a number without a telephone, if the switch is the simulator.</summary>
public interface IIncomingCallSimulator
{
    /// <returns>Null when no switch is simulated.</returns>
    Task<Calls.CallId?> Ring(
        Subscribers.Msisdn number,
        string? caller,
        string? callerName,
        CancellationToken cancellation
    );
}
