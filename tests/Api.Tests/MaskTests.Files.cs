using System.Net;
using System.Text;
using System.Text.Json;

namespace IotOrleans.Tests;

/// <summary>Masks that come and go in files.</summary>
public sealed partial class MaskTests
{
    [Fact]
    public async Task A_file_is_taken_in_and_each_line_that_is_not_is_told_with_its_reason()
    {
        await Mask(Real(9), Shown(9));
        var csv = $"""
            real;shown;note
            {Real(1)};{Shown(1)};first
            {Real(2)};8 800 {_block:000} 00 02;"quoted; note"
            not a number;{Shown(3)};
            {Real(4)};{Shown(1)};
            {Real(5)};{Shown(9)};
            {Real(9)};{Shown(9)};
            """;
        var answer = await Import(csv);
        Assert.Equal("applied", Text(answer, "status"));
        Assert.Equal((6, 2, 1, 3), Counts(answer));
        Assert.Equal(
            [
                (4L, "the real number is not a telephone number"),
                (5L, "the shown number stands in an earlier line"),
                (6L, "the shown number is taken"),
            ],
            answer
                .GetProperty("rejected_lines")
                .EnumerateArray()
                .Select(line => (line.GetProperty("line").GetInt64(), Text(line, "reason")!))
                .Order()
        );
        Assert.Equal(Real(2), await Looked("real", Shown(2)));

        // The same file again changes nothing.
        Assert.Equal((6, 0, 3, 3), Counts(await Import(csv)));
    }

    [Fact]
    public async Task Chosen_lines_of_a_file_are_applied_and_only_those()
    {
        var read = await Import($"{Real(1)},{Shown(1)}\n{Real(2)},{Shown(2)}\n", "?apply=false");
        Assert.Equal(("ready", 2), (Text(read, "status"), read.GetProperty("accepted").GetInt32()));
        Assert.Null(await Looked("real", Shown(1)));
        var path = $"masks/imports/{Text(read, "import_id")}/apply";
        Assert.Equal(1, (await house.Post(path, """{"lines": [2]}""", 200)).GetProperty("accepted").GetInt32());
        Assert.Null(await Looked("real", Shown(1)));
        Assert.Equal(Real(2), await Looked("real", Shown(2)));
        Assert.Equal(409, (await house.Ask(HttpMethod.Post, path, "{}")).Status);
    }

    [Fact]
    public async Task A_file_that_is_only_read_tells_already_which_lines_could_not_be_masks()
    {
        await Mask(Real(9), Shown(9));
        var csv = $"""
            real,shown
            {Real(1)},{Shown(1)}
            {Real(1)},{Shown(2)}
            {Real(5)},{Shown(9)}
            {Real(9)},{Shown(9)}
            """;
        var read = await Import(csv, "?apply=false");
        Assert.Equal("ready", Text(read, "status"));
        Assert.Equal((4, 1, 1, 2), Counts(read));
        Assert.Equal(
            ["the real number stands in an earlier line", "the shown number is taken"],
            read.GetProperty("rejected_lines").EnumerateArray().Select(line => Text(line, "reason"))
        );
        Assert.Null(await Looked("real", Shown(1)));

        // What stood in the way of a line may be gone when it is applied without the other.
        var applied = await house.Post($"masks/imports/{Text(read, "import_id")}/apply", """{"lines": [3]}""", 200);
        Assert.Equal((1, 0), (applied.GetProperty("accepted").GetInt32(), applied.GetProperty("rejected").GetInt32()));
        Assert.Equal(Real(1), await Looked("real", Shown(2)));
    }

    [Fact]
    public async Task A_file_of_real_numbers_alone_gets_shown_ones_from_a_pool_and_keeps_them()
    {
        var pool = "file-" + _block;
        await house.Post("mask-pools", $$"""{"name": "{{pool}}", "from": "{{Shown(1)}}", "to": "{{Shown(4)}}"}""", 201);
        await Mask(Real(8), Shown(2));
        var csv = $"phone,note\n{Real(1)},one\nabc,\n{Real(2)},\n{Real(1)},again\n{Real(8)},\n";

        var answer = await Import(csv, "?pool=" + pool);
        Assert.Equal((5, 2, 1, 2), Counts(answer));
        var made = await house.Get($"masks?import_id={Text(answer, "import_id")}");
        Assert.Equal(
            [(Real(2), Shown(3), pool), (Real(1), Shown(1), pool)],
            made.GetProperty("items")
                .EnumerateArray()
                .Select(mask => (Text(mask, "real"), Text(mask, "shown"), Text(mask, "pool")))
        );
        Assert.Equal((5, 0, 4, 1), Counts(await Import(csv, "?pool=" + pool)));
    }

    [Fact]
    public async Task A_pool_that_is_too_small_for_a_file_gives_nothing_of_it_and_says_so_beforehand()
    {
        var pool = "small-" + _block;
        await house.Post("mask-pools", $$"""{"name": "{{pool}}", "from": "{{Shown(1)}}", "to": "{{Shown(2)}}"}""", 201);
        var csv = $"{Real(1)}\n{Real(2)}\n{Real(3)}\n";
        var words = $"Pool {pool} has 2 free numbers, and 3 are needed.";

        var read = await Import(csv, "?apply=false&pool=" + pool);
        Assert.Equal(("ready", words), (Text(read, "status"), Text(read, "detail")));
        var path = $"masks/imports/{Text(read, "import_id")}/apply";
        var (status, problem) = await house.Ask(HttpMethod.Post, path, "{}");
        Assert.Equal((409, words), (status, Text(problem, "detail")));
        Assert.Null(await Looked("shown", Real(1)));

        Assert.Equal(2, (await house.Post(path, """{"lines": [1, 3]}""", 200)).GetProperty("accepted").GetInt32());
        Assert.Equal(Shown(2), await Looked("shown", Real(3)));
    }

    [Fact]
    public async Task A_file_that_wants_a_pool_that_is_none_is_refused_by_its_name()
    {
        using var request = await Request(HttpMethod.Post, "/api/v1/masks/import?pool=nowhere");
        request.Content = new StringContent(Real(1), Encoding.UTF8, "text/csv");
        using var answer = await house.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("\"pool\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_goes_out_that_no_spreadsheet_takes_for_formulas_and_comes_in_again()
    {
        await house.Post(
            "masks",
            $$"""{"real": "{{Real()}}", "shown": "{{Shown()}}", "note": "=cmd|'/c calc'!A1"}""",
            201
        );
        var text = await house.Http.SendAsync(await Request(HttpMethod.Get, "/api/v1/masks/export.csv"));
        var csv = await text.Content.ReadAsStringAsync();
        Assert.Contains($"{Real()},{Shown()},,'=cmd", csv, StringComparison.Ordinal);
        Assert.Equal(0, (await Import(csv)).GetProperty("accepted").GetInt32());
    }

    private async Task<JsonElement> Import(string csv, string query = "")
    {
        using var request = await Request(HttpMethod.Post, "/api/v1/masks/import" + query);
        request.Content = new StringContent(csv, Encoding.UTF8, "text/csv");
        using var answer = await house.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, text);
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    private static (int, int, int, int) Counts(JsonElement import) =>
        (
            import.GetProperty("rows").GetInt32(),
            import.GetProperty("accepted").GetInt32(),
            import.GetProperty("unchanged").GetInt32(),
            import.GetProperty("rejected").GetInt32()
        );
}
