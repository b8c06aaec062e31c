using IotOrleans.Subscribers;

namespace IotOrleans.Tests.Subscribers;

public sealed class NumberPlanTests
{
    private readonly NumberPlan _russia = new("RU");

    [Theory]
    [InlineData("+79161234567")]
    [InlineData("79161234567")]
    [InlineData("8 916 123-45-67")]
    [InlineData("8 (916) 123.45.67")]
    [InlineData("9161234567")]
    [InlineData("0079161234567")]
    [InlineData("  +7 916 123 45 67 ")]
    [InlineData("8107 916 123 45 67")]
    public void One_number_is_one_number_however_it_is_written(string text)
    {
        Assert.True(_russia.TryRead(text, out var number));
        Assert.Equal("+79161234567", number.ToString());
    }

    [Theory]
    [InlineData("+4930123456", "+4930123456")]
    [InlineData("0049 30 123456", "+4930123456")]
    [InlineData("+1 (212) 555-0100", "+12125550100")]
    [InlineData("8 10 49 30 123456", "+4930123456")]
    public void Foreign_numbers_are_read_with_their_country_code(string text, string expected)
    {
        Assert.True(_russia.TryRead(text, out var number));
        Assert.Equal(expected, number.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("abc")]
    [InlineData("+")]
    [InlineData("+7 916")]
    [InlineData("12345")]
    [InlineData("+0123456789")]
    [InlineData("+7916123456789012")]
    [InlineData("8 916 123-45-6x")]
    [InlineData("+7916\r\n1234567")]
    [InlineData("+٧٩١٦١٢٣٤٥٦٧")]
    [InlineData("112")]
    public void What_is_no_number_is_refused(string? text) => Assert.False(_russia.TryRead(text, out _));

    [Theory]
    [InlineData("112", true)]
    [InlineData("911", true)]
    [InlineData("+7112", false)]
    [InlineData("+79161234567", true)]
    public void An_emergency_code_may_be_a_target_but_never_a_subscriber(string text, bool target) =>
        Assert.Equal(target, _russia.TryReadTarget(text, out _));

    [Theory]
    [InlineData("112")]
    [InlineData("101")]
    [InlineData("49112")]
    public void Emergency_numbers_are_known_with_and_without_their_country(string digits) =>
        Assert.True(NumberPlan.IsEmergency(new Msisdn(digits)));

    [Fact]
    public void An_ordinary_number_is_no_emergency_number() => Assert.False(NumberPlan.IsEmergency(new("79161234112")));

    [Fact]
    public void National_forms_follow_the_configured_country()
    {
        Assert.True(new NumberPlan("DE").TryRead("030 123456", out var number));
        Assert.Equal("+4930123456", number.ToString());
    }

    [Fact]
    public void An_unknown_country_is_refused_by_name() =>
        Assert.Contains(
            "Atlantis",
            Assert.Throws<ArgumentException>(() => new NumberPlan("Atlantis")).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void A_masked_number_shows_only_its_ends() => Assert.Equal("+7*****67", new Msisdn("79161234567").Masked);
}
