namespace IotOrleans.FreeSwitch;

/// <summary>A call to be placed. The leg id becomes the channel's uuid on the switch.</summary>
public sealed record OriginateOrder(Guid Leg, DialTarget To, CallApp App)
{
    /// <summary>Shown to the called party; null takes the switch's default.</summary>
    public string? CallerNumber { get; init; }
    public string? CallerName { get; init; }

    /// <summary>The switch counts whole seconds and gives up as much as 0.7 s early.</summary>
    public int RingSeconds { get; init; } = 30;

    /// <summary>Channel variables of our own; they come back with every event of the channel.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// The order may have been given before. The switch is then asked first whether the channel lives or the order is
    /// remembered; an order that the switch is known to have had is not given again.
    /// </summary>
    public DateTimeOffset? FirstOrderedAt { get; init; }
}
