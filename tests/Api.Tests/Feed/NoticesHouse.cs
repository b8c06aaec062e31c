using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Tests.Feed;

/// <summary>A house with a bot and a mail server on the loopback.</summary>
public sealed class NoticesHouse : WholeHouse
{
    public TestBotApi Bot { get; private set; } = null!;

    public TestMailServer Mail { get; } = new();

    protected override string[] More =>
        [
            $"--Telegram:Url={Bot.Address}",
            $"--Telegram:Token={TestBotApi.Token}",
            "--Mail:Host=127.0.0.1",
            $"--Mail:Port={Mail.Port}",
            "--Mail:Security=None",
            "--Mail:From=house@masks.example",
            "--Notices:TimeZone=Europe/Moscow",
            // Whoever looks for a fault turns this on.
            "--Logging:LogLevel:System.Net.Http.HttpClient=Trace",
        ];

    public override async ValueTask InitializeAsync()
    {
        Mail.Start();
        Bot = await TestBotApi.Start();
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Bot.DisposeAsync();
        await Mail.DisposeAsync();
    }
}

/// <summary>All that is logged, with its scopes.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _written = new();

    public string[] Written => [.. _written];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        _written.Enqueue($"{state}");
        return null;
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) => _written.Enqueue($"{formatter(state, exception)} {exception}");

    public void Dispose() { }
}
