namespace IotOrleans.Hosting;

/// <summary>A silo's place in the cluster. Section "Cluster".</summary>
public sealed class ClusterSettings
{
    public string ClusterId { get; set; } = "iotorleans";

    /// <summary>What this silo is called on screens; the machine's name and the port when absent.</summary>
    public string? Name { get; set; }

    /// <summary>
    /// The name or address under which other silos and front-ends reach this one; loopback when absent.
    /// </summary>
    public string? Address { get; set; }

    /// <summary>
    /// In place of an address: the network, "172.30.20.0/24", in which this machine's own address is taken; for
    /// containers, whose addresses are given to them.
    /// </summary>
    public string? Network { get; set; }

    public bool IsReached => Address is not null || Network is not null;

    public int SiloPort { get; set; } = 11111;

    /// <summary>Where front-ends connect.</summary>
    public int GatewayPort { get; set; } = 30000;

    /// <summary>
    /// Where this silo itself listens, when others reach it through a port that is mapped to another.
    /// </summary>
    public int? SiloListenPort { get; set; }

    public int? GatewayListenPort { get; set; }

    /// <summary>
    /// The longest that a caller waits for a grain. Who waits for a silo that is declared dead is told so at once; this
    /// is for a machine or a disk that is slow.
    /// </summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a front-end asks again for one event, while a silo is being replaced. Longer than it takes to
    /// declare it
    /// dead.
    /// </summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>How often silos look after each other, and how long one may take to answer.</summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>After so many answers that did not come, one after the other, a silo is declared dead.</summary>
    public int ProbesMissedMax { get; set; } = 3;

    /// <summary>
    /// From a silo's last word until the others have declared it dead: the probes, the first of which is up to one
    /// late, and a write.
    /// </summary>
    public TimeSpan DeathKnown => ProbeTimeout * (ProbesMissedMax + 1.2);
}
