using System.Net;
using IotOrleans.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace IotOrleans.Deploy;

/// <summary>The proxy that is shipped, before front-ends whose names lead to other addresses now and then.</summary>
public sealed class ProxyNamesTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_front_end_that_is_made_anew_is_found_at_its_new_address()
    {
        Nginx.Need();
        Assert.SkipUnless(await Nginx.FollowsNames(), "This nginx is older than 1.27.3 and knows no \"resolve\".");
        var port = HouseProcess.FreePort();
        await using var names = new TestNames();
        await using var proxy = await Nginx.StartWithNames(names.Port, port);
        // It has begun although nobody is there yet.
        using var http = new HttpClient { BaseAddress = proxy.Address };
        Assert.Equal(HttpStatusCode.BadGateway, (await http.GetAsync("/")).StatusCode);

        var first = await FrontEnd("127.0.0.2", port);
        names.Known["api"] = IPAddress.Parse("127.0.0.2");
        await Says(http, "127.0.0.2");
        await first.DisposeAsync();
        await using var anew = await FrontEnd("127.0.0.3", port);
        names.Known["api"] = IPAddress.Parse("127.0.0.3");
        await Says(http, "127.0.0.3");
    }

    private static async Task<WebApplication> FrontEnd(string address, int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls($"http://{address}:{port}");
        var app = builder.Build();
        app.Run(context => context.Response.WriteAsync(address));
        await app.StartAsync();
        return app;
    }

    private static async Task Says(HttpClient http, string words)
    {
        using var late = new CancellationTokenSource(Patience);
        while (await Said() != words)
            await Task.Delay(50, late.Token);

        async Task<string> Said()
        {
            using var answer = await http.GetAsync("/", late.Token);
            return await answer.Content.ReadAsStringAsync(late.Token);
        }
    }
}
