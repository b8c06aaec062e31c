using IotOrleans.Hosting;

namespace IotOrleans.Tests;

/// <summary>
/// The process dies at each named place between an event and the end of its calls, one place after the other in an
/// order made by the seed; what it left is met by a successor that dies at the next one. <c>IOT_SEED</c> replays.
/// </summary>
public sealed class CrashPointTests(TestDatabase database, ITestOutputHelper output) : IClassFixture<TestDatabase>
{
    private const string AtHome = "+79160000010";

    [Fact]
    public async Task Wherever_it_dies_nothing_accepted_is_lost_and_nobody_is_called_twice()
    {
        var seed = Seed.Next(output);
        var places = CrashPoint.Places.ToArray();
        new Random(seed).Shuffle(places);
        await using var house = new LoneHouse(database);
        await house.Open();
        var ledger = new Ledger(database.Source, house.Ledger);
        var told = new Tellers(house.Ask, ledger);
        await told.Prepare();
        await Home(house);
        await house.Kill();

        foreach (var place in places)
        {
            house.Launch($"--Faults:CrashAt={place}");
            told.Add("smoke", place);
            told.Add("button", place);
            var dead = house.Running.Ended();
            for (var hasRung = false; !dead.IsCompleted; )
            {
                await Task.WhenAny(dead, told.TellAll());
                // It is there, and has not met its place on the way out: then it may be on the way in.
                if (hasRung || told.HasMore)
                    continue;
                hasRung = true;
                house.Ledger.IncomingCall(AtHome, "+74951234567", "Grandma");
            }
            Assert.True(await dead == HouseProcess.Killed, $"{place}: {house.Output}");
            Assert.Contains($"Dies at {place}", house.Output, StringComparison.Ordinal);
            await house.Kill();
        }

        await house.Start();
        await told.TellAll();
        await ledger.Closes();
        await ledger.Agrees();
    }

    [Fact]
    public async Task A_production_house_is_not_made_to_die()
    {
        await using var house = HouseProcess.Start(
            $"--ConnectionStrings:Postgres={database.ConnectionString}",
            "--Simulator:Enabled=true",
            "--environment=Production",
            "--Faults:CrashAt=after_event"
        );
        Assert.Equal(1, await house.Ended());
    }

    private static async Task Home(LoneHouse house)
    {
        var plan = new
        {
            policy = new
            {
                mode = "simultaneous",
                ring_seconds = 20,
                targets = new[] { new { msisdn = "+79160000055" } },
            },
        };
        var (status, body) = await house.Ask(HttpMethod.Put, "subscribers/" + Uri.EscapeDataString(AtHome), plan, null);
        Assert.True(status is 200 or 201, $"{status} {body}");
    }
}
