using System.ComponentModel.DataAnnotations;
using IotOrleans.Browser;
using IotOrleans.Subscribers;

namespace IotOrleans.Tests.Sip;

/// <summary>The name and the password that a browser shows, and what must be said before there are any.</summary>
public sealed class BrowserCredentialTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_name_says_until_when_and_who_and_the_password_is_its_HMAC()
    {
        var options = new BrowserOptions
        {
            Key = "a secret of two",
            Server = new("wss://sip.home.example:7443/sip"),
            Domain = "sip.home.example",
            CredentialMinutes = 30,
        };

        var given = BrowserCredential.For(Msisdn.Parse("+79160000010", null), options, Start);

        // The password as openssl works it out.
        Assert.Equal(
            new(
                options.Server,
                "sip:+79160000010@sip.home.example",
                "1767227400:+79160000010",
                "Skfgo6ThsXeKoSBJWnjbU6dzc40fdGh+BOQ4SN+oEr4=",
                Start.AddMinutes(30)
            ),
            given
        );
    }

    [Theory]
    [InlineData(null, null, null, true)]
    [InlineData("key", "wss://sip.home.example:7443/sip", "sip.home.example", true)]
    [InlineData("key", null, "sip.home.example", false)]
    [InlineData("key", "https://sip.home.example", "sip.home.example", false)]
    [InlineData("key", "wss://sip.home.example:7443/sip", null, false)]
    [InlineData("key", "wss://sip.home.example:7443/sip", "no domain; script-src *", false)]
    public void With_a_key_the_house_starts_only_if_the_rest_is_said(
        string? key,
        string? server,
        string? domain,
        bool starts
    )
    {
        var options = new BrowserOptions
        {
            Key = key,
            Server = server is null ? null : new(server),
            Domain = domain,
        };
        Assert.Equal(starts, Validator.TryValidateObject(options, new(options), [], validateAllProperties: true));
    }
}
