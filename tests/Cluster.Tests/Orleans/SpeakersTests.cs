using IotOrleans.Tests.Speakers;

namespace IotOrleans.Tests;

/// <summary>Speakers on two front-ends, grains on two silos, calls that come in on either; parts of it die.</summary>
[Collection(nameof(FurnishedCluster))]
public sealed class SpeakersTests(FurnishedCluster cluster)
{
    private static int _numbers;

    private readonly string _number = $"7916555{Interlocked.Increment(ref _numbers):0000}";

    [Fact]
    public async Task A_call_on_either_silo_rings_on_either_front_end_and_the_other_speaker_hears_who_answered()
    {
        foreach (var silo in cluster.Silos.ToList())
        {
            var number = $"7916444{Interlocked.Increment(ref _numbers):0000}";
            await using var kitchen = await Speaker($"kitchen-{number}", number, 0);
            await using var hall = await Speaker($"hall-{number}", number, 1);
            var call = cluster.Call(silo, number);
            Assert.Equal(call, (await kitchen.Hears<IncomingCall>()).CallId);
            Assert.Equal(call, (await hall.Hears<IncomingCall>()).CallId);
            Assert.True((await hall.Answer(call)).Ok);
            var answered = await kitchen.Hears<CallAnswered>();
            Assert.Equal((call, $"hall-{number}", false), (answered.CallId, answered.ByDeviceId, answered.ByMe));
            Assert.False((await kitchen.Answer(call)).Ok);
            Assert.True((await hall.Hangup(call)).Ok);
            Assert.Equal(call, (await kitchen.Hears<CallEnded>()).CallId);
        }
    }

    [Fact]
    public async Task A_front_end_that_dies_loses_no_ring()
    {
        var door = await cluster.AddDoor();
        var key = await cluster.Register($"kitchen-{_number}", "speaker", "+" + _number);
        await using var before = await SpeakerClient.Connect(door.Address, key);
        var call = cluster.Call(cluster.Silos[0], _number);
        Assert.Equal(call, (await before.Hears<IncomingCall>()).CallId);
        door.Kill();
        cluster.RemoveDoor(door);
        await before.Closed;
        await using var after = await SpeakerClient.Connect(cluster.Doors[0].Address, key);
        Assert.Equal(call, (await after.Hears<IncomingCall>()).CallId);
        Assert.True((await after.Answer(call)).Ok);
        Assert.True((await after.Hangup(call)).Ok);
        await Ended(call);
    }

    /// <summary>The silo that took the call from the dialplan dies while it rings.</summary>
    [Fact]
    public async Task A_silo_that_dies_loses_no_ringing_call()
    {
        await cluster.Heal();
        await using var kitchen = await Speaker($"kitchen-{_number}", _number, 0);
        await using var hall = await Speaker($"hall-{_number}", _number, 1);
        var call = cluster.Call(cluster.Silos[1], _number);
        Assert.Equal(call, (await kitchen.Hears<IncomingCall>()).CallId);
        Assert.Equal(call, (await hall.Hears<IncomingCall>()).CallId);
        cluster.Silos[1].Process.Kill();
        Assert.True(await Answered(hall, call));
        // Also a speaker whose grain woke anew, and whose front-end had to vouch for it again, hears how it goes on.
        Assert.Equal(call, (await kitchen.Hears<CallAnswered>()).CallId);
        Assert.Contains(Guid.Parse(call), cluster.Switch.LiveChannels);
        cluster.Switch.HangUp(Guid.Parse(call));
        await Ended(call);
        await cluster.Heal();
    }

    /// <summary>A silo that is asked to go hands over what it has; who talks, talks on.</summary>
    [Fact]
    public async Task A_silo_that_is_asked_to_go_leaves_its_calls_up_and_others_pick_them_up()
    {
        await cluster.Heal();
        await using var kitchen = await Speaker($"kitchen-{_number}", _number, 0);
        var call = cluster.Call(cluster.Silos[1], _number);
        Assert.Equal(call, (await kitchen.Hears<IncomingCall>()).CallId);
        Assert.True((await kitchen.Answer(call)).Ok);
        cluster.Silos[1].Process.Terminate();
        Assert.Equal(0, await cluster.Silos[1].Process.Ended());
        Assert.Contains(Guid.Parse(call), cluster.Switch.LiveChannels);
        await cluster.Until($"calls/{call}/state", body => body.GetProperty("phase").GetString() == "answered");
        cluster.Switch.HangUp(Guid.Parse(call));
        await Ended(call);
        await cluster.Heal();
    }

    private async Task<SpeakerClient> Speaker(string device, string number, int door)
    {
        var key = await cluster.Register(device, "speaker", "+" + number);
        return await SpeakerClient.Connect(cluster.Doors[door].Address, key);
    }

    /// <summary>Presses the button until it is taken; a person would as well.</summary>
    private static async Task<bool> Answered(SpeakerClient speaker, string call)
    {
        for (var attempt = 0; attempt < 40; attempt++)
        {
            try
            {
                var reply = await speaker.Answer(call);
                if (reply.Ok || reply.Reason == "already_done")
                    return true;
            }
            catch (Microsoft.AspNetCore.SignalR.HubException)
            {
                // Its leg has no silo just now.
            }
            await Task.Delay(250);
        }
        return false;
    }

    private Task Ended(string call) =>
        cluster.Until($"calls/{call}", body => body.GetProperty("phase").GetString() == "ended");
}
