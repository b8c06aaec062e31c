using System.Diagnostics;

namespace IotOrleans.Tests;

/// <summary>What operators see of the silos; the same on either engine.</summary>
public sealed class ClusterViewTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    [Fact]
    public async Task The_silo_is_named_with_its_build_and_what_is_awake_on_it()
    {
        await house.Register("seen-by-operators", "other");
        var cluster = await house.Until(
            "cluster",
            body => body.GetProperty("activations").TryGetProperty("device", out _)
        );
        Assert.Contains(cluster.GetProperty("engine").GetString(), new[] { "embedded", "orleans" });
        Assert.StartsWith("0.", cluster.GetProperty("version").GetString(), StringComparison.Ordinal);
        var silo = Assert.Single(cluster.GetProperty("silos").EnumerateArray());
        Assert.Equal("active", silo.GetProperty("status").GetString());
        Assert.NotEqual("", silo.GetProperty("address").GetString());
        Assert.StartsWith("0.", silo.GetProperty("version").GetString(), StringComparison.Ordinal);
        Assert.True(silo.GetProperty("since").GetDateTimeOffset() > TimeProvider.System.GetUtcNow().AddHours(-1));
        Assert.True(silo.GetProperty("activations").GetProperty("device").GetInt32() >= 1);
    }

    [Fact]
    public async Task The_figures_say_the_same()
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            var figures = await house.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
            if (figures.Contains("iot_cluster_silos{status=\"active\",version=\"0.", StringComparison.Ordinal))
                return;
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(30), figures);
            await Task.Delay(50);
        }
    }
}
