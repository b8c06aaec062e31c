using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace IotOrleans.Floor;

/// <summary>A bare hub: who connects with a number in the query is told when that number is called.</summary>
internal sealed class SpeakerHub : Hub
{
    private static readonly ConcurrentDictionary<string, string> Connections = new();

    public override Task OnConnectedAsync()
    {
        Connections[Number()] = Context.ConnectionId;
        return Task.CompletedTask;
    }

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        Connections.TryRemove(Number(), out _);
        return Task.CompletedTask;
    }

#pragma warning disable CA1822 // A hub method cannot be static.
    public object Reject(string call) => new { ok = call.Length > 0 };
#pragma warning restore CA1822

    public static void Add(IServiceCollection services)
    {
        services.AddRouting();
        services.AddSignalR();
    }

    public static void Map(WebApplication app)
    {
        app.UseRouting();
        app.MapHub<SpeakerHub>("/hubs/speaker", door => door.Transports = HttpTransportType.WebSockets);
        var hub = app.Services.GetRequiredService<IHubContext<SpeakerHub>>();
        app.MapPost("/api/v1/simulate/incoming-call", (RequestDelegate)(context => Ring(context, hub)));
        app.MapGet("/", (RequestDelegate)Answer.Nothing);
    }

    private static async Task Ring(HttpContext context, IHubContext<SpeakerHub> hub)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        var number = body.RootElement.GetProperty("msisdn").GetString()!;
        var caller = body.RootElement.GetProperty("caller").GetString();
        if (!Connections.TryGetValue(number, out var connection))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        var call = new
        {
            call_id = Guid.NewGuid(),
            caller,
            msisdn = number,
        };
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        await hub.Clients.Client(connection).SendAsync("IncomingCall", call);
    }

    private string Number() => Context.GetHttpContext()!.Request.Query["number"].ToString();
}
