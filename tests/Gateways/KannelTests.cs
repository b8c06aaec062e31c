using System.Text.Json;
using IotOrleans.Tests.Speakers;

namespace IotOrleans.Tests.Gateways;

/// <summary>A house and the real Kannel.</summary>
public sealed class KannelHouse : WholeHouse
{
    internal Kannel Kannel { get; } = new();

    protected override string[] More =>
        [
            $"--Sms:Url={Kannel.SendSms}",
            "--Sms:Username=iot",
            "--Sms:Password=secret",
            "--Sms:From=100",
            .. _report is null ? [] : new[] { $"--Sms:ReportUrl={_report}" },
        ];

    private Uri? _report;

    public override async ValueTask InitializeAsync()
    {
        Kannel.Need();
        await base.InitializeAsync();
        var made = await Post("api-keys", """{"name": "gateway", "role": "telephony"}""", 201);
        var key = made.GetProperty("key").GetString()!;
        // Reports come to the address that is known only now.
        var address = Address;
        _report = new(address, $"/api/v1/sms/dlr?access_token={key}");
        await Restart(address);
        await Kannel.Start(address, key);
    }

    public override async ValueTask DisposeAsync()
    {
        await Kannel.DisposeAsync();
        await base.DisposeAsync();
    }
}

/// <summary>SMS both ways through the real Kannel, with the configuration that is shipped.</summary>
public sealed class KannelTests(KannelHouse house) : IClassFixture<KannelHouse>
{
    private static int _next;

    private readonly string _id = Guid.NewGuid().ToString("N")[..8];
    private readonly string _flat = $"{Interlocked.Increment(ref _next):00}";

    private string Number => $"+7934000{_flat}11";

    [Fact]
    public async Task Tas_23_an_sms_of_any_alphabet_and_of_three_parts_is_shown_as_it_was_sent()
    {
        await using var kitchen = await Speaker();
        await house.Kannel.Sends("+74951234567", Number, "Hello & goodbye = 100%+");
        await house.Kannel.Sends("+74951234567", Number, "Буду в 8 😀, 中文");
        string[] parts = [new('a', 153), new('b', 153), "the end"];
        await house.Kannel.SendsInParts("+74951234567", Number, parts);

        var came = new List<Message>();
        for (var message = 0; message < 3; message++)
            came.Add(await kitchen.Hears<Message>());
        string[] expected = ["Hello & goodbye = 100%+", "Буду в 8 😀, 中文", string.Concat(parts)];
        Assert.Equal(expected.Order(), came.Select(message => message.Text).Order());
        Assert.All(came, message => Assert.Equal("+74951234567", message.From));
        foreach (var message in came)
            Assert.True((await kitchen.AckMessage(message.MessageId)).Ok);
        await house.Until(
            "sms?msisdn=" + Uri.EscapeDataString(Number),
            page => page.GetProperty("items").EnumerateArray().All(one => Text(one, "status") == "read")
        );
    }

    [Fact]
    public async Task A_text_goes_out_in_its_own_alphabet_and_its_delivery_is_reported()
    {
        var plain = await Send("Wait: {50}€ [at] the door", "+79161230001");
        var heard = await house.Kannel.Hears();
        Assert.Equal(("text", "Wait: {50}€ [at] the door"), (heard.Kind, heard.Text));
        Assert.Equal(("100", "+79161230001"), (heard.From, heard.To));
        await Delivered(plain);

        var ucs2 = await Send("Дым на кухне 😀", "+79161230002", from: "Home");
        heard = await house.Kannel.Hears();
        Assert.Equal(("Home", "Дым на кухне 😀"), (heard.From, heard.Ucs2));
        await Delivered(ucs2);
    }

    [Fact]
    public async Task A_long_text_goes_out_in_parts_and_no_part_ends_within_a_character()
    {
        var text = new string('я', 66) + "😀" + new string('ж', 80);
        var id = await Send(text, "+79161230003");
        var parts = new[] { await house.Kannel.Hears(), await house.Kannel.Hears(), await house.Kannel.Hears() };

        Assert.Equal([1, 2, 3], parts.Select(part => (int)part.Head[^1]));
        Assert.All(parts, part => Assert.Equal(3, part.Head[^2]));
        Assert.All(parts, part => Assert.InRange(part.Bytes.Length, 2, 134));
        Assert.All(
            parts,
            part => Assert.False(char.IsHighSurrogate(part.Ucs2[^1]) || char.IsLowSurrogate(part.Ucs2[0]))
        );
        var whole = string.Concat(parts.Select(part => part.Ucs2));
        Assert.Equal(text, whole.Replace("\u2060", "", StringComparison.Ordinal));
        Assert.Equal(3, (await Delivered(id)).GetProperty("parts").GetInt32());
    }

    [Fact]
    public async Task A_gateway_that_is_down_for_a_while_gets_each_text_once_when_it_is_back()
    {
        await house.Kannel.Down();
        var id = await Send("Are you there?", "+79161230004");
        await house.Until(
            "sms/" + id,
            sms => sms.GetProperty("attempts").GetInt32() == 1 && Text(sms, "status") == "queued"
        );
        await house.Until(
            "/health/ready",
            now => Text(now.GetProperty("parts").GetProperty("sms_centre"), "status") == "down"
        );
        await house.Kannel.Up();

        Assert.Equal("Are you there?", (await house.Kannel.Hears()).Text);
        await Delivered(id);
        Assert.Equal(0, house.Kannel.Unheard);
    }

    private async Task<string> Send(string text, string to, string? from = null)
    {
        var sender = from is null ? "" : $", \"from\": \"{from}\"";
        var body = $$"""{"to": "{{to}}", "text": {{JsonSerializer.Serialize(text)}}{{sender}} }""";
        return Text(await house.Post("sms", body, 202), "message_id")!;
    }

    private Task<JsonElement> Delivered(string id) =>
        house.Until("sms/" + id, sms => Text(sms, "status") == "delivered");

    private async Task<SpeakerClient> Speaker() =>
        await SpeakerClient.Connect(house.Address, await house.Register("kitchen-" + _id, "speaker", Number));

    private static string? Text(JsonElement json, string member) => json.GetProperty(member).GetString();
}
