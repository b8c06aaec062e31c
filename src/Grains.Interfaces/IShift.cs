namespace IotOrleans;

/// <summary>Work that one process of the house does at a time, whichever it is.</summary>
public interface IShift
{
    /// <summary>Null when another process is at it; else the work is ours until this is disposed of.</summary>
    /// <exception cref="Events.JournalUnavailableException">The database cannot be reached now.</exception>
    Task<IAsyncDisposable?> Take(string work, CancellationToken cancellation);
}
