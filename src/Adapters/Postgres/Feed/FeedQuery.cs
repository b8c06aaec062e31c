using IotOrleans.Postgres;
using Npgsql;

namespace IotOrleans.Feed;

/// <summary>A piece of the feed; only what was asked for stands in the statement. Names are our constants.</summary>
internal sealed class FeedQuery(string sql, FeedRange range)
{
    private readonly List<object?> _values = [range.After, range.Through];
    private string _conditions = "";

    public FeedQuery Where(string condition, object? value)
    {
        if (value is null)
            return this;
        _values.Add(value);
        _conditions += $" and {condition.Replace("?", $"${_values.Count}", StringComparison.Ordinal)}";
        return this;
    }

    public FeedQuery Time(string column) => Where($"{column} >= ?", range.From).Where($"{column} < ?", range.To);

    public Task<Numbered<T>[]> Read<T>(
        NpgsqlDataSource database,
        string order,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellation
    ) =>
        Select.Guarded(async () =>
        {
            var statement = $"{sql}{_conditions} order by {order} limit {range.Limit}";
            await using var command = Select.Command(database, statement, [.. _values]);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            var found = new List<Numbered<T>>();
            while (await reader.ReadAsync(cancellation))
                found.Add(new(reader.GetInt64(0), read(reader)));
            return found.ToArray();
        });
}
