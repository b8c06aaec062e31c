using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace IotOrleans.Floor;

/// <summary>One endpoint: who, what, durable, 202.</summary>
internal static class Answer
{
    private static readonly byte[] Accepted = """{"status":"accepted"}"""u8.ToArray();
    private static readonly byte[] Duplicate = """{"status":"duplicate"}"""u8.ToArray();

    /// <summary>With the database in ConnectionStrings__Postgres.</summary>
    public static async Task Events(WebApplication app, string? switchAddress)
    {
        var given = Environment.GetEnvironmentVariable("ConnectionStrings__Postgres");
        var database = NpgsqlDataSource.Create(given ?? throw new InvalidOperationException("No database given."));
        var commit = new OneCommit(database, switchAddress is null ? null : await SwitchLine.Open(switchAddress));
        _ = commit.WriteAll();
        // Key "key-7" is of device "device-7": a look-up as quick as a look-up can be.
        var devices = Enumerable
            .Range(0, 10_000)
            .Select(n => n.ToString(CultureInfo.InvariantCulture))
            .ToDictionary(n => $"key-{n}", n => $"device-{n}");
        app.Run(context => context.Request.Method == "POST" ? To(context, devices, commit) : Nothing(context));
    }

    public static Task Nothing(HttpContext context)
    {
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    private static async Task To(HttpContext context, Dictionary<string, string> devices, OneCommit commit)
    {
        if (!devices.TryGetValue(context.Request.Headers["X-Api-Key"].ToString(), out var device))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }
        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        var happened = new Happened(
            Text(body, "event_id"),
            device,
            Text(body, "event_type"),
            body.RootElement.TryGetProperty("payload", out var payload) ? payload.GetRawText() : "{}"
        );
        var answer = await commit.Write(happened) ? Accepted : Duplicate;
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = answer.Length;
        await context.Response.Body.WriteAsync(answer);
    }

    private static string Text(JsonDocument body, string member) => body.RootElement.GetProperty(member).GetString()!;
}

/// <summary>One event, and the incident and call that follow from it.</summary>
internal sealed record Happened(string EventId, string DeviceId, string EventType, string Payload)
{
    public Guid Incident { get; } = Guid.CreateVersion7();

    public Guid Call { get; } = Guid.CreateVersion7();

    public TaskCompletionSource<bool> Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
