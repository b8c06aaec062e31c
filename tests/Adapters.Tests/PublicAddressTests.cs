using System.Net;
using IotOrleans.Actions;

namespace IotOrleans;

/// <summary>Whoever may name an address must not reach with it what only the house can reach.</summary>
public sealed class PublicAddressTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.1.2.3")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.64.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::1")]
    [InlineData("::")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("fe80::1")]
    [InlineData("fd00::1")]
    [InlineData("64:ff9b::7f00:1")]
    public void An_address_of_this_machine_or_its_network_is_none(string address) =>
        Assert.False(PublicAddress.Is(IPAddress.Parse(address)));

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.32.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("2a00:1450:4010::64")]
    [InlineData("::ffff:8.8.8.8")]
    public void An_address_that_anybody_reaches_is_one(string address) =>
        Assert.True(PublicAddress.Is(IPAddress.Parse(address)));
}
