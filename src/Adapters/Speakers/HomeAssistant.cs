using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using IotOrleans.Access;
using IotOrleans.Actions;
using IotOrleans.Devices;
using Microsoft.Extensions.Options;

namespace IotOrleans.Speakers;

/// <summary>
/// A Home Assistant for all homes. Section "HomeAssistant"; a device's own endpoint and secret go before these.
/// </summary>
public sealed class HomeAssistantOptions
{
    public Uri? Url { get; set; }

    /// <summary>A long-lived access token.</summary>
    public string? Token { get; set; }

    /// <summary>The entity that speaks; a device's metadata may name another as tts_entity.</summary>
    public string TtsEntity { get; set; } = "tts.home_assistant_cloud";
}

/// <summary>
/// Media players behind Home Assistant, by its REST API (developers.home-assistant.io, "POST /api/services"):
/// everything is spoken by <c>tts.speak</c>; a command is the name of a service.
/// </summary>
internal sealed class HomeAssistant(
    VendorLine line,
    IDeviceSecrets secrets,
    IOptions<HomeAssistantOptions> options,
    TimeProvider clock
) : IVendorSpeakers
{
    public bool Serves(DeviceRegistration device) =>
        Requests.IsVendor(device, "homeassistant", "home_assistant") && Address(device) is not null;

    public async Task<Delivery> Tell(
        DeviceRegistration device,
        SpeakerNotice notice,
        string messageId,
        CancellationToken cancellation
    )
    {
        if (device.ExternalId is not { } entity)
            return new(false, Detail: "the device has no external_id: the entity of its media player");
        var living = await secrets.Living(device.DeviceId, clock.GetUtcNow(), cancellation);
        if ((living is [var own, ..] ? own.Text : options.Value.Token) is not { } token)
            return new(false, Detail: "there is no token for this Home Assistant");
        if (Service(device, entity, notice) is not var (service, body))
            return new(false, Detail: "a command must be the name of a service, such as media_player.volume_set");
        var address = Requests.Under(Address(device)!, "api/services/" + service);
        return await line.Send(
            () =>
            {
                var request = Requests.Json(address, body.DeepClone().AsObject());
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                return request;
            },
            cancellation
        );
    }

    private Uri? Address(DeviceRegistration device) => Requests.Web(device.Endpoint) ?? options.Value.Url;

    private (string Service, JsonObject Body)? Service(
        DeviceRegistration device,
        string entity,
        SpeakerNotice notice
    ) =>
        notice switch
        {
            RingNotice ring => Speak(
                device,
                entity,
                $"A call from {ring.CallerName ?? ring.Caller ?? "a withheld number"}."
            ),
            MessageNotice message => Speak(device, entity, $"A message from {message.From}: {message.Text}"),
            AnnouncementNotice announcement => Speak(device, entity, announcement.Text),
            AnsweredNotice or EndedNotice => ("media_player/media_stop", new() { ["entity_id"] = entity }),
            CommandNotice command => Named(entity, command),
            _ => null,
        };

    private (string, JsonObject) Speak(DeviceRegistration device, string entity, string text) =>
        (
            "tts/speak",
            new()
            {
                ["entity_id"] = Requests.Metadata(device, "tts_entity") ?? options.Value.TtsEntity,
                ["media_player_entity_id"] = entity,
                ["message"] = text,
            }
        );

    private static (string, JsonObject)? Named(string entity, CommandNotice command)
    {
        if (command.Command.Split('.') is not [{ Length: > 0 } domain, { Length: > 0 } service])
            return null;
        if (!IsWord(domain) || !IsWord(service))
            return null;
        var body = command.Arguments is { } given && JsonNode.Parse(given.Text) is JsonObject members ? members : [];
        // A rule commands this device, not what its arguments name.
        foreach (var target in new[] { "device_id", "area_id", "floor_id", "label_id", "target" })
            body.Remove(target);
        body["entity_id"] = entity;
        return ($"{domain}/{service}", body);
    }

    private static bool IsWord(string text) =>
        text.All(sign => char.IsAsciiLetterLower(sign) || char.IsAsciiDigit(sign) || sign == '_');
}
