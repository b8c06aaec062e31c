using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace IotOrleans.Tests;

/// <summary>The switch's own word on how a call ended, when nobody here heard it.</summary>
public sealed class SwitchCdrTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    [Fact]
    public async Task A_call_whose_end_nobody_heard_ends_as_the_switchs_own_record_says()
    {
        var call = await Answered("+79161117111");
        Assert.True((await Post(Record(call, "RECOVERY_ON_TIMER_EXPIRE"))).GetProperty("wanted").GetBoolean());
        Assert.Equal("answered", (await house.Get("calls/" + call)).GetProperty("phase").GetString());

        house.Switch.Restart();
        var ended = await house.Until("calls/" + call, seen => seen.GetProperty("phase").GetString() == "ended");
        Assert.Equal("RECOVERY_ON_TIMER_EXPIRE", ended.GetProperty("hangup_cause").GetString());
        Assert.Equal("2026-11-20T22:04:00Z", ended.GetProperty("ended_at").GetString());
    }

    [Fact]
    public async Task A_call_that_is_gone_and_of_which_nobody_knows_is_lost()
    {
        var call = await Answered("+79161117112");
        house.Switch.Restart();
        var ended = await house.Until("calls/" + call, seen => seen.GetProperty("phase").GetString() == "ended");
        Assert.Equal("LOST", ended.GetProperty("hangup_cause").GetString());
        Assert.False((await Post(Record(call, "NORMAL_CLEARING"))).GetProperty("wanted").GetBoolean());
    }

    [Fact]
    public async Task A_record_as_FreeSWITCH_sends_it_is_understood_and_not_kept_when_the_call_is_not_ours()
    {
        var recorded = Path.Combine(AppContext.BaseDirectory, "json_cdr.json");
        var answer = await Post(await File.ReadAllTextAsync(recorded, TestContext.Current.CancellationToken));
        Assert.Equal("844fdbfc-ded5-4832-8acb-84ff1f3e32cf", answer.GetProperty("call_id").GetString());
        Assert.False(answer.GetProperty("wanted").GetBoolean());
    }

    [Theory]
    [InlineData("{}", "variables.uuid")]
    [InlineData("""{"variables": {"uuid": "x"}}""", "variables.uuid")]
    [InlineData("""{"variables": {"hangup_cause": "a\nb"}}""", "variables.hangup_cause")]
    [InlineData("""{"variables": {"end_uepoch": "-1"}}""", "variables.end_uepoch")]
    [InlineData("[", "$")]
    public async Task A_record_that_is_none_is_refused_by_the_name_of_its_mistake(string body, string field)
    {
        var (status, problem) = await Send(body);
        Assert.Equal(422, status);
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _), problem.ToString());
    }

    private async Task<string> Answered(string number)
    {
        var dialled = await house.Post("calls", $$"""{"to": "{{number}}"}""", 202);
        var call = dialled.GetProperty("call_id").GetString()!;
        await house.Until("calls/" + call, seen => seen.GetProperty("phase").GetString() == "answered");
        return call;
    }

    private static string Record(string call, string cause) =>
        $$"""
            {"switchname": "fs-1", "variables": {"uuid": "{{call}}", "hangup_cause": "{{cause}}",
             "start_uepoch": "1795212211199482", "answer_uepoch": "1795212214000000", "end_uepoch": "1795212240000000"}
            }
            """;

    private async Task<JsonElement> Post(string body)
    {
        var (status, answer) = await Send(body);
        Assert.Equal(200, status);
        return answer;
    }

    /// <summary>As mod_json_cdr does: a name and the key, in basic authentication.</summary>
    private async Task<(int Status, JsonElement Body)> Send(string body)
    {
        var name = Guid.NewGuid().ToString("N");
        var made = await house.Post("api-keys", $$"""{"name": "{{name}}", "role": "telephony"}""", 201);
        var credential = Encoding.UTF8.GetBytes("telephony:" + made.GetProperty("key").GetString());
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/switch/cdrs?uuid=x");
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(credential));
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await house.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, JsonSerializer.Deserialize<JsonElement>(text));
    }
}
