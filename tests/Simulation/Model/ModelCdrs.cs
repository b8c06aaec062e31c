using IotOrleans.Calls;

namespace IotOrleans.Simulation;

/// <summary>The records of switches as one process has them.</summary>
internal sealed class ModelCdrs(World world, Life life) : ISwitchCdrs
{
    private Rows Rows => world.Database.Rows;

    public Task<bool> Keep(SwitchCdr record, CancellationToken cancellation) =>
        world.Database.Write(life, NamedId.Of("switch's record", $"{record.CallId}"), () => Rows.Keep(record));

    public Task<SwitchCdr?> Find(CallId call) =>
        world.Database.Read(life, "switch's record", () => Rows.SwitchCdrs.GetValueOrDefault(call));
}

/// <summary>
/// The record that a switch posts of each channel that has ended: a few times while nobody takes it, and then it is
/// lost.
/// </summary>
internal sealed class RecordPost(World world, string name)
{
    private const int TriesMax = 3;
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    public void Ended(Channel channel, string cause)
    {
        var luck = world.Chance.Of("record", channel.Id.Value);
        if (luck.In(15))
            return;
        var record = new SwitchCdr(channel.Id, name, cause, channel.BeganAt, channel.AnsweredAt, world.Now);
        world.Calendar.After(luck.Of("when").Span(3, 900), () => Post(record, attempt: 1));
    }

    private void Post(SwitchCdr record, int attempt)
    {
        if (world.Life is { } life)
            life.Do("a switch posts its record", () => Hand(life, record, attempt));
        else
            PostAgain(record, attempt);
    }

    private async Task Hand(Life life, SwitchCdr record, int attempt)
    {
        try
        {
            if (await life.SwitchCdrs.Keep(record, CancellationToken.None))
                await life.Grains.CallLeg(record.CallId).Wake();
        }
        catch (Exception trouble) when (HouseLog.IsOfTheWorld(trouble))
        {
            PostAgain(record, attempt);
        }
    }

    private void PostAgain(SwitchCdr record, int attempt)
    {
        if (attempt < TriesMax)
            world.Calendar.After(Again, () => Post(record, attempt + 1));
    }
}
