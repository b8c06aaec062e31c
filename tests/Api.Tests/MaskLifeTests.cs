using System.Text.Json;

namespace IotOrleans.Tests;

/// <summary>One mask from its making to its end.</summary>
public sealed class MaskLifeTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    [Fact]
    public async Task A_mask_is_made_changed_and_ended_by_hand_and_by_time()
    {
        const string First = """{"real": "+79266000011", "shown": "+78107000011", "note": "courier"}""";
        var mask = await house.Post("masks", First, 201);
        var path = $"masks/{mask.GetProperty("mask_id").GetInt64()}";
        var made = Moment(mask, "updated_at");
        var (status, changed) = await house.Ask(HttpMethod.Patch, path, """{"note": "driver", "calls_max": 3}""");
        Assert.Equal((200, "driver"), (status, changed.GetProperty("note").GetString()));
        Assert.Equal(3, (await house.Get(path)).GetProperty("calls_max").GetInt32());
        Assert.Equal(made, Moment(mask, "created_at"));
        Assert.True(Moment(changed, "updated_at") > made);
        Assert.Equal(Moment(changed, "updated_at"), Moment(await house.Get(path), "updated_at"));
        Assert.Equal(200, (await house.Ask(HttpMethod.Delete, path)).Status);
        Assert.True(Moment(await house.Get(path), "updated_at") > Moment(changed, "updated_at"));
        Assert.Equal(404, (await house.Ask(HttpMethod.Get, "/lookup/real/+78107000011")).Status);

        mask = await house.Post("masks", """{"real": "+79266000012", "shown": "+78107000012"}""", 201);
        path = $"masks/{mask.GetProperty("mask_id").GetInt64()}";
        await house.Until("masks/lookup/real/+78107000012", _ => true, 404);
        var soon = DateTimeOffset.UtcNow.AddSeconds(1).ToString("O");
        Assert.Equal(200, (await house.Ask(HttpMethod.Patch, path, $$"""{"expires_at": "{{soon}}"}""")).Status);
        await house.Until(
            path,
            now => now.TryGetProperty("ended_at", out var end) && end.ValueKind is JsonValueKind.String
        );
        Assert.Equal(404, (await house.Ask(HttpMethod.Get, "/lookup/real/+78107000012")).Status);
    }

    private static DateTimeOffset Moment(JsonElement mask, string member) =>
        mask.GetProperty(member).GetDateTimeOffset();
}
