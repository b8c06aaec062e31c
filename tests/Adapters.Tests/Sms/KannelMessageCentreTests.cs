using IotOrleans.Subscribers;
using IotOrleans.Tests;
using Microsoft.Extensions.Options;

namespace IotOrleans.Actions;

/// <summary>What is made of a gateway's answer; what it is told, KannelTests and SmsTests show.</summary>
public sealed class KannelMessageCentreTests : IAsyncLifetime
{
    private TestPeer _gateway = null!;

    public async ValueTask InitializeAsync() => _gateway = await TestPeer.Start();

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_gateway_that_takes_no_more_now_is_asked_again_at_our_own_pace(int status) =>
        Assert.Equal(new(false, MayRetry: true, $"the SMS centre says {status}: {{}}"), await Send(new(status)));

    [Fact]
    public async Task A_gateway_that_does_not_know_us_is_not_asked_again() =>
        Assert.Equal(new(false, Detail: "the SMS centre says 403: {}"), await Send(new(403)));

    [Fact]
    public async Task An_answer_that_is_lost_leaves_it_unsure() =>
        Assert.Equal(new(false, Detail: "the SMS centre did not answer", Unsure: true), await Send(new(IsLost: true)));

    private async Task<Delivery> Send(Said answer)
    {
        _gateway.Answer = _ => answer;
        using var http = new HttpClient();
        var centre = new KannelMessageCentre(http, Options.Create(new KannelOptions { Url = _gateway.Address }));
        return await centre.Send("m-1", null, new Msisdn("79160000010"), "Smoke", default);
    }
}
