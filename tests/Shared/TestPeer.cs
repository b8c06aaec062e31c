using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IotOrleans.Tests;

/// <summary>Somebody on the other end of a real socket, who judges what comes and answers as the test says.</summary>
public sealed class TestPeer : IAsyncDisposable
{
    /// <summary>A test that waits this long waits for something that does not come.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<Asked> _heard = Channel.CreateUnbounded<Asked>();
    private readonly ConcurrentQueue<Asked> _all = new();
    private WebApplication _app = null!;

    public Uri Address { get; private set; } = null!;

    /// <summary>What is answered; 200 and an empty object unless a test says otherwise.</summary>
    public Func<Asked, Said> Answer { get; set; } = _ => new();

    /// <summary>All that was asked under a path, the oldest first.</summary>
    public Asked[] At(string path) => [.. _all.Where(asked => asked.Path == path)];

    public static async Task<TestPeer> Start()
    {
        var peer = new TestPeer();
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        peer._app = builder.Build();
        peer._app.Run(peer.Take);
        await peer._app.StartAsync();
        var addresses = peer._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        peer.Address = new(addresses.Addresses.First());
        return peer;
    }

    /// <summary>The next request that nobody has heard yet.</summary>
    public async Task<Asked> Hears() => await _heard.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task Take(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var asked = new Asked(
            context.Request.Method,
            context.Request.Path,
            context.Request.Headers.ToDictionary(
                header => header.Key,
                header => header.Value.ToString(),
                StringComparer.OrdinalIgnoreCase
            ),
            await reader.ReadToEndAsync(),
            context.Request.QueryString.Value ?? ""
        );
        _all.Enqueue(asked);
        var said = Answer(asked);
        _heard.Writer.TryWrite(asked);
        if (said.IsLost)
        {
            context.Abort();
            return;
        }
        context.Response.StatusCode = said.Status;
        if (said.RetryAfter is { } seconds)
            context.Response.Headers.RetryAfter = $"{seconds}";
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(said.Body);
    }
}

public sealed record Asked(string Method, string Path, Dictionary<string, string> Headers, string Body, string Query)
{
    public string Header(string name) => Headers.GetValueOrDefault(name, "");

    public Dictionary<string, string> Form =>
        Body.Split('&')
            .Select(pair => pair.Split('='))
            .ToDictionary(
                pair => pair[0],
                pair => Uri.UnescapeDataString(pair[1].Replace('+', ' ')),
                StringComparer.Ordinal
            );
}

/// <param name="IsLost">It was heard, and the connection broke before the answer.</param>
public sealed record Said(int Status = 200, string Body = "{}", int? RetryAfter = null, bool IsLost = false);
