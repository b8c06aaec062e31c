using IotOrleans.Incidents;

namespace IotOrleans.Speakers;

/// <summary>What a speaker has to be told until it says that it knows.</summary>
[GenerateSerializer, Alias("iot.speaker-box")]
public sealed record SpeakerBox
{
    /// <summary>Ids that are remembered after they were acknowledged, so that a repeated delivery stays read.</summary>
    public const int AcknowledgedMax = 100;

    public static readonly TimeSpan MissedCallLife = TimeSpan.FromDays(30);

    /// <summary>Oldest first.</summary>
    [Id(0)]
    public UnreadNotice[] Unread { get; init; } = [];

    [Id(1)]
    public string[] Acknowledged { get; init; } = [];

    /// <summary>Oldest first.</summary>
    [Id(2)]
    public CommandState[] Commands { get; init; } = [];

    public bool Knows(string noticeId) =>
        Array.Exists(Unread, unread => unread.Id == noticeId) || Acknowledged.Contains(noticeId);

    /// <summary>With one more unread notice; how many old ones had to give way for it is told beside.</summary>
    public (SpeakerBox Next, int Dropped) With(UnreadNotice notice, DateTimeOffset now)
    {
        var kept = Array.FindAll(Unread, unread => !unread.IsExpired(now));
        var dropped = Math.Max(0, kept.Length + 1 - SpeakerLimits.UnreadMax);
        return (this with { Unread = [.. kept[dropped..], notice] }, dropped);
    }

    /// <summary>Null when nothing of this name is unread.</summary>
    public SpeakerBox? Read(string noticeId)
    {
        var left = Array.FindAll(Unread, unread => unread.Id != noticeId);
        return left.Length == Unread.Length
            ? null
            : this with
            {
                Unread = left,
                Acknowledged = Last([.. Acknowledged, noticeId], AcknowledgedMax),
            };
    }

    /// <summary>The incident that an unread announcement tells of.</summary>
    public IncidentId? IncidentOf(string noticeId) =>
        Array.Find(Unread, unread => unread.Id == noticeId)?.Announcement?.Incident;

    public bool IsMessage(string noticeId) =>
        Array.Exists(Unread, unread => unread.Message is not null && unread.Id == noticeId);

    public SpeakerBox With(CommandNotice command, IncidentId? incident, DateTimeOffset now) =>
        this with
        {
            Commands = Last([.. Commands, new(command, incident, now)], SpeakerLimits.CommandsMax),
        };

    public CommandState? Find(string commandId) => Array.Find(Commands, known => known.Command.CommandId == commandId);

    public SpeakerBox After(CommandState known, bool ok, string? detail) =>
        this with
        {
            Commands = Array.ConvertAll(
                Commands,
                other => ReferenceEquals(other, known) ? known with { Ok = ok, Detail = detail } : other
            ),
        };

    /// <summary>
    /// What a new connection has to hear: unread notices, then commands that still wait for their result.
    /// </summary>
    public IEnumerable<SpeakerNotice> Pending(DateTimeOffset now) =>
        Unread
            .Where(unread => !unread.IsExpired(now))
            .Select(unread => unread.Notice)
            .Concat(
                Commands
                    .Where(known => known.Ok is null && known.GivenAt + SpeakerLimits.CommandLife > now)
                    .Select(known => (SpeakerNotice)known.Command)
            );

    public static AnnouncementNotice Missed(RingNotice call, DateTimeOffset now)
    {
        var caller = (call.Caller, call.CallerName) switch
        {
            (null, null) => "a withheld number",
            (null, { } name) => name,
            ({ } number, null) => number,
            ({ } number, { } name) => $"{name} ({number})",
        };
        var at = FormattableString.Invariant($"{call.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC");
        return new($"missed:{call.CallId}", $"Missed call from {caller} at {at}", "missed_call", now + MissedCallLife);
    }

    private static T[] Last<T>(T[] all, int max) => all.Length <= max ? all : all[^max..];
}

/// <summary>A message or an announcement; exactly one of the two.</summary>
[GenerateSerializer, Immutable, Alias("iot.unread-notice")]
public sealed record UnreadNotice(MessageNotice? Message = null, AnnouncementNotice? Announcement = null)
{
    internal string Id => Message?.MessageId ?? Announcement!.AnnouncementId;

    internal SpeakerNotice Notice => Message is null ? Announcement! : Message;

    /// <summary>Null for what need not be kept.</summary>
    internal static UnreadNotice? Of(SpeakerNotice notice) =>
        notice switch
        {
            MessageNotice message => new(Message: message),
            AnnouncementNotice announcement => new(Announcement: announcement),
            _ => null,
        };

    internal bool IsExpired(DateTimeOffset now) => Announcement?.ExpiresAt <= now;
}
