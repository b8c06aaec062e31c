using IotOrleans.Http;

namespace IotOrleans.Tests;

public sealed class AccessLogTests
{
    [Theory]
    [InlineData("/lookup/real/+79161234567", "/lookup/real/*****67")]
    [InlineData("/lookup/real/%2B79161234567", "/lookup/real/*****67")]
    [InlineData("/lookup/real/8-916-123-45-67", "/lookup/real/*****67")]
    [InlineData("/lookup/real/8 (916) 123 45 67", "/lookup/real/*****67")]
    [InlineData("/lookup/real/00007916123456789012", "/lookup/real/*****12")]
    [InlineData("/api/v1/devices/smoke-1", "/api/v1/devices/smoke-1")]
    [InlineData("/calls/12345678-1234-4abc-8000-000000000001", "/calls/12345678-1234-4abc-8000-000000000001")]
    public void Of_a_number_in_a_path_the_log_has_two_digits(string path, string logged) =>
        Assert.Equal(logged, AccessLog.Shortened(path));
}
