namespace IotOrleans.FreeSwitch.Simulator;

/// <summary>One order for a call that reached the switch whole.</summary>
/// <param name="Asked">The origination_uuid that was asked for; none when the order named none.</param>
/// <param name="Channel">The channel it became; none when it was refused without one.</param>
public sealed record SimulatedOrder(Guid? Asked, Guid? Channel, string Number, DateTimeOffset At);
