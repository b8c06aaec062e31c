using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Tests;

/// <summary>A log that remembers what it was told, scopes and all.</summary>
/// <param name="least">What matters less is not heard.</param>
internal sealed class HeardLog(LogLevel least = LogLevel.Trace) : ILogger
{
    private readonly ConcurrentQueue<HeardLine> _lines = new();

    /// <summary>Told of each line as it comes, by whoever says it.</summary>
    public event Action<HeardLine>? Heard;

    public HeardLine[] Lines => [.. _lines];

    /// <summary>This log, whoever asks for one.</summary>
    public Source All => new(this);

    public ILogger<T> For<T>() => new Logger<T>(All);

    /// <summary>Ends when these words were said for the n-th time.</summary>
    public async Task Says(string words, int times)
    {
        var said = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Heard += Count;
        Count(null);
        await said.Task;
        Heard -= Count;

        void Count(HeardLine? _)
        {
            if (_lines.Count(line => line.Text.Contains(words, StringComparison.Ordinal)) >= times)
                said.TrySetResult();
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        Hear(new(LogLevel.Trace, $"{state}", null));
        return null;
    }

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (IsEnabled(logLevel))
            Hear(new(logLevel, formatter(state, exception), exception));
    }

    private void Hear(HeardLine line)
    {
        if (!IsEnabled(line.Level))
            return;
        _lines.Enqueue(line);
        Heard?.Invoke(line);
    }

    public sealed class Source(HeardLog log) : ILoggerProvider, ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => log;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public void Dispose() { }
    }
}

internal sealed record HeardLine(LogLevel Level, string Text, Exception? Trouble)
{
    /// <summary>Whether it says this, in its words or in its trouble.</summary>
    public bool Contains(string words) => $"{Text} {Trouble}".Contains(words, StringComparison.Ordinal);
}
