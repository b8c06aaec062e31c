using IotOrleans.Speakers;

namespace IotOrleans.Tests.Speakers;

/// <summary>One speaker beside others: slow ones, dead ones, and very many.</summary>
public sealed class ManySpeakersTests : IAsyncLifetime
{
    private SpeakerHouse _house = null!;

    public async ValueTask InitializeAsync() => _house = await SpeakerHouse.Open();

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task A_speaker_that_reads_nothing_is_dropped_and_delays_nobody()
    {
        const int TextLength = 64 * 1024;
        const int Told = 600;
        using var slow = await SlowReader.Connect(_house.Address, "Device:slow");
        await using var kitchen = await _house.Speaker("kitchen");
        var text = new string('x', TextLength);

        for (var index = 0; index < Told; index++)
        {
            await _house.Grain("slow").Tell(new EndedNotice(new(Guid.NewGuid()), text));
            await _house.Grain("kitchen").Tell(new EndedNotice(new(Guid.NewGuid()), $"{index}"));
            Assert.Equal($"{index}", (await kitchen.Hears<CallEnded>()).Cause);
        }

        var most = (Told - LineMax) * (long)TextLength;
        Assert.InRange(await slow.ReadToTheEnd(most), 0, most);
        await using var again = await _house.Speaker("slow");
        await _house.Settled(again, "slow");
    }

    [Fact]
    public async Task Open_connections_are_vouched_for_and_dead_ones_are_not()
    {
        await using var kitchen = await _house.Speaker("kitchen");
        await _house.Grain("kitchen").Connect("of a process that died", new Ear(_house.Grains).Self);

        var life = _house.Time.GetUtcNow() + (2 * SpeakerLimits.ConnectionLife);
        while (_house.Time.GetUtcNow() < life)
        {
            _house.Time.Advance(TimeSpan.FromSeconds(1));
            // The round may be a second behind the clock here, never a whole life.
            await _house.Grain("kitchen").Look();
            await kitchen.AckMessage("m1");
        }

        Assert.Single((await _house.Grain("kitchen").Look()).Connections);
        await _house.Ring("+79031112233", null, "kitchen");
        await kitchen.Hears<IncomingCall>();
    }

    [Fact]
    public async Task A_grain_that_lost_its_connections_learns_them_again_and_the_speaker_what_it_missed()
    {
        await using var kitchen = await _house.Speaker("kitchen");
        var id = Assert.Single((await _house.Grain("kitchen").Look()).Connections);
        // As when the silo of the grain died: the socket is open, and the new activation knows nothing of it.
        await _house.Grain("kitchen").Disconnect(id);
        await _house.Grain("kitchen").Tell(new MessageNotice("m1", "+79031112233", "x", _house.Time.GetUtcNow()));

        var heard = kitchen.Hears<Message>();
        while (!heard.IsCompleted)
        {
            _house.Time.Advance(TimeSpan.FromSeconds(1));
            await kitchen.AckMessage("");
        }

        Assert.Equal("m1", (await heard).MessageId);
        Assert.Equal(id, Assert.Single((await _house.Grain("kitchen").Look()).Connections));
    }

    [Fact]
    public async Task A_connection_that_is_closed_is_forgotten_here_and_by_its_grain()
    {
        var kitchen = await _house.Speaker("kitchen");
        Assert.Equal(1, _house.FrontEnd.Count);
        await kitchen.DisposeAsync();

        // The socket's end travels: it is a fact as soon as both have heard of it.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (_house.FrontEnd.Count > 0 || (await _house.Grain("kitchen").Look()).Connections.Length > 0)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    [Fact]
    public async Task A_thousand_speakers_each_hear_their_own_call_and_no_other()
    {
        const int Many = 1_000;
        var speakers = new SpeakerClient[Many];
        var few = new ParallelOptions { MaxDegreeOfParallelism = 16 };
        await Parallel.ForAsync(
            0,
            Many,
            few,
            async (index, _) => speakers[index] = await _house.Speaker($"speaker-{index}")
        );
        Assert.Equal(Many, _house.FrontEnd.Count);

        await Parallel.ForAsync(
            0,
            Many,
            few,
            async (index, _) => await _house.Ring($"+7{index}", null, $"speaker-{index}")
        );

        for (var index = 0; index < Many; index++)
            Assert.Equal($"+7{index}", (await speakers[index].Hears<IncomingCall>()).Caller);
        await Parallel.ForAsync(
            0,
            Many,
            few,
            async (index, _) =>
            {
                await _house.Settled(speakers[index], $"speaker-{index}");
                Assert.Equal(0, speakers[index].Unasked<IncomingCall>());
                await speakers[index].DisposeAsync();
            }
        );
    }

    // What may wait in the line of one connection; what lay there is never sent.
    private const int LineMax = 256;
}
