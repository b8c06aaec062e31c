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
    [InlineData(1_000_000, 86_400)]
    public void Who_asks_for_a_longer_pause_gets_it_up_to_a_day(int asked, int pause)
    {
        var busy = Busy with { RetryAfter = TimeSpan.FromSeconds(asked) };
        var posting = Try(New(PostingKind.Telegram, Guid.NewGuid()), busy);
        Assert.Equal(
            (PostingStatus.Queued, _now + TimeSpan.FromSeconds(pause)),
            (posting.Status, posting.DueAt!.Value)
        );
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

    private static Posting New(PostingKind kind, Guid? subscription = null) =>
        PostingMoves.New(Guid.NewGuid(), new(kind, "+79160000010", "text", SubscriptionId: subscription), Noon);
}
