using IotOrleans.Events;
using IotOrleans.Subscribers;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace IotOrleans.Postgres;

/// <summary>
/// Writes down how numbers are written here, so that the database reads them as we do when it is asked alone.
/// </summary>
public sealed partial class PostgresNumberPlan(
    NpgsqlDataSource database,
    NumberPlan numbers,
    ILogger<PostgresNumberPlan> log
) : IHostedService
{
    private const string Keep = """
        insert into number_plan (prefix, trunk, international, national_min, national_max) values ($1, $2, $3, $4, $5)
        on conflict (only_one) do update
            set prefix = excluded.prefix, trunk = excluded.trunk, international = excluded.international,
                national_min = excluded.national_min, national_max = excluded.national_max
        where number_plan is distinct from excluded
        """;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var home = numbers.Home;
        try
        {
            await Select.Run(
                database,
                Keep,
                cancellationToken,
                home.Prefix,
                home.Trunk,
                home.International,
                home.NationalMin,
                home.NationalMax
            );
        }
        catch (JournalUnavailableException trouble)
        {
            // What an earlier start has written still stands; national forms are read by it until the next start.
            LogNotWritten(trouble.Message);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Warning, "The number plan is not written down: {Reason}")]
    private partial void LogNotWritten(string reason);
}
