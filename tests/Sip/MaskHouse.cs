using System.Text.Json;

namespace IotOrleans.Tests.Sip;

/// <summary>Kamailio joins masked calls by itself: masks.cfg is in use.</summary>
public class MaskHouse : SipHouse
{
    protected override Dictionary<string, string> MoreEnvironment =>
        new()
        {
            ["MASK_KEY"] = Guid.NewGuid().ToString("N"),
            ["IOT_MASK_LOG_URL"] = "{api}/masks/calls",
            ["IOT_SMS_URL"] = "{api}/sms/inbound",
            ["TRUNK_OUT_NET"] = $"{Lab.TrunkOut}/32",
        };

    /// <summary>Masks of a pool of their own, known to the house when this returns.</summary>
    public async Task<(string Real, string Shown)[]> Masks(string pool, string first, string last, string[] reals)
    {
        await Post("mask-pools", $$"""{"name": "{{pool}}", "from": "{{first}}", "to": "{{last}}"}""", 201);
        var body = JsonSerializer.Serialize(new { pool, reals });
        var masks = (await Post("masks/generate", body, 200))
            .EnumerateArray()
            .Select(mask => (mask.GetProperty("real").GetString()!, mask.GetProperty("shown").GetString()!))
            .ToArray();
        await Until("masks/lookup/real/" + masks[^1].Item2, _ => true, 404);
        // A pool is heard of within two seconds, its masks at once; both are wanted.
        var free = last;
        if (masks.All(mask => mask.Item2 != free))
            await Until("routing/" + free, route => route.GetProperty("action").GetString() == "refuse", 404);
        return masks;
    }

    public Task<JsonElement> Log(string shown, int count) =>
        Until(
            "masks/calls?limit=500&shown=" + Uri.EscapeDataString(shown),
            page => page.GetProperty("items").GetArrayLength() == count
        );
}
