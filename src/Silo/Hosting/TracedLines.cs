using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace IotOrleans.Hosting;

/// <summary>
/// Lines of the log as JSON objects with the trace of the request they belong to. Not by the framework's scopes: these
/// have the whole path, with the telephone numbers in it.
/// </summary>
internal sealed class TracedLines(TimeProvider clock) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "traced";

    public override void Write<TState>(
        in LogEntry<TState> logEntry,
        IExternalScopeProvider? scopeProvider,
        TextWriter textWriter
    )
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("Timestamp", clock.GetUtcNow());
            json.WriteString("LogLevel", logEntry.LogLevel.ToString());
            json.WriteString("Category", logEntry.Category);
            json.WriteString("Message", logEntry.Formatter(logEntry.State, logEntry.Exception));
            if (logEntry.Exception is { } exception)
                json.WriteString("Exception", exception.ToString());
            if (Activity.Current is { } activity)
                json.WriteString("TraceId", activity.TraceId.ToHexString());
            json.WriteEndObject();
        }
        textWriter.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
    }
}
