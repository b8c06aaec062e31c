using System.Text.Json;
using System.Text.Json.Nodes;
using IotOrleans.Actions;
using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Json;
using IotOrleans.Postings;
using IotOrleans.Rules;
using IotOrleans.Speakers;

namespace IotOrleans.Incidents;

/// <summary>
/// Carries out the actions of a rule that are not calls. Each order is named by its cause, so that a repeat is the same
/// order.
/// </summary>
internal sealed class IncidentActions(IGrainFactory grains, OutsideSpeakers outside, TimeProvider clock)
{
    private static readonly TimeSpan AnnouncementLife = TimeSpan.FromHours(12);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public Task<IncidentAttempt[]> Carry(Incident incident, RuleAction action) =>
        action switch
        {
            SendSmsAction sms => SendSms(incident, sms),
            NotifyDeviceAction notify => Notify(incident, notify),
            CommandDeviceAction command => Command(incident, command),
            WebhookAction webhook => Post(incident, webhook),
            BridgeAction bridge => Bridge(incident, bridge),
            _ => Task.FromResult<IncidentAttempt[]>([
                new(action.Name(), "", "not_delivered", clock.GetUtcNow(), Detail: "not available in this version"),
            ]),
        };

    private async Task<IncidentAttempt[]> SendSms(Incident incident, SendSmsAction sms)
    {
        var gate = await grains.GateFor(sms.Targets);
        var text = Wording.Fill(sms.Text, incident.Facts);
        var attempts = new List<IncidentAttempt>();
        foreach (var target in sms.Targets.Distinct())
        {
            attempts.Add(
                gate.Refuses(target) is { } reason
                    ? new("send_sms", target.ToString(), reason, clock.GetUtcNow())
                    : await Post(incident, "send_sms", target.ToString(), PostingKind.Sms, text)
            );
        }
        return [.. attempts];
    }

    /// <summary>Durable before it is tried; what becomes of it comes back as a report.</summary>
    private async Task<IncidentAttempt> Post(
        Incident incident,
        string action,
        string target,
        PostingKind kind,
        string content
    )
    {
        var id = NameOf(incident, target);
        await grains
            .Posting(Guid.Parse(id))
            .Post(new(kind, target, content, null, incident.IncidentId, incident.IsLifeSafety));
        return new(action, target, "queued", clock.GetUtcNow(), MessageId: id);
    }

    private async Task<IncidentAttempt[]> Notify(Incident incident, NotifyDeviceAction notify)
    {
        DeviceId[] devices = notify.DeviceId is { } one ? [one] : await SpeakersOf(incident);
        var text = Wording.Fill(notify.Text, incident.Facts);
        // All at once: one that does not answer must not hold up the others, or the calls that come after.
        return await Task.WhenAll(devices.Select(Tell));

        async Task<IncidentAttempt> Tell(DeviceId device)
        {
            var id = NameOf(incident, device.Value);
            return Outcome("notify_device", device.Value, await Announce(incident, device, id, text), id);
        }
    }

    /// <summary>
    /// Tells the home that others will be told, as long as it may still be called a false alarm. Speakers know the
    /// announcement by its name and say it once.
    /// </summary>
    public async Task Warn(Incident incident, TimeSpan left)
    {
        var what = $"{incident.Facts.EventType} at {incident.Facts.Title}";
        var seconds = (int)Math.Ceiling(left.TotalSeconds);
        var text = incident.Corroboration is { Otherwise: Uncorroborated.Close }
            ? $"{what}, which nothing else confirms yet. Is it a false alarm?"
            : $"{what}: acknowledge within {seconds} seconds if it is a false alarm.";
        foreach (var device in await SpeakersOf(incident))
        {
            var id = NamedId.Of("warning", incident.IncidentId.ToString(), device.Value).ToString("D");
            await outside.Reach(device, Announcement(incident, id, text));
        }
    }

    private async Task<Delivery> Announce(Incident incident, DeviceId device, string id, string text)
    {
        var notice = Announcement(incident, id, text);
        if (await grains.Speaker(device).Tell(notice) > 0)
            return new(true);
        return await outside.TellNow(device, notice, Patience)
            ?? new(false, Detail: "the device is away and will be told when it is back");
    }

    private AnnouncementNotice Announcement(Incident incident, string id, string text)
    {
        var level = incident.IsLifeSafety ? "alarm" : "info";
        return new(id, text, level, clock.GetUtcNow() + AnnouncementLife, incident.IncidentId);
    }

    private async Task<IncidentAttempt[]> Command(Incident incident, CommandDeviceAction command)
    {
        var id = NameOf(incident, command.DeviceId.Value);
        var notice = new CommandNotice(id, command.Command, command.Arguments);
        var delivery = await grains.Speaker(command.DeviceId).Command(notice, incident.IncidentId)
            ? new(true)
            : await outside.TellNow(command.DeviceId, notice, Patience)
                ?? new Delivery(false, Detail: "the device is not connected");
        return [Outcome("command_device", command.DeviceId.Value, delivery, id)];
    }

    private async Task<IncidentAttempt[]> Bridge(Incident incident, BridgeAction bridge)
    {
        var call = new CallId(NamedId.Of("visit", incident.IncidentId.ToString(), $"{incident.Step}"));
        var door = (await grains.Device(bridge.DeviceId).Look())?.Device;
        if (door?.Endpoint is not { } address || !DoorPlan.CanTalk(address))
            return [NotBridged("the device has no SIP endpoint")];
        if (incident.Msisdn is not { } number)
            return [NotBridged("the device belongs to no subscriber")];
        var home = await grains.Subscriber(number).PlanCall("");
        var plan = DoorPlan.Of(bridge, home, await SpeakersOf(incident));
        var visit = DoorPlan.Visit(bridge, door, incident.Facts.Payload);
        await grains
            .CallLeg(call)
            .Visit(
                new(
                    door.DeviceId,
                    address,
                    door.Title,
                    number,
                    plan,
                    visit,
                    incident.IncidentId,
                    incident.EventId,
                    incident.TraceId
                )
            );
        return [new("bridge", bridge.DeviceId.Value, "ordered", clock.GetUtcNow(), call)];

        IncidentAttempt NotBridged(string why) =>
            Outcome("bridge", bridge.DeviceId.Value, new(false, Detail: why), call.ToString());
    }

    private async Task<IncidentAttempt[]> Post(Incident incident, WebhookAction webhook)
    {
        var body = JsonSerializer.SerializeToNode(incident.ToRecord(), ContractJson.Options)!.AsObject();
        body["payload"] = JsonNode.Parse(incident.Facts.Payload.Text);
        return [await Post(incident, "webhook", webhook.Url, PostingKind.Webhook, body.ToJsonString())];
    }

    private async Task<DeviceId[]> SpeakersOf(Incident incident) =>
        incident.Msisdn is { } number ? await grains.Subscriber(number).Speakers() : [];

    private IncidentAttempt Outcome(string action, string target, Delivery delivery, string messageId) =>
        new(
            action,
            target,
            delivery.Delivered ? "delivered" : "not_delivered",
            clock.GetUtcNow(),
            MessageId: messageId,
            Detail: delivery.Detail
        );

    private static string NameOf(Incident incident, string target) =>
        NamedId.Of("message", incident.IncidentId.ToString(), $"{incident.Step}", target).ToString("D");
}
