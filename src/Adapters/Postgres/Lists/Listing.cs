using Npgsql;

namespace IotOrleans.Postgres;

/// <summary>
/// A list of one table, newest first; names and conditions are constants of the lists, values are parameters. Only what
/// was asked for stands in the statement: "$1 is null or …", once prepared, is planned for all filters at a time.
/// </summary>
internal sealed class Listing(string table, string columns)
{
    private readonly List<object?> _values = [];
    private readonly List<Branch> _branches = [];
    private string _conditions = "";

    /// <summary>A condition on a value, written as "?"; none when the value is null.</summary>
    public Listing Where(string condition, object? value)
    {
        if (value is not null)
            _conditions += $" and {condition.Replace("?", Add(value), StringComparison.Ordinal)}";
        return this;
    }

    /// <summary>A condition that holds a word of ours and no text from outside, so that a partial index fits.</summary>
    public Listing Where(string? condition)
    {
        if (condition is not null)
            _conditions += $" and {condition}";
        return this;
    }

    /// <summary>
    /// Only rows with this value in a column that has an index on (column, seq). The first such column leads to the
    /// rows, any other is a condition on them.
    /// </summary>
    public Listing By(string column, string? value) =>
        _branches.Count > 0 ? Where($"{column} = ?", value) : Among("select ?::text as key", value, column);

    /// <summary>
    /// Only rows that bear one of these keys in one of these columns. Each key in each column is read from its own
    /// index on (column, seq) and no further than one page, however many rows it has.
    /// </summary>
    /// <param name="keys">A query that gives the column "key"; its value is written as "?".</param>
    public Listing Among(string keys, object? value, params ReadOnlySpan<string> columnsOfKey)
    {
        if (value is null)
            return this;
        var source = keys.Replace("?", Add(value), StringComparison.Ordinal);
        foreach (var column in columnsOfKey)
            _branches.Add(new(source, column));
        return this;
    }

    public Task<Page<T>> Read<T>(
        NpgsqlDataSource database,
        PageRequest page,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellation
    ) => Select.Page(database, Statement(), page, read, cancellation, [.. _values]);

    private string Statement()
    {
        var (before, limit) = ($"${_values.Count + 1}", $"${_values.Count + 2}");
        if (_branches.Count == 0)
            return $"select {columns} from {table} where seq < {before}{_conditions} order by seq desc limit {limit}";
        var found = _branches.Select(branch => Walk(branch, before, limit));
        return $"""
            select {columns} from {table}
            where seq in (select seq from ({string.Join(" union ", found)}) as found order by seq desc limit {limit})
            order by seq desc limit {limit}
            """;
    }

    // "column = key order by seq" would leave it to statistics whether all newer rows of other keys are read, too. In
    // the order of (column, seq) only that index gives the rows, and it begins at the right one.
    private string Walk(Branch branch, string before, string limit) =>
        $"""
            select rows.seq from ({branch.Keys}) as keys cross join lateral (
                select seq from {table}
                where ({branch.Column}, seq) < (key, {before}) and {branch.Column} >= key{_conditions}
                order by {branch.Column} desc, seq desc limit {limit}
            ) as rows
            """;

    private string Add(object value)
    {
        _values.Add(value);
        return $"${_values.Count}";
    }

    private readonly record struct Branch(string Keys, string Column);
}
