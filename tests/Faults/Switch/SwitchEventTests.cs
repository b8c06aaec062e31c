namespace IotOrleans.Tests;

/// <summary>A switch whose events come twice, late, out of order, or not at all.</summary>
public sealed class SwitchEventTests(TestDatabase database, ITestOutputHelper output) : IClassFixture<TestDatabase>
{
    private const int Alarms = 40;

    [Fact]
    public async Task Whatever_order_the_facts_of_a_call_come_in_it_ends_once_and_nobody_is_called_twice()
    {
        await using var house = new LoneHouse(database);
        await house.Ledger.StartAsync(CancellationToken.None);
        await using var tap = new EventTap(house.Ledger.Port, new(Seed.Next(output)));
        house.SwitchPort = tap.Port;
        await house.Start();
        var ledger = new Ledger(database.Source, house.Ledger);
        var tellers = new Tellers(house.Ask, ledger);
        await tellers.Prepare();
        for (var number = 0; number < Alarms; number++)
        {
            tellers.Add("smoke", $"tap-{number}");
            tellers.Add("button", $"tap-{number}");
            await tellers.AllAccepted();
        }
        await ledger.Closes();
        await ledger.Agrees();
        output.WriteLine($"{tap.Lost} events lost, {tap.Late} late, {tap.Repeated} repeated");
        Assert.True(tap.Lost > 0 && tap.Late > 0 && tap.Repeated > 0);
    }
}
