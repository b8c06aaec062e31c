using System.Data;
using Npgsql;

namespace IotOrleans.Journal;

/// <summary>
/// The connection that the journal keeps, opened at its first use. A commit that is no longer waited for has its own
/// session still, and cannot touch the one that took its place.
/// </summary>
internal sealed class JournalSession(NpgsqlDataSource database) : IAsyncDisposable
{
    private NpgsqlConnection? _connection;

    /// <summary>It was opened, and is of no use any more.</summary>
    public bool IsBroken => _connection is { FullState: var state } && (state & ConnectionState.Open) == 0;

    public ValueTask<NpgsqlConnection> Connection() => _connection is { } open ? new(open) : Open();

    public ValueTask DisposeAsync() => _connection?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async ValueTask<NpgsqlConnection> Open() =>
        _connection = await database.OpenConnectionAsync().ConfigureAwait(false);
}
