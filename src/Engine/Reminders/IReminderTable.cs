using Orleans.Runtime;

namespace Orleans;

/// <summary>
/// Where reminders lie. GrainHash ranges follow the table contract of Orleans: (begin, end] on unsigned hashes.
/// </summary>
public interface IReminderTable
{
    Task StartAsync(CancellationToken cancellationToken = default);

    Task<ReminderTableData> ReadRows(GrainId grainId);

    Task<ReminderTableData> ReadRows(uint begin, uint end);

    Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName);

    /// <returns>The new etag.</returns>
    Task<string> UpsertRow(ReminderEntry entry);

    /// <returns>False when the row is gone or has another etag.</returns>
    Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag);
}

public sealed record ReminderTableData(IReadOnlyList<ReminderEntry> Reminders);

public sealed record ReminderEntry(
    GrainId GrainId,
    string ReminderName,
    DateTime StartAt,
    TimeSpan Period,
    string ETag
);
