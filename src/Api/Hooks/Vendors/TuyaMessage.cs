using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IotOrleans.Hooks;

/// <summary>
/// Messages of Tuya's message queue, passed on by a relay as they come out of it (sealed with AES) or opened:
/// developer.tuya.com, "Message types". Protocol 4 is a report of states, 20 an event of the device itself.
/// </summary>
internal static class TuyaMessage
{
    private const int DataMax = 64 * 1024;

    private static readonly Dictionary<string, string> Codes = new(StringComparer.Ordinal)
    {
        ["smoke_sensor_status"] = "smoke",
        ["smoke_sensor_state"] = "smoke",
        ["gas_sensor_status"] = "gas",
        ["gas_sensor_state"] = "gas",
        ["co_status"] = "co",
        ["co_state"] = "co",
        ["watersensor_state"] = "leak",
        ["doorcontact_state"] = "door",
        ["pir"] = "motion",
        ["presence_state"] = "motion",
        ["temper_alarm"] = "tamper",
        ["shock_state"] = "vibration",
        ["sos_state"] = "sos",
        ["sos"] = "sos",
        ["fall_down_state"] = "fall",
        ["doorbell_active"] = "doorbell",
        ["doorbell_call"] = "doorbell",
    };

    /// <param name="secrets">Tuya's access secret, old and new; it opens what is sealed.</param>
    public static HookReading Read(JsonElement message, HookMapping mapping, IReadOnlyList<string> secrets)
    {
        if (FieldPath.Text(message, "data") is not { } sealedText)
            return Opened(FieldPath.At(message, "data") ?? message, mapping);
        foreach (var secret in secrets)
        {
            if (Open(sealedText, secret) is not { } opened)
                continue;
            using (opened)
                return Opened(opened.RootElement, mapping);
        }
        return HookReading.NotMapped("the data cannot be opened with the hub's secret");
    }

    /// <summary>AES-128-ECB with PKCS 7 padding; the key is characters 8 to 24 of the access secret.</summary>
    internal static JsonDocument? Open(string data, string secret)
    {
        if (secret.Length < 24 || data.Length > DataMax)
            return null;
        try
        {
            using var aes = Aes.Create();
            aes.Key = Encoding.ASCII.GetBytes(secret[8..24]);
            return JsonDocument.Parse(aes.DecryptEcb(Convert.FromBase64String(data), PaddingMode.PKCS7));
        }
        catch (Exception wrong) when (wrong is CryptographicException or FormatException or JsonException)
        {
            return null;
        }
    }

    private static HookReading Opened(JsonElement message, HookMapping mapping)
    {
        if ((FieldPath.Text(message, "devId") ?? FieldPath.Text(message, "bizData.devId")) is not { } device)
            return HookReading.NotMapped("there is no devId");
        var id = FieldPath.Text(message, "dataId");
        if (FieldPath.Text(message, "bizCode") is { } code)
            return Life(device, code, message, mapping);
        return FieldPath.At(message, "status") is { ValueKind: JsonValueKind.Array } status
            ? HookReading.Join(status.EnumerateArray().Select(one => State(device, id, one, mapping)))
            : HookReading.NotMapped("there is neither status nor bizCode");
    }

    private static HookReading State(string device, string? dataId, JsonElement one, HookMapping mapping)
    {
        if (FieldPath.Text(one, "code") is not { } code)
            return HookReading.NotMapped("a status has no code");
        var word = mapping.Word(code) ?? Codes.GetValueOrDefault(code);
        if (word == HookMapping.Ignore)
            return HookReading.Passed($"{code} is ignored");
        if (word is null)
            return IsTelemetry(code)
                ? HookReading.Passed("it is telemetry")
                : HookReading.NotMapped($"'{code}' is not known");
        var value = FieldPath.Text(one, "value");
        bool? active = value switch
        {
            "alarm" or "true" or "1" or "sos" or "presence" or "drop" or "vibration" => true,
            "normal" or "false" or "0" or "none" => false,
            _ => null,
        };
        var more = new JsonObject { ["code"] = code, ["value"] = value };
        var id = dataId is null ? null : VendorFact.IdOf("tuya", dataId, code);
        // A bell has no end worth telling.
        if (word is "doorbell" or "button")
        {
            return active == false
                ? HookReading.Passed($"{code} is over")
                : HookReading.Of(new VendorFact([device], word, null, id, VendorFact.Time(At(one)), more));
        }
        return active is null
            ? HookReading.NotMapped($"the value '{value}' of {code} is not known")
            : HookReading.Of(new VendorFact([device], word, active, id, VendorFact.Time(At(one)), more));
    }

    private static HookReading Life(string device, string code, JsonElement message, HookMapping mapping)
    {
        if (code is not ("online" or "offline"))
            return mapping.Word(code) is null
                ? HookReading.Passed($"{code} is no event")
                : HookReading.Of(new VendorFact([device], mapping.Word(code)));
        var at = VendorFact.Time(FieldPath.At(message, "ts") ?? FieldPath.At(message, "bizData.time"));
        return HookReading.Of(
            new VendorFact([device], "offline", code == "offline", OccurredAt: at),
            new VendorFact([device], "online", code == "online", OccurredAt: at)
        );
    }

    private static JsonElement? At(JsonElement one) => FieldPath.At(one, "t");

    private static bool IsTelemetry(string code) =>
        code.StartsWith("battery", StringComparison.Ordinal)
        || code.StartsWith("va_", StringComparison.Ordinal)
        || code.EndsWith("_value", StringComparison.Ordinal)
        || code is "signal_strength" or "temp_current" or "humidity_value" or "charge_state";
}
