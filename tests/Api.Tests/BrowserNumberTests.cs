using IotOrleans.Masks;

namespace IotOrleans.Tests;

/// <summary>Whose telephone a browser may be: nobody is that of a number that masks.</summary>
public sealed class BrowserNumberTests(BrowserNumberTests.Open house) : IClassFixture<BrowserNumberTests.Open>
{
    private const string Free = "+78107710001";
    private const string OfTwo = "+78107710005";
    private const string Own = "+79267710009";

    /// <summary>Calls from browsers are set up.</summary>
    public sealed class Open : WholeHouse
    {
        protected override string[] More =>
            ["--Browser:Key=k", "--Browser:Server=wss://sip.example/sip", "--Browser:Domain=sip.example"];
    }

    [Fact]
    public async Task A_number_of_a_pool_and_one_that_two_share_are_nobodys_telephone()
    {
        await house.Post("mask-pools", $$"""{"name": "browsers", "from": "{{Free}}", "to": "{{Free}}"}""", 201);
        var two = $$"""{"a": "+79267710001", "b": "+79267710002", "shown": "{{OfTwo}}"}""";
        await house.Post("mask-sessions", two, 201);
        var masks = house.Service<IMaskLookup>();
        await house.Until(
            "/health/live",
            _ => masks.IsPooled(new(Free[1..])) && masks.Route(new(OfTwo[1..]), null) is not null
        );

        Assert.Equal(422, await Asked(Free));
        Assert.Equal(422, await Asked(OfTwo));
        Assert.Equal(201, await Asked(Own));
    }

    [Fact]
    public async Task Until_the_masks_are_known_nobody_is_the_telephone_of_anything()
    {
        await using (var connection = await house.Source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        await using (var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await using var hold = connection.CreateCommand();
            hold.CommandText = "lock table mask_pools in access exclusive mode";
            await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            await house.Restart();

            Assert.Equal(503, await Asked(Own));
        }
        await house.Until("/health/live", _ => house.Service<IMaskLookup>().IsReady);
        Assert.Equal(201, await Asked(Own));
    }

    private async Task<int> Asked(string number) =>
        (await house.Ask(HttpMethod.Post, "browsers/credentials", $$"""{"number": "{{number}}"}""")).Status;
}
