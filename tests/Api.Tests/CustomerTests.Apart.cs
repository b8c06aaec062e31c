using System.Net;
using System.Text.Json;

namespace IotOrleans.Tests;

/// <summary>What a customer sees, and what it can find out of others: nothing.</summary>
public sealed partial class CustomerTests
{
    [Fact]
    public async Task What_is_anothers_is_answered_as_what_does_not_exist()
    {
        await Customers();
        var (mask, houses) = (await Mask(A, Real(1), ShownOfA(1)), await Mask(null, Real(2), ShownOfHouse(1)));
        var (_, session) = await Make(
            await Key(A),
            "mask-sessions",
            new
            {
                a = Real(3),
                b = Real(4),
                pool = A,
            }
        );
        var import = await Import(await Key(A), $"{Real(5)},{ShownOfA(5)}", "?apply=false");
        await Known(ShownOfHouse(1));
        (HttpMethod Method, string Path, string[] Theirs, string Nobodys, string? Body)[] asked =
        [
            (HttpMethod.Get, "masks/{0}", [Id(mask), Id(houses)], "999999", null),
            (HttpMethod.Patch, "masks/{0}", [Id(mask), Id(houses)], "999999", """{"note": "mine"}"""),
            (HttpMethod.Delete, "masks/{0}", [Id(mask), Id(houses)], "999999", null),
            (HttpMethod.Get, "mask-sessions/{0}", [$"{session.GetProperty("session_id")}"], "999999", null),
            (HttpMethod.Delete, "mask-sessions/{0}", [$"{session.GetProperty("session_id")}"], "999999", null),
            (HttpMethod.Get, "masks/imports/{0}", [Text(import, "import_id")!], $"{Guid.NewGuid()}", null),
            (HttpMethod.Post, "masks/imports/{0}/apply", [Text(import, "import_id")!], $"{Guid.NewGuid()}", "{}"),
            (HttpMethod.Get, "/lookup/real/{0}", [ShownOfA(1), ShownOfHouse(1)], ShownOfA(2), null),
            (HttpMethod.Get, "/lookup/fake/{0}", [Real(1), Real(2)], Real(9), null),
            (HttpMethod.Get, "masks/lookup/real/{0}", [ShownOfA(1), ShownOfHouse(1)], ShownOfA(2), null),
            (HttpMethod.Get, "masks/lookup/fake/{0}", [Real(1), Real(2)], Real(9), null),
            (
                HttpMethod.Get,
                "masks?number={0}",
                ["%2B" + ShownOfA(1)[1..], "%2B" + Real(2)[1..]],
                "%2B78000000000",
                null
            ),
            (HttpMethod.Get, "masks?pool={0}", [A], "nobody", null),
            (HttpMethod.Get, "masks?customer_id={0}", [A], "nobody", null),
            (HttpMethod.Get, "masks/calls?shown={0}", ["%2B" + ShownOfA(1)[1..]], "%2B78000000000", null),
        ];
        var key = await Key(B);
        foreach (var (method, path, theirs, nobodys, body) in asked)
        {
            var nothing = await Answer(method, string.Format(null, path, nobodys), body, key);
            foreach (var other in theirs)
                Assert.Equal(
                    (path, nothing),
                    (path, await Answer(method, string.Format(null, path, other), body, key))
                );
        }
        // And nothing has happened to them.
        Assert.Equal(mask.ToString(), (await house.Get("masks/" + Id(mask))).ToString());
        Assert.Equal("ready", Text(await house.Get("masks/imports/" + Text(import, "import_id")), "status"));
    }

    [Fact]
    public async Task What_is_refused_when_masks_are_made_says_nothing_of_those_of_others()
    {
        await Customers();
        await Mask(A, Real(1), ShownOfA(1));
        await Mask(null, Real(2), ShownOfHouse(1));
        var key = await Key(B);
        // A shown number that is not one's own: taken or free, with its real number or without.
        var free = await Answer(new { real = Real(9), shown = ShownOfA(2) });
        Assert.StartsWith("422", free, StringComparison.Ordinal);
        Assert.Equal(free, await Answer(new { real = Real(9), shown = ShownOfA(1) }));
        Assert.Equal(free, await Answer(new { real = Real(1), shown = ShownOfA(1) }));
        Assert.Equal(free, await Answer(new { real = Real(2), shown = ShownOfHouse(1) }));
        Assert.Equal(free, await Answer(new { real = Real(9), shown = ShownOfHouse(2) }));
        // A real number in the range of another: shown or not.
        var hidden = await Answer(new { real = ShownOfA(2), shown = ShownOfB(2) });
        Assert.StartsWith("409", hidden, StringComparison.Ordinal);
        Assert.Equal(hidden, await Answer(new { real = ShownOfA(1), shown = ShownOfB(2) }));
        // A pool that is not one's own is none.
        Assert.Equal(
            (await Generate(key, "nobody", Real(8))).Body.GetProperty("detail").GetString(),
            (await Generate(key, A, Real(8)))
                .Body.GetProperty("detail")
                .GetString()!
                .Replace($"Pool {A} ", "Pool nobody ", StringComparison.Ordinal)
        );
        // Real numbers that others have masked are as good as any.
        Assert.Equal(201, (await Make(key, "masks", new { real = Real(1), shown = ShownOfB(1) })).Status);
        Assert.Equal(200, (await Generate(key, B, Real(2))).Status);

        Task<string> Answer(object body) => this.Answer(HttpMethod.Post, "masks", JsonSerializer.Serialize(body), key);
    }

    [Fact]
    public async Task A_file_makes_masks_of_ones_own_range_and_says_nothing_of_those_of_others()
    {
        await Customers();
        await Mask(A, Real(1), ShownOfA(1));
        await Mask(A, Real(2), ShownOfA(2));
        var key = await Key(B);
        var csv = $"""
            {Real(1)},{ShownOfA(1)}
            {Real(9)},{ShownOfA(2)}
            {Real(9)},{ShownOfA(3)}
            {Real(8)},{ShownOfHouse(8)}
            {ShownOfA(1)},{ShownOfB(5)}
            {ShownOfA(4)},{ShownOfB(6)}
            {Real(2)},{ShownOfB(1)}
            """;
        foreach (var query in new[] { "?apply=false", "" })
        {
            var answer = await Import(key, csv, query);
            Assert.Equal((1, 0, 6), (Count(answer, "accepted"), Count(answer, "unchanged"), Count(answer, "rejected")));
            Assert.Equal(
                [
                    .. Enumerable.Repeat("the shown number is in none of your pools", 4),
                    .. Enumerable.Repeat("a number cannot be real and shown at once", 2),
                ],
                answer.GetProperty("rejected_lines").EnumerateArray().Select(line => Text(line, "reason"))
            );
        }
        Assert.Equal(1, Count(await Import(key, $"{Real(1)}\n", "?pool=" + B), "accepted"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await Sent(key, Real(3), "?pool=" + A));
        var id = Guid.NewGuid();
        await Import(await Key(A), $"{Real(6)},{ShownOfA(6)}", $"?apply=false&import_id={id}");
        Assert.Equal(HttpStatusCode.Conflict, await Sent(key, $"{Real(6)},{ShownOfB(6)}", $"?import_id={id}"));

        // A file of the house gives each line to whom its shown number belongs.
        await Import(null, $"{Real(5)},{ShownOfA(8)}\n{Real(5)},{ShownOfB(8)}\n{Real(5)},{ShownOfHouse(7)}", "");
        Assert.Equal([Real(1), Real(2), Real(5)], await Reals(await Key(A)));
        Assert.Equal([Real(1), Real(2), Real(5)], await Reals(key));
    }

    [Fact]
    public async Task Lists_files_figures_and_the_call_log_show_what_is_ones_own_and_all_of_it_to_the_house()
    {
        await Customers();
        await Mask(A, Real(1), ShownOfA(1));
        await Mask(B, Real(2), ShownOfB(1));
        await Mask(null, Real(3), ShownOfHouse(1));
        await Called(ShownOfA(1), 200);
        await Called(ShownOfA(2), 404, unmapped: true);
        await Called(ShownOfB(1), 486);
        await Called(ShownOfHouse(1), 486);
        var key = await Key(A);
        Assert.Equal([Real(1)], await Reals(key));
        Assert.Equal([A], await Names(key, "mask-pools", "name"));
        Assert.Equal([ShownOfA(1), ShownOfA(2)], await Names(key, "masks/calls", "shown"));
        // Who called may be behind a mask of another.
        Assert.All(
            await Names(key, "masks/calls", "from"),
            from => Assert.Contains("*****", from, StringComparison.Ordinal)
        );
        using var request = house.Request(HttpMethod.Get, "masks/export.csv", key: key);
        using var export = await house.Http.SendAsync(request);
        Assert.Equal(
            $"real,shown,expires_at,note\r\n{Real(1)},{ShownOfA(1)},,\r\n",
            await export.Content.ReadAsStringAsync()
        );
        var (_, figures) = await house.Ask(HttpMethod.Get, "masks/figures", key: key);
        var today = figures.GetProperty("today");
        Assert.Equal((1, 2), (Count(figures, "active"), Count(figures, "calls_today")));
        Assert.Equal((1, 0, 1), (Count(today, "answered"), Count(today, "busy"), Count(today, "unmapped")));
        Assert.Equal(2, Count(figures.GetProperty("days").EnumerateArray().Last(), "calls"));
        var busiest = figures.GetProperty("busiest").EnumerateArray().Select(one => Text(one, "shown")!).Order();
        Assert.Equal([ShownOfA(1), ShownOfA(2)], busiest);

        // An auditor of the customer sees as little of real numbers as one of the house.
        var (_, seen) = await house.Ask(HttpMethod.Get, "masks", key: await Key(A, "auditor"));
        Assert.EndsWith("*****01", Text(Assert.Single(seen.GetProperty("items").EnumerateArray()), "real"));

        var all = (await house.Get("masks?limit=500")).GetProperty("items").EnumerateArray().ToArray();
        foreach (var (shown, owner) in new[] { (ShownOfA(1), A), (ShownOfB(1), B), (ShownOfHouse(1), null) })
            Assert.Equal(owner, Maybe(all.Single(mask => Text(mask, "shown") == shown), "customer_id"));
        Assert.Single((await house.Get("masks?customer_id=" + B)).GetProperty("items").EnumerateArray());
        var calls = await Names(null, "masks/calls?limit=500", "shown");
        Assert.All([ShownOfA(1), ShownOfB(1), ShownOfHouse(1)], shown => Assert.Contains(shown, calls));
    }

    [Fact]
    public async Task What_was_before_a_range_became_ones_own_is_not_seen()
    {
        await Customers();
        var mask = await Mask(null, Real(1), ShownOfHouse(1));
        await Called(ShownOfHouse(1), 200);
        await house.Ask(HttpMethod.Delete, $"masks/{Id(mask)}");
        // It has rested.
        await Row($"update masks set rests_until = now() where mask_id = {Id(mask)}");
        await Pool("later-" + _block, ShownOfHouse(1), ShownOfHouse(2), A);
        var key = await Key(A);
        Assert.Empty(await Names(key, "masks/calls", "shown"));
        Assert.Empty(await Reals(key));
        await Mask(A, Real(2), ShownOfHouse(1));
        await Called(ShownOfHouse(1), 200);
        Assert.Equal([Real(2)], await Names(key, "masks/calls", "real"));
        Assert.Equal([Real(2)], await Reals(key));
    }

    [Fact]
    public async Task Two_people_meet_behind_a_number_of_each_customer()
    {
        await Customers();
        var shown = new List<string>();
        foreach (var customer in new[] { A, B })
        {
            var pair = new
            {
                a = Real(1),
                b = Real(2),
                pool = customer,
            };
            var (status, session) = await Make(await Key(customer), "mask-sessions", pair);
            Assert.Equal((201, customer), (status, Text(session, "customer_id")));
            var (again, same) = await Make(await Key(customer), "mask-sessions", pair);
            Assert.Equal((200, session.ToString()), (again, same.ToString()));
            shown.Add(Text(session, "shown")!);
        }
        Assert.Equal([ShownOfA(1), ShownOfB(1)], shown);
        var taken = new
        {
            a = Real(3),
            b = Real(4),
            shown = ShownOfA(1),
        };
        Assert.Equal(422, (await Make(await Key(B), "mask-sessions", taken)).Status);
    }
}
