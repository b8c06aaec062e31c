using IotOrleans.Calls;

namespace IotOrleans.Simulation;

/// <summary>One channel of a switch.</summary>
internal sealed class Channel(CallId id, bool isInbound, DateTimeOffset beganAt)
{
    public CallId Id => id;

    public bool IsInbound => isInbound;

    public DateTimeOffset BeganAt => beganAt;

    public DateTimeOffset? AnsweredAt { get; set; }

    /// <summary>Since when it rings, or talks; in ticks of the calendar, which nobody sets.</summary>
    public long Since { get; set; }

    public bool IsAnswered => AnsweredAt is not null;

    /// <summary>Whoever is joined to it: when one goes, the other goes too.</summary>
    public Channel? Partner { get; set; }

    public string? Room { get; set; }

    public bool IsOver { get; set; }

    /// <summary>The latest message that was begun; ends of earlier ones are told too.</summary>
    public Calendar.Entry? Playing { get; set; }
}
