using System.Text.RegularExpressions;
using Npgsql;

namespace IotOrleans.Tests.Sip;

/// <summary>What a SIP server may ask of the database: the same as of the house, and nothing else.</summary>
public sealed partial class LookupRoleTests(SipHouse house) : IClassFixture<SipHouse>
{
    private static readonly string[] Forms = ["+7{0}", "8{0}", "7{0}", "007{0}", "8107{0}", "8 ({0})", "{0}", "0{0}"];

    [Fact]
    public async Task The_view_and_the_house_say_the_same_of_a_thousand_random_numbers()
    {
        await house.AllThere();
        var random = new Random(20_261_127);
        var reals = Enumerable.Range(0, 60).Select(_ => Random9(random)).Distinct().ToArray();
        foreach (var (index, real) in reals.Index())
            await Settle("+7" + real, index);
        await house.Until("masks/lookup/real/+78005559900", _ => true, 404);
        await house.Until("routing/+78005559999", route => route.GetProperty("action").GetString() == "refuse", 404);
        await using var lookup = NpgsqlDataSource.Create(house.LookupConnection);
        var answers = new Dictionary<string, int>();
        for (var i = 0; i < 1_000; i++)
        {
            var number = random.Next(3) switch
            {
                0 => Random9(random),
                1 => "80055599" + random.Next(100).ToString("00"),
                _ => reals[random.Next(reals.Length)],
            };
            var asked = string.Format(null, Forms[random.Next(Forms.Length)], number);
            var caller = random.Next(2) == 0 ? "" : "+7" + reals[random.Next(reals.Length)];
            var said = await House(asked, caller);
            Assert.Equal((asked, caller, said), (asked, caller, await Database(lookup, asked, caller)));
            var word = said.Split(' ')[0];
            answers[word] = answers.GetValueOrDefault(word) + 1;
        }
        // Each answer was among them.
        Assert.All(["socket", "bridge", "refuse", "none"], word => Assert.InRange(answers[word], 20, 900));
    }

    [Fact]
    public async Task The_view_lists_the_numbers_that_ring_here()
    {
        await house.AllThere();
        await house.Speaker("+79167770001");
        await house.Register("leak-7", "sensor_leak", "+79167770002");
        await using var lookup = NpgsqlDataSource.Create(house.LookupConnection);
        await using var command = lookup.CreateCommand(
            "select count(*), min(msisdn) from routing where msisdn like '+7916777%'"
        );
        await using var rows = await command.ExecuteReaderAsync();
        Assert.True(await rows.ReadAsync());
        Assert.Equal((1L, "+79167770001"), (rows.GetInt64(0), rows.GetString(1)));
    }

    [Theory]
    [InlineData("insert into masks (real, shown) values (79160000001, 78000000001)")]
    [InlineData("insert into routing (msisdn, action) values ('+79160000001', 'socket')")]
    [InlineData("update mask_real set real = '+79160000001'")]
    [InlineData("delete from subscribers")]
    [InlineData("select * from masks")]
    [InlineData("select * from mask_sessions")]
    [InlineData("select * from subscribers")]
    [InlineData("select * from grain_state")]
    [InlineData("select * from cdrs")]
    [InlineData("select * from users")]
    [InlineData("select * from api_keys")]
    [InlineData("create table mine (a integer)")]
    public async Task Anything_else_is_refused(string sql)
    {
        await house.AllThere();
        await using var lookup = NpgsqlDataSource.Create(house.LookupConnection);
        await using var command = lookup.CreateCommand(sql);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
        Assert.True(refused.SqlState is "42501" or "55000", refused.Message);
    }

    [Fact]
    public async Task Every_query_of_the_Asterisk_files_is_answered_to_this_role()
    {
        await house.AllThere();
        await house.Post("masks", """{"real": "+79167770011", "shown": "+78007770011"}""", 201);
        await using var lookup = NpgsqlDataSource.Create(house.LookupConnection);
        var file = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "asterisk", "func_odbc.conf"));
        var answers = new List<string>();
        foreach (Match query in Query().Matches(file))
        {
            var sql = query
                .Groups["sql"]
                .Value.Replace("${SQL_ESC(${ARG1})}", "+78007770011", StringComparison.Ordinal)
                .Replace("${SQL_ESC(${ARG2})}", "+79167770011", StringComparison.Ordinal);
            await using var command = lookup.CreateCommand(sql);
            answers.Add($"{await command.ExecuteScalarAsync()}");
        }
        Assert.Equal(["bridge,+79167770011,+78007770011,"], answers);
    }

    private async Task Settle(string number, int index)
    {
        switch (index % 4)
        {
            case 0:
                await house.Speaker(number);
                break;
            case 1:
                await house.Register("sensor-" + number[1..], "sensor_smoke", number);
                break;
            case 2:
                var policy = (index / 4 % 3) switch
                {
                    0 => """{"targets": [{"room": "Hall"}]}""",
                    1 => """{"fallback": [{"voicemail": true}]}""",
                    _ => """{"targets": [{"dial_string": "user/1001"}]}""",
                };
                if (index % 8 == 2)
                    await house.Register("hall-" + number[1..], "display", number, ""","room": "hall" """);
                var (status, body) = await house.Ask(
                    HttpMethod.Put,
                    "subscribers/" + number,
                    $$"""{"policy": {{policy}}, "line": "{{(index % 5 == 0 ? "sms" : "both")}}"}"""
                );
                Assert.True(status is 200 or 201, $"{status} {body}");
                break;
            default:
                await Mask(number, index);
                break;
        }
    }

    private async Task Mask(string number, int index)
    {
        if (index == 3)
        {
            await house.Post("mask-pools", """{"name": "random", "from": "+78005559900", "to": "+78005559999"}""", 201);
            await house.Post("masks", $$"""{"real": "{{number}}", "shown": "+78005559900"}""", 201);
            return;
        }
        var shown = "+780055599" + index.ToString("00");
        if (index % 8 == 3)
            await house.Post(
                "mask-sessions",
                $$"""{"a": "{{number}}", "b": "+7916999{{index:0000}}", "shown": "{{shown}}"}""",
                201
            );
        else
            await house.Post("masks", $$"""{"real": "{{number}}", "shown": "{{shown}}"}""", 201);
    }

    private async Task<string> House(string number, string caller)
    {
        var path = $"routing/{Uri.EscapeDataString(number)}?caller={Uri.EscapeDataString(caller)}";
        var (status, body) = await house.Ask(HttpMethod.Get, path);
        Assert.True(status is 200 or 404 or 422, $"{status} {body}");
        return status == 200 ? $"{Word("action")} {Word("target")} {Word("presented")} {Word("cause")}" : "none   ";

        string Word(string name) => body.TryGetProperty(name, out var word) ? word.GetString() ?? "" : "";
    }

    private static async Task<string> Database(NpgsqlDataSource lookup, string number, string caller)
    {
        await using var command = lookup.CreateCommand(
            "select concat_ws(' ', action, coalesce(target, ''), coalesce(presented, ''), coalesce(cause, '')) "
                + "from route_call($1, nullif($2, ''))"
        );
        command.Parameters.Add(new() { Value = number });
        command.Parameters.Add(new() { Value = caller });
        return await command.ExecuteScalarAsync() as string ?? "none   ";
    }

    private static string Random9(Random random) => "91" + random.Next(100_000_000).ToString("00000000");

    [GeneratedRegex(@"^readsql=(?<sql>.*)$", RegexOptions.Multiline)]
    private static partial Regex Query();
}
