using System.ComponentModel.DataAnnotations;

namespace IotOrleans.Http;

/// <summary>Section "Logs": what is told beside what the slices themselves have to say. All of it is off.</summary>
public sealed class LogsOptions
{
    /// <summary>A line for each request; every line of the log then is one JSON object with its trace.</summary>
    public bool Access { get; set; }

    /// <summary>A statement that takes longer is told with its text, never with its values; 0: none is.</summary>
    [Range(0, 3_600_000)]
    public int SlowQueryMilliseconds { get; set; }
}
