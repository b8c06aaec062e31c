using IotOrleans.Actions;

namespace IotOrleans.Postings;

/// <summary>TAS-80: tries again, with a last try; and nothing that may have been taken is sent twice.</summary>
public sealed class PostingMovesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    private static readonly Delivery Busy = new(false, MayRetry: true, "503");

    private DateTimeOffset _now = Noon;

    [Fact]
    public void Tas_80_a_centre_that_is_busy_four_times_gets_it_the_fifth_time()
    {
        var posting = New(PostingKind.Sms);
        for (var attempt = 0; attempt < 4; attempt++)
            posting = Try(posting, Busy);
        posting = Try(posting, new(true));
        Assert.Equal((PostingStatus.Sent, 5, null), (posting.Status, posting.Attempts, posting.DueAt));
    }

    [Fact]
    public void Tas_80_the_sixth_try_is_the_last_and_it_can_be_begun_anew()
    {
        var posting = New(PostingKind.Sms);
        while (posting.DueAt is not null)
            posting = Try(posting, Busy);
        Assert.Equal((PostingStatus.Failed, 6), (posting.Status, posting.Attempts));
        Assert.InRange(_now - Noon, TimeSpan.FromHours(1), TimeSpan.FromHours(2));
        var anew = posting.Anew(_now)!;
        Assert.Equal((PostingStatus.Queued, 0, posting.PostingId), (anew.Status, anew.Attempts, anew.PostingId));
    }

    [Fact]
    public void Tas_44_a_subscriber_who_is_away_is_tried_for_a_day()
    {
        var posting = New(PostingKind.Webhook, Guid.NewGuid());
        while (posting.DueAt is not null)
            posting = Try(posting, Busy);
        Assert.InRange(_now - Noon, TimeSpan.FromHours(22), TimeSpan.FromHours(26));
    }

    [Fact]
    public void An_sms_that_may_have_been_taken_is_not_sent_again_and_a_webhook_is()
    {
        var unsure = new Delivery(false, Detail: "no answer", Unsure: true);
        Assert.Equal(PostingStatus.Unknown, Try(New(PostingKind.Sms), unsure).Status);
        Assert.Equal(PostingStatus.Queued, Try(New(PostingKind.Webhook), unsure).Status);
    }

    [Theory]
    [InlineData(PostingKind.Telegram)]
    [InlineData(PostingKind.Mail)]
    public void What_people_read_and_may_have_been_taken_is_not_told_again(PostingKind kind)
    {
        var unsure = Try(New(kind, Guid.NewGuid()), new(false, Detail: "no answer", Unsure: true));
        Assert.Equal((PostingStatus.Unknown, null), (unsure.Status, unsure.DueAt));
        var cut = New(kind, Guid.NewGuid()).Begin(_now).AfterDoubt("cut off", _now);
        Assert.Equal((PostingStatus.Unknown, null), (cut.Status, cut.DueAt));
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(17, 17)]
    [InlineData(7_200, 7_200)]
    [InlineData(1_000_000, 86_400)]
    public void Who_asks_for_a_pause_gets_it_up_to_a_day_and_not_from_all_at_the_same_instant(int asked, int pause)
    {
        var busy = Pause(asked);
        TimeSpan[] pauses =
        [
            .. Enumerable.Range(0, 100).Select(number => Try(Told(number), busy).DueAt!.Value - Noon).Order(),
        ];
        var (least, spread) = (TimeSpan.FromSeconds(pause), TimeSpan.FromSeconds(Math.Min(pause, 3_600)));
        Assert.All(pauses, one => Assert.InRange(one, least, least + spread));
        Assert.InRange(pauses[^1] - pauses[0], spread * 0.9, spread);
        Assert.Equal(100, pauses.Distinct().Count());
        Assert.Equal(Try(Told(1), busy).DueAt, Try(Told(1), busy).DueAt);
    }

    /// <summary>As Telegram lets a bot write into a group.</summary>
    [Fact]
    public void Three_hundred_to_a_chat_that_takes_twenty_a_minute_are_all_there_in_half_an_hour_and_none_twice()
    {
        var (minute, room, tries, taken) = (Noon, 20, 0, new List<Guid>());
        var due = new PriorityQueue<Posting, DateTimeOffset>();
        foreach (var number in Enumerable.Range(0, 300))
            due.Enqueue(Told(number), Noon);
        while (due.TryDequeue(out var posting, out _))
        {
            var after = Try(posting, Chat(posting));
            tries++;
            if (after.DueAt is { } next)
                due.Enqueue(after, next);
        }
        Assert.Equal(300, taken.Count);
        Assert.Equal(300, taken.Distinct().Count());
        Assert.InRange(_now - Noon, TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(30));
        Assert.InRange(tries, 300, 300 * 20);

        Delivery Chat(Posting posting)
        {
            for (; posting.DueAt!.Value - minute >= TimeSpan.FromMinutes(1); room = 20)
                minute += TimeSpan.FromMinutes(1);
            if (room == 0)
                return Pause((int)Math.Ceiling((minute.AddMinutes(1) - posting.DueAt.Value).TotalSeconds));
            room--;
            taken.Add(posting.PostingId);
            return new(true);
        }
    }

    [Fact]
    public void A_pause_that_is_asked_for_is_none_of_the_tries_and_what_fails_then_goes_on_where_it_was()
    {
        var posting = Try(Try(Told(1), Busy), Busy);
        for (var asked = 0; asked < 100; asked++)
            posting = Try(posting, Pause(30));
        Assert.Equal((PostingStatus.Queued, 2), (posting.Status, posting.Attempts));
        posting = Try(posting, Busy);
        Assert.Equal((3, _now + TimeSpan.FromMinutes(2)), (posting.Attempts, posting.DueAt));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(3_600)]
    [InlineData(86_400)]
    public void Who_does_nothing_but_ask_for_pauses_is_asked_a_last_time_too(int asked)
    {
        var posting = Told(1);
        while (posting.DueAt is not null)
            posting = Try(posting, Pause(asked));
        Assert.Equal((PostingStatus.Failed, 28), (posting.Status, posting.Attempts));
        Assert.InRange(_now - Noon, TimeSpan.FromHours(24), TimeSpan.FromHours(24 * 4));
        // Begun anew by hand it has tries again, and a pause does not end it.
        Assert.Equal(PostingStatus.Queued, Try(posting.Anew(_now)!, Pause(asked)).Status);
    }

    [Fact]
    public void The_first_who_reads_it_counts_and_only_what_came_can_be_read()
    {
        var came = Try(New(PostingKind.IncomingSms), new(true));
        var read = came.ReadOn(new("kitchen"), _now)!;
        Assert.Equal((PostingStatus.Read, "read on kitchen"), (read.Status, read.Detail));
        Assert.Null(read.ReadOn(new("hall"), _now));
        Assert.Null(New(PostingKind.Sms).ReadOn(new("kitchen"), _now));
    }

    private Posting Try(Posting posting, Delivery delivery)
    {
        _now = posting.DueAt!.Value;
        return posting.Begin(_now).After(delivery, _now);
    }

    private static Delivery Pause(int seconds) => Busy with { RetryAfter = TimeSpan.FromSeconds(seconds) };

    private static Posting Told(int number) =>
        New(PostingKind.Telegram, Guid.NewGuid()) with
        {
            PostingId = NamedId.Of("told", $"{number}"),
        };

    private static Posting New(PostingKind kind, Guid? subscription = null) =>
        PostingMoves.New(Guid.NewGuid(), new(kind, "+79160000010", "text", SubscriptionId: subscription), Noon);
}
