using System.Text.Json.Serialization;
using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Json;
using IotOrleans.Subscribers;

namespace IotOrleans.Speakers;

/// <summary>
/// The calls that the hub makes on a speaker, in the shapes that the outside contract fixes. What may be unknown is
/// written as null, so that every member is always there.
/// </summary>
/// <param name="Caller">Null when the caller withholds it.</param>
internal sealed record IncomingCallShape(
    CallId CallId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Caller,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? CallerName,
    Msisdn Msisdn,
    int RingSeconds,
    DateTimeOffset StartedAt,
    DoorShape? Door
);

/// <summary>Somebody is at the door: what there is to see, and that <c>OpenDoor</c> may be called in talk.</summary>
internal sealed record DoorShape(string? SnapshotUrl, string? VideoUrl);

internal sealed record CallAnsweredShape(
    CallId CallId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DeviceId? ByDeviceId,
    bool ByMe
);

internal sealed record CallEndedShape(CallId CallId, string Cause);

internal sealed record MessageShape(string MessageId, string From, string Text, DateTimeOffset At);

internal sealed record AnnouncementShape(string AnnouncementId, string Text, string Level, DateTimeOffset ExpiresAt);

internal sealed record CommandShape(
    string CommandId,
    string Command,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] JsonText? Arguments
);

/// <summary>The name of a call on the speaker, and its one argument.</summary>
internal readonly record struct SpeakerCall(string Name, object Argument)
{
    /// <summary>Null for a notice that this version does not know.</summary>
    public static SpeakerCall? For(SpeakerNotice notice, DeviceId device) =>
        notice switch
        {
            RingNotice ring => new(
                "IncomingCall",
                new IncomingCallShape(
                    ring.CallId,
                    ring.Caller,
                    ring.CallerName,
                    ring.Msisdn,
                    ring.RingSeconds,
                    ring.StartedAt,
                    ring.Visit is { } visit ? new(visit.SnapshotUrl, visit.VideoUrl) : null
                )
            ),
            AnsweredNotice answered => new(
                "CallAnswered",
                new CallAnsweredShape(answered.CallId, answered.ByDeviceId, answered.ByDeviceId == device)
            ),
            EndedNotice ended => new("CallEnded", new CallEndedShape(ended.CallId, ended.Cause)),
            MessageNotice text => new("Message", new MessageShape(text.MessageId, text.From, text.Text, text.At)),
            AnnouncementNotice said => new(
                "Announcement",
                new AnnouncementShape(said.AnnouncementId, said.Text, said.Level, said.ExpiresAt)
            ),
            CommandNotice command => new(
                "Command",
                new CommandShape(command.CommandId, command.Command, command.Arguments)
            ),
            _ => null,
        };
}
