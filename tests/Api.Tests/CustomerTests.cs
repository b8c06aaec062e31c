using System.Text.Json;
using IotOrleans.Access;
using IotOrleans.Masks;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace IotOrleans.Tests;

/// <summary>Several customers in one house: what is one's is nobody else's, and the house sees all.</summary>
public sealed partial class CustomerTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    private static int _next;

    private readonly int _block = Interlocked.Increment(ref _next);

    private string A => "a-" + _block;

    private string B => "b-" + _block;

    private string Real(int number = 1) => $"+7927{_block:000}{number:0000}";

    private string ShownOfA(int number = 1) => $"+7803{_block:000}{number:0000}";

    private string ShownOfB(int number = 1) => $"+7804{_block:000}{number:0000}";

    private string ShownOfHouse(int number = 1) => $"+7805{_block:000}{number:0000}";

    [Fact]
    public async Task The_range_of_a_customer_overlaps_no_other_and_has_no_number_that_another_uses()
    {
        await Customers();
        Assert.Equal("from", await Refused(PoolBody("second", ShownOfA(9), ShownOfA(20), B)));
        Assert.Equal("from", await Refused(PoolBody("second", ShownOfA(9), ShownOfA(20), A)));
        Assert.Equal("from", await Refused(PoolBody("second", ShownOfA(9), ShownOfA(20))));
        Assert.Equal("customer_id", await Refused(PoolBody("second", ShownOfA(50), ShownOfA(60), "nobody")));
        Assert.Equal("to", await Refused(PoolBody("second", "+9999990", "+10000005", A)));
        await house.Post("mask-pools", PoolBody(A, ShownOfA(1), ShownOfA(9), A), 200);
        await house.Post("mask-pools", PoolBody(A, ShownOfA(1), ShownOfA(9)), 409);

        // What somebody else shows, or let go a moment ago, or hides, is given to no customer.
        var mask = await Mask(null, Real(1), ShownOfHouse(1));
        await house.Ask(HttpMethod.Delete, $"masks/{Id(mask)}");
        await Mask(null, ShownOfHouse(3), ShownOfHouse(5));
        foreach (var used in new[] { 1, 3, 5 })
            Assert.Equal("from", await Refused(PoolBody("third", ShownOfHouse(used), ShownOfHouse(used), A)));
        await house.Post("mask-pools", PoolBody("third-" + _block, ShownOfHouse(6), ShownOfHouse(8), A), 201);

        async Task<string> Refused(string body)
        {
            var problem = await house.Post("mask-pools", body, 422);
            return Assert.Single(problem.GetProperty("errors").EnumerateObject()).Name;
        }
    }

    [Fact]
    public async Task A_customer_uses_its_own_range_to_the_last_number_whatever_others_do()
    {
        await Customers();
        await Pool("small-" + _block, ShownOfA(101), ShownOfA(103), A);
        var (of, own) = (await Key(B), await Key(A));
        Assert.Equal(409, (await Make(of, "masks", new { real = Real(1), pool = "small-" + _block })).Status);
        Assert.Equal(409, (await Generate(of, "small-" + _block, Real(1), Real(2))).Status);
        for (var number = 101; number <= 103; number++)
        {
            Assert.Equal(422, (await Make(of, "masks", new { real = Real(1), shown = ShownOfA(number) })).Status);
            // As the real number of another it would not be free to be shown.
            var hidden = new { real = ShownOfA(number), shown = ShownOfB(number - 100) };
            Assert.Equal(409, (await Make(of, "masks", hidden)).Status);
            var pair = new
            {
                a = ShownOfA(number),
                b = Real(9),
                pool = B,
            };
            Assert.Equal(409, (await Make(of, "mask-sessions", pair)).Status);
        }
        Assert.Equal(409, (await Make(null, "masks", new { real = ShownOfA(101), shown = ShownOfHouse() })).Status);

        // What the house makes in the range of a customer is the customer's.
        var (status, made) = await Make(null, "masks", new { real = Real(7), pool = "small-" + _block });
        Assert.Equal((201, A), (status, Text(made, "customer_id")));
        Assert.Equal(200, (await house.Ask(HttpMethod.Get, $"masks/{Id(made)}", key: own)).Status);
        Assert.Equal(200, (await Generate(own, "small-" + _block, Real(1), Real(2))).Status);
        Assert.Equal(409, (await Generate(own, "small-" + _block, Real(3))).Status);
        var (_, pools) = await house.Ask(HttpMethod.Get, "mask-pools", key: own);
        var free = pools.GetProperty("items").EnumerateArray().ToDictionary(pool => Text(pool, "name")!, Free);
        Assert.Equal(new Dictionary<string, int> { [A] = 9, ["small-" + _block] = 0 }, free);

        static int Free(JsonElement pool) => pool.GetProperty("free").GetInt32();
    }

    [Fact]
    public async Task Customers_mask_the_same_real_number_and_each_is_told_its_own()
    {
        await Customers();
        await Mask(A, Real(1), ShownOfA(1));
        await Known(ShownOfA(1));
        await Told(house.Service<IMaskLookup>(), ShownOfA(1), null, ShownOfA(1));
        await Mask(B, Real(1), ShownOfB(1));
        await Known(ShownOfB(1));
        // The house can not be told of two; it is told of its own.
        await Told(house.Service<IMaskLookup>(), ShownOfA(1), ShownOfB(1), null);
        await Mask(null, Real(1), ShownOfHouse(1));
        await Known(ShownOfHouse(1));
        await Told(house.Service<IMaskLookup>(), ShownOfA(1), ShownOfB(1), ShownOfHouse(1));
        Assert.Equal((409, 409), (await Again(A, ShownOfA(2)), await Again(null, ShownOfHouse(2))));

        // A process that begins now has them all in its table, and goes on from there.
        await using var source = NpgsqlDataSource.Create(house.ConnectionString);
        using var mirror = new MaskMirror(source, TimeProvider.System, NullLogger<MaskMirror>.Instance);
        await mirror.StartAsync(CancellationToken.None);
        await house.Until("/health/live", _ => mirror.IsReady);
        await Told(mirror, ShownOfA(1), ShownOfB(1), ShownOfHouse(1));
        foreach (var shown in new[] { ShownOfHouse(1), ShownOfB(1) })
        {
            var page = await house.Get("masks?number=" + Uri.EscapeDataString(shown));
            await house.Ask(HttpMethod.Delete, $"masks/{Id(page.GetProperty("items")[0])}");
            await Told(
                mirror,
                ShownOfA(1),
                shown == ShownOfB(1) ? null : ShownOfB(1),
                shown == ShownOfB(1) ? ShownOfA(1) : null
            );
        }
        await mirror.StopAsync(CancellationToken.None);

        async Task<int> Again(string? customer, string shown) =>
            (await Make(customer is null ? null : await Key(customer), "masks", new { real = Real(1), shown })).Status;
    }

    [Fact]
    public async Task A_call_goes_through_whoever_owns_the_number_and_shows_what_the_caller_is_with_that_one()
    {
        await Customers();
        await Mask(A, Real(1), ShownOfA(1));
        await Mask(A, Real(2), ShownOfA(2));
        await Mask(B, Real(1), ShownOfB(1));
        await Mask(B, Real(3), ShownOfB(3));
        await Mask(null, Real(4), ShownOfHouse(4));
        await Known(ShownOfHouse(4));
        Assert.Equal($"bridge {Real(2)} {ShownOfA(1)}", await Route(ShownOfA(2), Real(1)));
        Assert.Equal($"bridge {Real(3)} {ShownOfB(1)}", await Route(ShownOfB(3), Real(1)));
        // With the house he has no mask, and those of others are not shown.
        Assert.Equal($"bridge {Real(4)} withheld", await Route(ShownOfHouse(4), Real(1)));
        Assert.Equal($"bridge {Real(3)} withheld", await Route(ShownOfB(3), Real(2)));
        Assert.Equal("refuse UNALLOCATED_NUMBER", await Route(ShownOfA(9), Real(1)));
    }

    /// <summary>What the house says; and the database, which Kamailio asks when it is away, says the same.</summary>
    private async Task<string> Route(string shown, string caller)
    {
        var said = await house.Get($"routing/{shown}?caller={Uri.EscapeDataString(caller)}");
        var words = Text(said, "action") switch
        {
            "bridge" => $"bridge {Text(said, "target")} {Maybe(said, "presented") ?? "withheld"}",
            _ => $"refuse {Text(said, "cause")}",
        };
        Assert.Equal(
            words,
            await Row(
                "select concat_ws(' ', action, target, case action when 'bridge' then coalesce(presented, 'withheld') "
                    + $"end, cause) from route_call('{shown}', '{caller}')"
            )
        );
        return words;
    }

    /// <summary>What each is told the real number is shown as; null: nothing.</summary>
    private async Task Told(IMaskLookup lookup, string? toA, string? toB, string? toHouse)
    {
        var real = new Subscribers.Msisdn(Real(1)[1..]);
        Assert.Equal(toA, lookup.ShownOf(real, new CustomerId(A))?.ToString());
        Assert.Equal(toB, lookup.ShownOf(real, new CustomerId(B))?.ToString());
        Assert.Equal(toHouse, lookup.ShownOf(real)?.ToString());
        foreach (var (shown, customer) in new[] { (toA, A), (toB, B) })
        {
            if (shown is null)
                continue;
            var number = new Subscribers.Msisdn(shown[1..]);
            Assert.Equal(real, lookup.RealOf(number));
            Assert.Equal(real, lookup.RealOf(number, new CustomerId(customer)));
            Assert.Null(lookup.RealOf(number, new CustomerId(customer == A ? B : A)));
        }
        Assert.Equal(toHouse, await Row($"select mask_shown_of('{real}')"));
        Assert.Equal(toHouse, await Row($"select max(shown) from mask_shown where real = '{real}'"));
    }

    private async Task<string?> Row(string sql)
    {
        await using var source = NpgsqlDataSource.Create(house.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync() as string;
    }
}
