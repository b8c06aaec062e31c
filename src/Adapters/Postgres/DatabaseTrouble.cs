using System.Net.Sockets;
using Npgsql;

namespace IotOrleans;

/// <summary>Tells a database that is away, full or overloaded from a mistake of ours.</summary>
public static class DatabaseTrouble
{
    /// <summary>
    /// Connection lost or refused, out of connections, shutting down, read-only, disk full, lock or statement time-out.
    /// </summary>
    public static bool Is(Exception trouble) =>
        trouble switch
        {
            PostgresException postgres => IsState(postgres.SqlState),
            NpgsqlException or TimeoutException or SocketException or IOException => true,
            // What Npgsql says now and then of a connection that breaks just as a command begins.
            ObjectDisposedException => true,
            _ => false,
        };

    // Classes of PostgreSQL's appendix A: 08 connection, 25006 read-only, 40 rollback, 53 resources, 55 locks, 57
    // operator, 58 system.
    private static bool IsState(string state) =>
        state == PostgresErrorCodes.ReadOnlySqlTransaction
        || state[..2] is "08" or "40" or "53" or "55" or "57" or "58" or "XX";
}
