namespace IotOrleans.FreeSwitch;

public sealed class ConnectionTests
{
    [Fact]
    public async Task Replies_belong_to_commands_in_order_and_events_may_come_between_them()
    {
        await using var pair = await SocketPair.Open();

        var replies = await pair.Connection.AskAll(
            EslCommand.Api("one"),
            EslCommand.Api("two"),
            EslCommand.Api("three")
        );
        await pair.Heard(3);
        await pair.ApiReply("1");
        await pair.Event("""{"Event-Name":"DTMF"}""");
        await pair.ApiReply("2");
        await pair.ApiReply("3");

        Assert.Equal(["1", "2", "3"], (await Task.WhenAll(replies)).Select(reply => reply.Text));
        Assert.Equal("DTMF", (await pair.Connection.Events.ReadAsync()).Name);
    }

    [Fact]
    public async Task An_api_command_may_be_answered_as_if_it_were_none()
    {
        await using var pair = await SocketPair.Open();

        var asking = pair.Connection.Ask(EslCommand.Api("shutdown"));
        await pair.Reply("-ERR permission denied");

        Assert.True((await asking).IsRefusal);
    }

    [Fact]
    public async Task Only_our_own_job_is_ours_and_its_result_may_overtake_nothing_but_the_reply()
    {
        await using var pair = await SocketPair.Open();
        var job = pair.Connection.ExpectJob();

        var asking = pair.Connection.Ask(EslCommand.Background("status", job.Id));
        var heard = await pair.Heard(1);
        await pair.Event("""{"Event-Name":"BACKGROUND_JOB","Job-UUID":"somebody-else","_body":"-ERR NO"}""");
        await pair.Reply($"+OK Job-UUID: {job.Id}\nJob-UUID: {job.Id}");
        await pair.Event($$"""{"Event-Name":"BACKGROUND_JOB","Job-UUID":"{{job.Id}}","_body":"+OK yes\n"}""");

        Assert.Equal($"bgapi status\nJob-UUID: {job.Id}\n\n", heard);
        Assert.True((await asking).IsOk);
        Assert.Equal("+OK yes", (await job.Result).Text);
        Assert.False(pair.Connection.Events.TryRead(out _));
    }

    [Fact]
    public async Task A_job_without_a_word_has_an_empty_result()
    {
        await using var pair = await SocketPair.Open();
        var job = pair.Connection.ExpectJob();

        await pair.Event($$"""{"Event-Name":"BACKGROUND_JOB","Job-UUID":"{{job.Id}}"}""");

        Assert.True((await job.Result).IsEmpty);
    }

    [Fact]
    public async Task A_reply_that_nothing_asked_for_ends_the_connection()
    {
        await using var pair = await SocketPair.Open();

        await pair.Reply("+OK forged");

        Assert.Equal(EslLoss.ProtocolError, (await pair.Lost()).Reason);
    }

    [Fact]
    public async Task Nonsense_on_the_line_ends_the_connection_and_everything_that_waits_learns_of_it()
    {
        await using var pair = await SocketPair.Open();
        var asking = pair.Connection.Ask(EslCommand.Api("version"));
        var job = pair.Connection.ExpectJob();
        await pair.Heard(1);

        await pair.Say("Content-Length: many\n\n");

        Assert.True((await Assert.ThrowsAsync<EslLostException>(() => asking)).WasWritten);
        Assert.Equal(EslLoss.ProtocolError, (await Assert.ThrowsAsync<EslLostException>(() => job.Result)).Reason);
        var late = await Assert.ThrowsAsync<EslLostException>(() => pair.Connection.Ask(EslCommand.Api("version")));
        Assert.False(late.WasWritten);
        Assert.Throws<EslLostException>(() => pair.Connection.ExpectJob());
    }

    [Theory]
    [InlineData(
        "Content-Type: text/disconnect-notice\nContent-Length: 31\n\nThe system is being shut down.\n",
        EslLoss.DisconnectNotice
    )]
    [InlineData(
        "Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n",
        EslLoss.RudeRejection
    )]
    [InlineData("Content-Type: command/re", EslLoss.EndOfStream)]
    [InlineData("", EslLoss.EndOfStream)]
    public async Task Each_way_to_end_has_its_name(string lastWords, EslLoss reason)
    {
        await using var pair = await SocketPair.Open();

        await pair.Say(lastWords);
        pair.HangUp();

        Assert.Equal(reason, (await pair.Lost()).Reason);
        await pair.Connection.Events.Completion.WaitAsync(SwitchRoom.Patience);
    }

    [Fact]
    public async Task A_call_that_lingers_is_not_the_end_of_the_connection()
    {
        await using var pair = await SocketPair.Open();
        var asking = pair.Connection.Ask(EslCommand.Api("version"));

        await pair.Say(
            "Content-Type: text/disconnect-notice\nContent-Disposition: linger\nLinger-Time: -1\nContent-Length: 0\n\n"
        );
        await pair.ApiReply("still here");

        Assert.Equal("still here", (await asking).Text);
        Assert.True(pair.Connection.IsLingering);
        Assert.False(pair.Connection.Lost.IsCompleted);
    }

    [Fact]
    public async Task A_reply_that_does_not_come_in_time_drops_the_connection()
    {
        var time = new ManualTime();
        await using var pair = await SocketPair.Open(new() { ReplyTime = TimeSpan.FromSeconds(5) }, time);

        var asking = pair.Connection.Ask(EslCommand.Api("version"));
        await pair.Heard(1);
        while (!asking.IsCompleted)
        {
            time.Advance(5);
            await Task.Yield();
        }

        var lost = await Assert.ThrowsAsync<EslLostException>(() => asking);
        Assert.Equal((EslLoss.NoReplyInTime, true), (lost.Reason, lost.WasWritten));
    }

    [Fact]
    public async Task A_full_line_of_waiting_commands_takes_no_more_and_sends_nothing()
    {
        await using var pair = await SocketPair.Open(new() { PendingMax = 2, JobsMax = 1 });
        _ = await pair.Connection.AskAll(EslCommand.Api("one"), EslCommand.Api("two"));
        pair.Connection.ExpectJob();

        await Assert.ThrowsAsync<EslBusyException>(() => pair.Connection.Ask(EslCommand.Api("three")));
        Assert.Throws<EslBusyException>(() => pair.Connection.ExpectJob());
        Assert.Equal("api one\n\napi two\n\n", await pair.Heard(2));
    }

    [Fact]
    public async Task Events_that_nobody_takes_end_the_connection_and_those_before_are_kept()
    {
        await using var pair = await SocketPair.Open(new() { EventsMax = 3 });
        for (var i = 1; i <= 4; i++)
            await pair.Event($$"""{"Event-Name":"DTMF","Event-Sequence":"{{i}}"}""");

        Assert.Equal(EslLoss.ConsumerTooSlow, (await pair.Lost()).Reason);
        var kept = new List<long>();
        await foreach (var change in pair.Connection.Events.ReadAllAsync())
            kept.Add(change.Sequence);
        Assert.Equal([1, 2, 3], kept);
    }

    [Fact]
    public async Task Commands_from_many_hands_stay_whole_and_get_their_own_replies()
    {
        await using var pair = await SocketPair.Open();
        var asking = Enumerable
            .Range(0, 200)
            .Select(i => Task.Run(() => pair.Connection.Ask(EslCommand.Api($"echo {i}"))))
            .ToList();

        var heard = (await pair.Heard(200)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        foreach (var command in heard)
            await pair.ApiReply(command["api echo ".Length..]);

        var replies = await Task.WhenAll(asking);
        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"{i}"), replies.Select(reply => reply.Text));
    }
}
