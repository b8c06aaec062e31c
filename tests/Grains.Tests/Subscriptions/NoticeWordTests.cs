using IotOrleans.Feed;
using IotOrleans.Masks;
using IotOrleans.Postings;

namespace IotOrleans.Subscriptions;

/// <summary>PP-60: who is told of which masked calls, where, and in which words.</summary>
public sealed class NoticeWordTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("telegram:42", PostingKind.Telegram, "42")]
    [InlineData("telegram:-1001234567890", PostingKind.Telegram, "-1001234567890")]
    [InlineData("telegram:@the_house", PostingKind.Telegram, "@the_house")]
    [InlineData("mailto:o'neil+calls@mail.example.com", PostingKind.Mail, "o'neil+calls@mail.example.com")]
    [InlineData("https://crm.example.com/in", PostingKind.Webhook, "https://crm.example.com/in")]
    public void An_address_says_by_which_way(string url, PostingKind kind, string address)
    {
        Assert.Equal(new(kind, address), NoticeTarget.Of(url));
        Assert.True(NoticeTarget.Of(url).IsWellFormed);
    }

    [Theory]
    [InlineData("telegram:")]
    [InlineData("telegram:0")]
    [InlineData("telegram:12 34")]
    [InlineData("telegram:42\n")]
    [InlineData("telegram:123456789012345678901")]
    [InlineData("telegram:the_house")]
    [InlineData("mailto:")]
    [InlineData("mailto:owner")]
    [InlineData("mailto:a@b,c@d")]
    [InlineData("mailto:a@b?cc=c@d")]
    [InlineData("mailto:a@b>\r\nRCPT TO:<c@d")]
    [InlineData("mailto:a@b\n")]
    [InlineData("mailto:Owner <a@b>")]
    public void What_could_be_more_than_one_address_is_none(string url) =>
        Assert.False(NoticeTarget.Of(url).IsWellFormed);

    [Theory]
    [InlineData("masked_call", "answered busy no_answer failed unmapped")]
    [InlineData("masked_call.missed", "busy no_answer failed")]
    [InlineData("masked_call.no_answer", "no_answer")]
    [InlineData("masked_call.unmapped", "unmapped")]
    public void A_word_chooses_calls_by_what_became_of_them(string word, string told)
    {
        var subscription = new Subscription(Guid.NewGuid(), "anna", false, "telegram:42", [word], null, Noon);
        Assert.True(subscription.Wants(FeedKind.MaskedCall));
        Assert.False(subscription.Wants(FeedKind.Event));
        var wanted = Enum.GetValues<MaskedCallStatus>().Where(subscription.Wants).Select(SubscriptionWords.Of);
        Assert.Equal(told.Split(' ').Select(status => "masked_call." + status), wanted);
    }

    [Theory]
    [InlineData(MaskedCallStatus.NoAnswer, "+7*****67", "Missed call on +78005550001\nNo answer, from +7*****67")]
    [InlineData(MaskedCallStatus.Busy, "", "Missed call on +78005550001\nBusy, from a withheld number")]
    [InlineData(
        MaskedCallStatus.Answered,
        "",
        "Call on +78005550001\nAnswered, 9 seconds in all, from a withheld number"
    )]
    public void The_words_say_which_number_what_became_of_it_and_when_in_the_zone_of_the_house(
        MaskedCallStatus status,
        string from,
        string words
    )
    {
        var call = new MaskedCallNotice(
            new(Guid.NewGuid()),
            from,
            new("78005550001"),
            status,
            Noon,
            null,
            Noon.AddSeconds(9),
            9
        );
        Assert.Equal(words + "\n2026-11-20 15:00:00 Europe/Moscow", NoticeText.Of(call, "Europe/Moscow"));
    }

    [Theory]
    [InlineData("+74951234567", "+7*****67")]
    [InlineData("", "")]
    [InlineData("anna@home", "")]
    public void Of_who_called_no_more_is_told_than_a_log_may_show(string from, string shown) =>
        Assert.Equal(shown, MaskedCallNotice.Shorten(from));
}
