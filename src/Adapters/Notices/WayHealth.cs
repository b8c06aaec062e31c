namespace IotOrleans.Actions;

/// <summary>How a way to people is, by how the last message fared: nothing is sent only to find out.</summary>
public sealed class WayHealth(string name, string host, bool isSimulated) : IHealthPart
{
    private volatile string? _trouble;

    /// <summary>It took a message, or said of one receiver that he gets none.</summary>
    public Delivery Works(Delivery delivery)
    {
        _trouble = null;
        return delivery;
    }

    public Delivery Fails(Delivery delivery)
    {
        _trouble = delivery.Detail;
        return delivery;
    }

    public ValueTask<PartHealth> Check(CancellationToken cancellation)
    {
        var status =
            _trouble is not null ? PartStatus.Down
            : isSimulated ? PartStatus.Simulated
            : PartStatus.Up;
        return new(new PartHealth(name, status, Needed: false, _trouble ?? host));
    }
}

/// <summary>A way that nobody has set up.</summary>
public sealed class MissingWay(string name, string setting) : IHealthPart
{
    public ValueTask<PartHealth> Check(CancellationToken cancellation) =>
        new(new PartHealth(name, PartStatus.NotConfigured, Needed: false, $"{setting} is not set"));
}
