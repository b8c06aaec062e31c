using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace IotOrleans.Masks;

/// <summary>
/// Ends masks and sessions whose time is over. Look-ups know the time themselves and wait for nobody.
/// </summary>
public sealed partial class MaskKeeper(
    NpgsqlDataSource database,
    MaskOptions options,
    TimeProvider clock,
    ILogger<MaskKeeper> log
) : BackgroundService
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(10);

    private const string Expire = """
        with m as (
            update masks set ended_at = expires_at, end_reason = 'expired',
                rests_until = expires_at + $1 * interval '1 second'
            where mask_id in (select mask_id from masks where ended_at is null and expires_at <= now() limit 10000)
            returning 1
        ), s as (
            update mask_sessions set ended_at = now(), end_reason = 'expired'
            where session_id in
                (select session_id from mask_sessions where ended_at is null and expires_at <= now() limit 10000)
            returning 1
        )
        select (select count(*) from m) + (select count(*) from s)
        """;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Round, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await EndSome(stoppingToken) > 0) { }
            }
            catch (Exception trouble) when (DatabaseTrouble.Is(trouble))
            {
                LogLater(trouble.Message);
            }
        }
    }

    private async Task<long> EndSome(CancellationToken stopping)
    {
        await using var connection = await database.OpenConnectionAsync(stopping);
        await using var transaction = await connection.BeginTransactionAsync(stopping);
        await using (var take = new NpgsqlCommand(PostgresMasks.Lock, connection))
            await take.ExecuteNonQueryAsync(stopping);
        await using var command = new NpgsqlCommand(Expire, connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = options.QuarantineHours * 3600L });
        var ended = (long)(await command.ExecuteScalarAsync(stopping))!;
        await transaction.CommitAsync(stopping);
        return ended;
    }

    [LoggerMessage(LogLevel.Warning, "Masks that are over are ended later: {Reason}")]
    private partial void LogLater(string reason);
}
