using System.ComponentModel.DataAnnotations;

namespace IotOrleans.Calls;

/// <summary>What one switch may be asked to do. Section "MediaServer".</summary>
public sealed class MediaServerOptions
{
    /// <summary>New calls a second; FreeSWITCH itself refuses more than its sessions-per-second.</summary>
    [Range(1, 10_000)]
    public int CallsPerSecond { get; set; } = 30;

    /// <summary>Calls at once.</summary>
    [Range(1, 100_000)]
    public int CallsMax { get; set; } = 1_000;

    /// <summary>
    /// Calls at once that only life-safety may use, in percent of <see cref="CallsMax"/>; one is for everybody.
    /// </summary>
    [Range(0, 90)]
    public int LifeSafetyReservePercent { get; set; } = 10;

    /// <summary>Where a switch may be given more or less than the others, by its name.</summary>
    public Dictionary<string, SwitchLimits> Switches { get; init; } = [];

    /// <summary>The limits of one switch.</summary>
    public MediaServerOptions For(string name) =>
        Switches.TryGetValue(name, out var own)
            ? new()
            {
                CallsPerSecond = own.CallsPerSecond ?? CallsPerSecond,
                CallsMax = own.CallsMax ?? CallsMax,
                LifeSafetyReservePercent = LifeSafetyReservePercent,
                WaitingMax = WaitingMax,
            }
            : this;

    /// <summary>Calls that may wait in line.</summary>
    [Range(1, 10_000_000)]
    public int WaitingMax { get; set; } = 200_000;
}

/// <summary>What one switch may be asked to do, where it differs. Section "MediaServer:Switches:NAME".</summary>
public sealed class SwitchLimits
{
    /// <summary>1 to 10,000 new calls a second.</summary>
    [Range(1, 10_000)]
    public int? CallsPerSecond { get; set; }

    /// <summary>1 to 100,000 calls at once.</summary>
    [Range(1, 100_000)]
    public int? CallsMax { get; set; }
}
