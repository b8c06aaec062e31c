using System.Globalization;
using Orleans.Runtime;

namespace Orleans;

/// <summary>Reminders in memory; for tests.</summary>
public sealed class MemoryReminderTable : IReminderTable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(GrainId, string), ReminderEntry> _rows = [];

    public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task<ReminderTableData> ReadRows(GrainId grainId)
    {
        lock (_gate)
            return Task.FromResult(new ReminderTableData([.. _rows.Values.Where(row => row.GrainId == grainId)]));
    }

    public Task<ReminderTableData> ReadRows(uint begin, uint end)
    {
        if (begin != end)
            throw new NotSupportedException("One process owns the whole ring.");
        lock (_gate)
            return Task.FromResult(new ReminderTableData([.. _rows.Values]));
    }

    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName)
    {
        lock (_gate)
            return Task.FromResult(_rows.GetValueOrDefault((grainId, reminderName)));
    }

    public Task<string> UpsertRow(ReminderEntry entry)
    {
        lock (_gate)
        {
            var known = _rows.GetValueOrDefault((entry.GrainId, entry.ReminderName));
            var version = known is null ? 0 : int.Parse(known.ETag, CultureInfo.InvariantCulture) + 1;
            var etag = version.ToString(CultureInfo.InvariantCulture);
            _rows[(entry.GrainId, entry.ReminderName)] = entry with { ETag = etag };
            return Task.FromResult(etag);
        }
    }

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag)
    {
        lock (_gate)
        {
            var matches = _rows.GetValueOrDefault((grainId, reminderName))?.ETag == eTag;
            return Task.FromResult(matches && _rows.Remove((grainId, reminderName)));
        }
    }
}
