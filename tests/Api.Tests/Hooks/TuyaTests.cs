using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IotOrleans.Hooks;

namespace IotOrleans.Tests.Hooks;

/// <summary>TAS-59: Tuya's own signature and sealing.</summary>
public sealed class TuyaTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    [Fact]
    public async Task A_message_in_Tuyas_own_signature_and_sealing_is_taken_and_an_altered_one_refused()
    {
        const string Secret = "0123456789abcdef0123456789abcdef";
        var hub = await Hub.Of(house, "tuya", """, "client_id": "client1" """);
        await house.Post($"hubs/{hub.Id}/secret", $$"""{"secret": "{{Secret}}", "overlap_seconds": 0}""", 200);
        await hub.Rule("smoke");
        await hub.Device("sensor_smoke", "vdevo1");
        const string Opened = """
            {"dataId": "d-1", "devId": "vdevo1", "productKey": "p", "status":
             [{"code": "smoke_sensor_status", "value": "alarm", "t": 1795000000000},
              {"code": "battery_percentage", "value": 80}]}
            """;
        using var aes = Aes.Create();
        aes.Key = Encoding.ASCII.GetBytes(Secret[8..24]);
        var data = Convert.ToBase64String(aes.EncryptEcb(Encoding.UTF8.GetBytes(Opened), PaddingMode.PKCS7));
        var json = $$"""{"protocol": 4, "pv": "2.0", "t": 1795000000000, "data": "{{data}}", "sign": "x"}""";

        var (status, body) = await SendTuya(hub, json, Secret);
        Assert.True(status == 202, body.ToString());
        Assert.Single(body.GetProperty("incidents").EnumerateArray());
        Assert.Equal(401, (await SendTuya(hub, json, Secret, sent: json + " ")).Status);
        Assert.Equal(401, (await SendTuya(hub, json, "another secret of 24 chars")).Status);
    }

    [Fact]
    public async Task A_Tuya_request_is_believed_once()
    {
        const string Secret = "0123456789abcdef0123456789abcdef";
        var hub = await Hub.Of(house, "tuya", """, "client_id": "client1" """);
        await house.Post($"hubs/{hub.Id}/secret", $$"""{"secret": "{{Secret}}"}""", 200);
        await hub.Device("sensor_leak", "vdevo2");
        const string Json = """{"devId": "vdevo2", "status": [{"code": "watersensor_state", "value": "alarm"}]}""";
        var now = TimeProvider.System.GetUtcNow();

        Assert.Equal(202, (await SendTuya(hub, Json, Secret, at: now)).Status);
        Assert.Equal(401, (await SendTuya(hub, Json, Secret, at: now)).Status);
        Assert.Equal(401, (await SendTuya(hub, Json, Secret, at: now.AddMinutes(-6))).Status);
    }

    [Fact]
    public void A_Tuya_request_is_signed_as_its_maker_says() =>
        Assert.Equal(
            "D78B0A8A0F7B4D4BCC835725334576C6E16931543145F1C9D055D3E0CAFA2ECF",
            TuyaSignature.Sign(
                "secret0123456789",
                "client1",
                "1700000000000",
                "",
                "GET",
                [],
                "",
                "/v1.0/token?grant_type=1"
            )
        );

    private static Task<(int Status, JsonElement Body)> SendTuya(
        Hub hub,
        string json,
        string secret,
        string? sent = null,
        DateTimeOffset? at = null
    )
    {
        var time = (at ?? TimeProvider.System.GetUtcNow())
            .ToUnixTimeMilliseconds()
            .ToString(CultureInfo.InvariantCulture);
        var sign = TuyaSignature.Sign(
            secret,
            "client1",
            time,
            "n-1",
            "POST",
            Encoding.UTF8.GetBytes(json),
            "",
            $"/api/v1/hooks/tuya/{hub.Id}"
        );
        return hub.Send(
            hub.Id,
            sent ?? json,
            ("client_id", "client1"),
            ("sign", sign),
            ("sign_method", "HMAC-SHA256"),
            ("t", time),
            ("nonce", "n-1")
        );
    }
}
