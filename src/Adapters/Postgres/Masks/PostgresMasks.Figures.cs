using IotOrleans.Postgres;
using Npgsql;

namespace IotOrleans.Masks;

/// <summary>Masks and calls through them, counted.</summary>
public sealed partial class PostgresMasks
{
    private string NowSql =>
        $"""
            select (select count(*) from masks where ended_at is null and {Of(Customer, "$1")}),
                   (select count(*) from mask_sessions where ended_at is null and {Of(Customer, "$1")})
            """;

    private string TodaySql =>
        $"""
            select hangup_cause, answered_at is not null, count(*),
                   coalesce(sum(extract(epoch from answered_at - started_at)), 0)::float8
            from {CallsOf("$1")} as c
            where ended_at >= date_trunc('day', now(), 'UTC') and started_at >= date_trunc('day', now(), 'UTC')
            group by 1, 2
            """;

    // A day without a call is a day too.
    private string DaysSql =>
        $"""
            with days as (
                select date_trunc('day', now(), 'UTC') - n * interval '1 day' as day
                from generate_series(0, $1 - 1) as n
            )
            select (d.day at time zone 'UTC')::date, count(c.call_id), count(c.answered_at),
                   coalesce(max(c.duration_seconds), 0)
            from days d
            left join {CallsOf("$2")} as c
                on c.ended_at >= d.day and c.started_at >= d.day and c.started_at < d.day + interval '1 day'
            group by d.day order by d.day
            """;

    private string BusiestSql =>
        $"""
            select to_number, count(*) from {CallsOf("$3")} as c
            where ended_at >= date_trunc('day', now(), 'UTC') - ($1 - 1) * interval '1 day'
            group by to_number order by count(*) desc, to_number limit $2
            """;

    // The house sees all calls, and its statements have no parameter for whose they are.
    private object[] OfMine => Customer is null ? [] : [Customer];

    public Task<MaskFigures> Figures(CancellationToken cancellation) =>
        replica.Read(source => Figures(source, cancellation), cancellation);

    public Task<MaskOutcomes> Outcomes(CancellationToken cancellation) =>
        replica.Read(async source => OutcomesOf(await Today(source, cancellation)), cancellation);

    private async Task<MaskFigures> Figures(NpgsqlDataSource source, CancellationToken cancellation)
    {
        var days = await Select.All(
            source,
            DaysSql,
            row => new MaskDay(row.GetFieldValue<DateOnly>(0), row.GetInt64(1), row.GetInt64(2), row.GetInt32(3)),
            cancellation,
            [MaskFigures.DaysMax, .. OfMine]
        );
        var busiest = await Select.All(
            source,
            BusiestSql,
            row => new BusyMask(new(row.GetString(0)[1..]), row.GetInt64(1)),
            cancellation,
            [MaskFigures.DaysMax, MaskFigures.BusiestMax, .. OfMine]
        );
        var today = await Today(source, cancellation);
        var outcomes = OutcomesOf(today);
        double? meanWait = outcomes.Answered > 0 ? today.Sum(end => end.SecondsToAnswer) / outcomes.Answered : null;
        var (active, sessions) = await Select.One(
            source,
            NowSql,
            row => (row.GetInt64(0), row.GetInt64(1)),
            cancellation,
            Customer
        );
        return new(active, sessions, today.Sum(end => end.Calls), outcomes.Answered, meanWait, outcomes, days, busiest);
    }

    private Task<SameEnd[]> Today(NpgsqlDataSource source, CancellationToken cancellation) =>
        Select.All(
            source,
            TodaySql,
            row => new SameEnd(
                MaskedCallStatuses.Of(row.GetString(0), row.GetBoolean(1)),
                row.GetInt64(2),
                row.GetDouble(3)
            ),
            cancellation,
            OfMine
        );

    private static MaskOutcomes OutcomesOf(SameEnd[] today) =>
        MaskOutcomes.Of(status => today.Where(end => end.Status == status).Sum(end => end.Calls));

    /// <summary>Calls that ended in the same way.</summary>
    private readonly record struct SameEnd(MaskedCallStatus Status, long Calls, double SecondsToAnswer);
}
