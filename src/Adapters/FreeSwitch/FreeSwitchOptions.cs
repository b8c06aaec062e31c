using System.ComponentModel.DataAnnotations;

namespace IotOrleans.FreeSwitch;

/// <summary>One FreeSWITCH: where it listens, how numbers are dialled on it, how long we wait for it.</summary>
public sealed class FreeSwitchOptions
{
    /// <summary>What the log, the metrics and the media server grain call it.</summary>
    [Required]
    public string Name { get; set; } = "freeswitch";

    [Required]
    public string Host { get; set; } = "127.0.0.1";

    /// <summary>The port of mod_event_socket.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 8021;

    /// <summary>Never logged. The default is the one FreeSWITCH ships with.</summary>
    [Required]
    public string Password { get; set; } = "ClueCon";

    /// <summary>How a number becomes a destination; <c>{number}</c> stands for its digits.</summary>
    [Required, RegularExpression(@".+/.*\{number\}.*")]
    public string DialTemplate { get; set; } = "sofia/gateway/carrier/{number}";

    /// <summary>How a device's SIP address becomes a destination; <c>{address}</c> is what follows "sip:".</summary>
    [Required, RegularExpression(@".+/.*\{address\}.*")]
    public string SipTemplate { get; set; } = "sofia/internal/{address}";

    /// <summary>Shown to the called party when the order names none.</summary>
    public string CallerNumber { get; set; } = "";
    public string CallerName { get; set; } = "";

    /// <summary>Engine and voice of <c>mod_tts</c> kind, as the switch writes them: <c>engine|voice</c>.</summary>
    [Required]
    public string Voice { get; set; } = "flite|slt";

    /// <summary>Voices by language where they differ from <see cref="Voice"/>.</summary>
    public Dictionary<string, string> Voices { get; init; } = [];

    /// <summary>Dialplan context of a transfer.</summary>
    [Required]
    public string Context { get; set; } = "default";

    /// <summary>Profile of <c>mod_conference</c> for visitors that several people talk to.</summary>
    [Required]
    public string ConferenceProfile { get; set; } = "default";

    [Range(1, 3600)]
    public int RingSecondsMax { get; set; } = 120;

    /// <summary>Time for the TCP connection and the log-in, each.</summary>
    [Range(100, 60_000)]
    public int ConnectMilliseconds { get; set; } = 5_000;

    /// <summary>
    /// Time for the reply to one command. Beyond it the link is dropped: replies come strictly in order.
    /// </summary>
    [Range(100, 60_000)]
    public int ReplyMilliseconds { get; set; } = 5_000;

    /// <summary>After so much silence the switch is asked for its version, to learn whether it lives.</summary>
    [Range(1, 300)]
    public int PingSeconds { get; set; } = 5;

    /// <summary>
    /// First and longest pause between attempts to reconnect; each pause is shortened by up to a half at random.
    /// </summary>
    [Range(10, 10_000)]
    public int RetryMillisecondsMin { get; set; } = 100;

    [Range(10, 60_000)]
    public int RetryMillisecondsMax { get; set; } = 1_500;

    /// <summary>
    /// Events that may wait for us. One more and the link is dropped, so that none is lost in silence.
    /// </summary>
    [Range(16, 1_000_000)]
    public int EventsMax { get; set; } = 20_000;

    /// <summary>Commands that may wait for their replies; an order takes three of them.</summary>
    [Range(3, 100_000)]
    public int PendingMax { get; set; } = 10_000;

    /// <summary>
    /// An address, not a name, where the dialplan's <c>socket</c> application finds us; port 0 takes any free one.
    /// </summary>
    [Required]
    public string ListenAddress { get; set; } = "127.0.0.1";

    [Range(0, 65535)]
    public int ListenPort { get; set; } = 8084;

    /// <summary>
    /// Incoming calls held at once. One more is turned away at once, and the dialplan goes on without us.
    /// </summary>
    [Range(1, 100_000)]
    public int SessionsMax { get; set; } = 2_000;

    /// <summary>How long an incoming call's connection is kept after its hangup, for the last events.</summary>
    [Range(1, 60)]
    public int LingerSeconds { get; set; } = 5;
}
