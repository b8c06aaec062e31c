using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Subscribers;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace IotOrleans.Speakers;

/// <summary>What speakers may call. Every call answers; none is trusted to name what belongs to the speaker.</summary>
[Authorize(Policy)]
public sealed class SpeakerHub(IGrainFactory grains, FrontEnd frontEnd, NumberPlan numbers) : Hub
{
    public const string Policy = "speaker";

    private const int DetailMax = 1_024;

    private DeviceId Device =>
        SpeakerIdentity.DeviceOf(Context.User)
        ?? throw new InvalidOperationException("Nobody without a device gets here.");

    public override Task OnConnectedAsync() => frontEnd.Open(Context, Clients.Caller, Device);

    public override Task OnDisconnectedAsync(Exception? exception) => frontEnd.Close(Context.ConnectionId, Device);

    public Task<SpeakerReply> Answer(string? callId) => OnCall(callId, call => call.Answer(Device));

    public Task<SpeakerReply> Reject(string? callId) => OnCall(callId, call => call.Reject(Device));

    public Task<SpeakerReply> Hangup(string? callId) => OnCall(callId, call => call.HangUpBy(Device));

    public Task<SpeakerReply> Ringing(string? callId) => OnCall(callId, call => call.Ringing(Device));

    /// <summary>Opens the door of the visitor that this speaker talks to.</summary>
    public Task<SpeakerReply> OpenDoor(string? callId) => OnCall(callId, call => call.OpenDoor(Device));

    /// <summary>
    /// Hands the call that this speaker talks on to another speaker (its device id) or phone (its number).
    /// </summary>
    public Task<SpeakerReply> Transfer(string? callId, string? target) =>
        RingTargets.Read(target, numbers) is { } place
            ? OnCall(callId, call => call.Transfer(place, Device))
            : Task.FromResult(SpeakerReply.BadRequest);

    public Task<SpeakerReply> AckMessage(string? messageId) => Acknowledge(messageId);

    public Task<SpeakerReply> AckAnnouncement(string? announcementId) => Acknowledge(announcementId);

    public async Task<SpeakerReply> CommandResult(string? commandId, bool ok, string? detail) =>
        Names.IsLine(commandId, Names.LengthMax) && detail is null or { Length: <= DetailMax }
            ? SpeakerReply.Of(await grains.Speaker(Device).CommandResult(commandId!, ok, detail))
            : SpeakerReply.BadRequest;

    private async Task<SpeakerReply> Acknowledge(string? noticeId) =>
        Names.IsLine(noticeId, Names.LengthMax)
            ? SpeakerReply.Of(await grains.Speaker(Device).Acknowledge(noticeId))
            : SpeakerReply.BadRequest;

    private async Task<SpeakerReply> OnCall(string? callId, Func<ICallLegGrain, Task<Refusal>> act) =>
        CallId.TryParse(callId, null, out var id)
            ? SpeakerReply.Of(await act(grains.CallLeg(id)))
            : SpeakerReply.BadRequest;
}
