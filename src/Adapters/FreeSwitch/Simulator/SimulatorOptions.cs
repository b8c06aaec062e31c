using System.ComponentModel.DataAnnotations;

namespace IotOrleans.FreeSwitch.Simulator;

/// <summary>How the stand-in for a switch behaves.</summary>
public sealed class SimulatorOptions
{
    [Required]
    public string Name { get; set; } = "simulator";

    [Required]
    public string ListenAddress { get; set; } = "127.0.0.1";

    /// <summary>0 takes any free port.</summary>
    [Range(0, 65535)]
    public int Port { get; set; }

    [Required]
    public string Password { get; set; } = "ClueCon";

    /// <summary>Where incoming calls are handed over; without a port they are parked.</summary>
    [Required]
    public string OutboundHost { get; set; } = "127.0.0.1";

    [Range(0, 65535)]
    public int OutboundPort { get; set; }

    /// <summary>
    /// The dialplan says <c>full</c>: outbound sockets may use <c>api</c>, <c>event</c> and <c>linger</c>.
    /// </summary>
    public bool IsOutboundFull { get; set; } = true;

    /// <summary>From the order to the answer of an ordinary subscriber.</summary>
    [Range(1, 60_000)]
    public int AnswerMilliseconds { get; set; } = 500;

    /// <summary>A subscriber hangs up at last.</summary>
    [Range(1, 86_400)]
    public int StaySecondsMax { get; set; } = 60;

    /// <summary>Every prompt, file or speech, lasts this long.</summary>
    [Range(1, 600_000)]
    public int PromptMilliseconds { get; set; } = 2_000;

    [Range(1, 3_600)]
    public int HeartbeatSeconds { get; set; } = 20;

    /// <summary>A switch may run without mod_hash, and then remembers no orders.</summary>
    public bool HasHash { get; set; } = true;

    /// <summary>Channels that may live at once; one more order is refused as the real one refuses it.</summary>
    [Range(1, 1_000_000)]
    public int ChannelsMax { get; set; } = 20_000;

    /// <summary>How many orders it remembers for whoever asks; older ones are forgotten.</summary>
    [Range(1, 100_000_000)]
    public int OrdersKeptMax { get; set; } = 1_000_000;
}
