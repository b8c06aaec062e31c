using System.Net;
using System.Text;
using System.Text.Json;
using IotOrleans.Masks;
using IotOrleans.Postgres;
using IotOrleans.Subscribers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace IotOrleans.Tests;

/// <summary>Many masks: large files, many who ask, several processes on one database.</summary>
public sealed class MaskBulkTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    [Fact]
    public async Task Ten_thousand_lines_come_in_by_one_request_and_the_same_file_again_gives_the_same_numbers()
    {
        await Pool("bulk", "+78101000000", "+78101009999");
        var csv = string.Join('\n', Enumerable.Range(0, 10_000).Select(n => $"+7926{1_000_000 + n}"));
        var answer = await Import(csv, "?pool=bulk");
        Assert.Equal((10_000, 10_000), (Number(answer, "rows"), Number(answer, "accepted")));
        var first = await Export();
        Assert.Equal(10_000, Number(await Import(csv, "?pool=bulk"), "unchanged"));
        Assert.Equal(first, await Export());

        await house.Until("/health/live", _ => house.Service<IMaskLookup>().Count >= 10_000);
        var lookup = house.Service<IMaskLookup>();
        var pairs = first.Where(pair => pair.Shown.Digits.StartsWith("78101", StringComparison.Ordinal)).ToList();
        Assert.Equal(10_000, pairs.Select(pair => pair.Shown).Distinct().Count());
        Assert.All(
            pairs,
            pair => Assert.Equal((pair.Real, pair.Shown), (lookup.RealOf(pair.Shown), lookup.ShownOf(pair.Real)))
        );
    }

    /// <summary>A gathered answer would begin when the last row is there; then nobody reads any more.</summary>
    [Fact]
    public async Task An_export_begins_while_its_rows_are_still_being_read()
    {
        const int Masks = 200_000;
        await Run(
            $"insert into masks (real, shown, note) select 79500000000 + n, 79510000000 + n, repeat('long ', 30) "
                + $"from generate_series(1, {Masks}) n"
        );
        using var request = house.Request(HttpMethod.Get, "masks/export.csv");
        using var answer = await house.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await answer.Content.ReadAsStreamAsync();
        using var lines = new StreamReader(stream);
        Assert.Equal("real,shown,expires_at,note", await lines.ReadLineAsync());

        await using var source = NpgsqlDataSource.Create(house.ConnectionString);
        await using var waits = source.CreateCommand(
            "select count(*) from pg_stat_activity where datname = current_database() and state = 'active' "
                + "and wait_event = 'ClientWrite' and query like '%from masks where ended_at is null and %'"
        );
        await house.Until("/health/live", _ => waits.ExecuteScalar() is 1L);

        var read = 0;
        while (await lines.ReadLineAsync() is { } line)
            read += line.StartsWith("+795", StringComparison.Ordinal) ? 1 : 0;
        Assert.Equal(Masks, read);
        await Run("delete from masks where real between 79500000000 and 79509999999");
    }

    [Fact]
    public async Task A_look_up_and_a_search_go_by_an_index()
    {
        await using var source = NpgsqlDataSource.Create(house.ConnectionString);
        await using var fill = source.CreateCommand(
            """
            insert into masks (real, shown) select 79990000000 + n, 79980000000 + n from generate_series(1, 5000) n;
            analyze masks
            """
        );
        await fill.ExecuteNonQueryAsync();
        foreach (var column in new[] { "shown", "real" })
        {
            await using var explain = source.CreateCommand(
                $"explain select 1 from masks where {column} = 79990000001 and ended_at is null"
            );
            await using var lines = await explain.ExecuteReaderAsync();
            var plan = "";
            while (await lines.ReadAsync())
                plan += lines.GetString(0) + "\n";
            Assert.Contains($"masks_{column}", plan, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Pages_of_masks_have_neither_gaps_nor_repeats_while_new_ones_are_made()
    {
        await Pool("pages", "+78102000000", "+78102000099");
        for (var number = 0; number < 10; number++)
            await Create("pages", $"+7926200{number:0000}");
        var seen = new List<string>();
        string? cursor = "";
        for (var page = 0; cursor is not null && page < 20; page++)
        {
            var next = cursor.Length > 0 ? "&cursor=" + Uri.EscapeDataString(cursor) : "";
            var found = await house.Get("masks?pool=pages&limit=3" + next);
            seen.AddRange(found.GetProperty("items").EnumerateArray().Select(mask => Text(mask, "real")!));
            cursor = Text(found, "next_cursor");
            await Create("pages", $"+7926201{page:0000}");
        }
        Assert.Equal(Enumerable.Range(0, 10).Select(number => $"+7926200{9 - number:0000}"), seen);
    }

    [Fact]
    public async Task Two_processes_share_a_pool_to_its_last_number()
    {
        await Pool("shared", "+78103000000", "+78103009999");
        // Each may wait long for the other on a machine that has much to do.
        var patient = house.ConnectionString + ";Command Timeout=600";
        await using var one = NpgsqlDataSource.Create(patient);
        await using var other = NpgsqlDataSource.Create(patient);
        var given = await Task.WhenAll(Take(one, 0), Take(other, 5_000));
        Assert.Equal(10_000, given.SelectMany(shown => shown).Distinct().Count());
        var refused = await Store(one).Generate("shared", [new("79270099999")], null, default);
        Assert.Equal(Refusal.LimitReached, refused.Refusal);

        async Task<Msisdn[]> Take(NpgsqlDataSource source, int from)
        {
            var taken = new List<Msisdn>();
            for (var batch = 0; batch < 5_000; batch += 1_000)
            {
                var first = from + batch;
                Msisdn[] reals = [.. Enumerable.Range(first, 1_000).Select(n => new Msisdn($"7927{1_000_000 + n}"))];
                var masks = await Store(source).Generate("shared", reals, null, default);
                taken.AddRange(masks.Value!.Select(mask => mask.Shown));
            }
            return [.. taken];
        }

        PostgresMasks Store(NpgsqlDataSource source) =>
            new(source, Replica.Without(source), house.Service<MaskOptions>(), TimeProvider.System);
    }

    [Fact]
    public async Task Another_process_knows_a_new_mask_and_no_longer_an_old_one_when_its_end_is_answered()
    {
        await using var source = NpgsqlDataSource.Create(house.ConnectionString);
        using var mirror = new MaskMirror(source, TimeProvider.System, NullLogger<MaskMirror>.Instance);
        await mirror.StartAsync(CancellationToken.None);
        var (real, shown) = (new Msisdn("79263000001"), new Msisdn("78104000001"));
        var mask = await house.Post("masks", $$"""{"real": "{{real}}", "shown": "{{shown}}"}""", 201);
        await house.Until("/health/live", _ => mirror.RealOf(shown) == real);
        var (status, ended) = await house.Ask(HttpMethod.Delete, $"masks/{Number(mask, "mask_id")}");
        Assert.Equal((200, 0), (status, Number(ended, "pending_processes")));
        Assert.Null(mirror.RealOf(shown));
        await mirror.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Two_hundred_at_once_take_no_more_connections_than_the_pool_has()
    {
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 200).Select(_ => house.Ask(HttpMethod.Get, "masks?limit=1"))
        );
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        await using var alone = NpgsqlDataSource.Create(house.ConnectionString);
        await using var count = alone.CreateCommand(
            """
            select count(*)::int from pg_stat_activity
            where datname = current_database() and application_name = 'iotorleans'
            """
        );
        // The pool, and those that keep a second house out or silos together.
        Assert.InRange((int)(await count.ExecuteScalarAsync())!, 1, 40 + 4);
    }

    [Theory]
    [InlineData("{0},{1}\n{2},{3}\n", "utf-8")]
    [InlineData("\ufeffreal,shown\r\n{0},{1}\r\n{2},{3}\r\n", "utf-8")]
    [InlineData("\ufeffreal;shown\r\n{0};{1}\r\n{2};{3}", "utf-16")]
    [InlineData("shown\treal\n{1}\t{0}\n{3}\t{2}\n", "utf-8")]
    [InlineData("\"real\",\"shown\"\n\"{0}\",\"{1}\"\n\"{2}\", {3} \n", "utf-8")]
    [InlineData("phone,mask\n{0},{1}\n\n{2},{3}\n\n", "iso-8859-1")]
    public async Task Files_of_any_make_say_the_same(string form, string encoding)
    {
        var block = Random.Shared.Next(100_000, 999_999);
        string[] numbers = [$"+7928{block}1", $"+7811{block}1", $"8 (928) {block:000-000}2", $"+7 811 {block}2"];
        var bytes = Encoding.GetEncoding(encoding).GetBytes(string.Format(null, form, [.. numbers]));
        var answer = await Import(new ByteArrayContent(bytes), "");
        Assert.Equal(2, Number(answer, "accepted"));
        Assert.Equal($"+7928{block}2", Text(await Only($"+7811{block}2"), "real"));
        Assert.Equal($"+7928{block}1", Text(await Only($"+7811{block}1"), "real"));
    }

    [Fact]
    public async Task Words_of_another_language_than_ours_are_numbers_or_notes_and_never_commands()
    {
        const string Evil = "'); drop table masks; --";
        var escaped = Uri.EscapeDataString(Evil);
        Assert.Equal(422, (await house.Ask(HttpMethod.Get, "/lookup/real/" + escaped)).Status);
        Assert.Equal(422, (await house.Ask(HttpMethod.Get, "/lookup/fake/" + escaped)).Status);
        Assert.Equal(422, (await house.Ask(HttpMethod.Get, "masks?number=" + escaped)).Status);
        Assert.Equal(422, (await house.Ask(HttpMethod.Get, "masks/calls?shown=" + escaped)).Status);
        Assert.Empty((await house.Get("masks?pool=" + escaped)).GetProperty("items").EnumerateArray());
        var csv = $"real,shown,note\n+79264000001,+78105000001,\"{Evil}\"\n\"{Evil}\",+78105000002,\n";
        var answer = await Import(csv, "");
        Assert.Equal((1, 1), (Number(answer, "accepted"), Number(answer, "rejected")));
        Assert.Equal(Evil, Text(await Only("+78105000001"), "note"));
    }

    private async Task<JsonElement> Only(string number) =>
        Assert.Single(
            (await house.Get("masks?number=" + Uri.EscapeDataString(number))).GetProperty("items").EnumerateArray()
        );

    private Task<JsonElement> Pool(string name, string from, string to) =>
        house.Post("mask-pools", $$"""{"name": "{{name}}", "from": "{{from}}", "to": "{{to}}"}""", 201);

    private Task<JsonElement> Create(string pool, string real) =>
        house.Post("masks", $$"""{"real": "{{real}}", "pool": "{{pool}}"}""", 201);

    private Task<JsonElement> Import(string csv, string query) =>
        Import(new ByteArrayContent(Encoding.UTF8.GetBytes(csv)), query);

    private async Task<JsonElement> Import(ByteArrayContent csv, string query)
    {
        csv.Headers.ContentType = new("text/csv");
        using var request = house.Request(HttpMethod.Post, "masks/import" + query);
        request.Content = csv;
        using var answer = await house.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, text);
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    private async Task<List<(Msisdn Real, Msisdn Shown)>> Export()
    {
        using var request = house.Request(HttpMethod.Get, "masks/export.csv");
        using var answer = await house.Http.SendAsync(request);
        var lines = (await answer.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        return
        [
            .. lines
                .Skip(1)
                .Select(line => line.Split(','))
                .Select(cells => (Msisdn.Parse(cells[0], null), Msisdn.Parse(cells[1], null)))
                .Where(pair => pair.Item2.Digits.StartsWith("78101", StringComparison.Ordinal)),
        ];
    }

    private static int Number(JsonElement json, string member) => json.GetProperty(member).GetInt32();

    private static string? Text(JsonElement json, string member) => json.GetProperty(member).GetString();

    private async Task Run(string sql)
    {
        await using var source = NpgsqlDataSource.Create(house.ConnectionString + ";Command Timeout=600");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
