using System.Globalization;

namespace IotOrleans.Tests;

/// <summary>
/// The one process of a small home is killed in a storm at moments that the seed gives, and started again.
/// <c>IOT_KILL_ROUNDS</c> says how often; without it, three times.
/// </summary>
public sealed class KillTests(TestDatabase database, ITestOutputHelper output) : IClassFixture<TestDatabase>
{
    private const int DeathsInAStorm = 3;
    private const int LifeMillisecondsMax = 400;

    private static readonly int Rounds = int.TryParse(
        Environment.GetEnvironmentVariable("IOT_KILL_ROUNDS"),
        CultureInfo.InvariantCulture,
        out var rounds
    )
        ? rounds
        : DeathsInAStorm;

    [Fact]
    public async Task A_house_killed_in_a_storm_loses_no_event_and_calls_nobody_twice()
    {
        var random = new Random(Seed.Next(output));
        await using var house = new LoneHouse(database);
        await house.Open();
        var storm = new Storm(house.Ask, database.Source, house.Ledger);
        await storm.Prepare("+79161112204");
        for (var left = Rounds; left > 0; left -= DeathsInAStorm)
        {
            await storm.Rage(async () =>
            {
                for (var death = 0; death < Math.Min(left, DeathsInAStorm); death++)
                {
                    await Task.Delay(random.Next(LifeMillisecondsMax));
                    await house.KillAndStart();
                }
            });
            await storm.BooksAgree();
            output.WriteLine($"{left - DeathsInAStorm} kills to go, {storm.Accepted} events accepted");
        }
        var ledger = new Ledger(database.Source, house.Ledger);
        await ledger.Closes();
        await ledger.Agrees();
        Assert.DoesNotContain("fail: IotOrleans.Http", house.Output, StringComparison.Ordinal);
    }
}
