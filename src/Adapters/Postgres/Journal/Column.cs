using Npgsql;
using NpgsqlTypes;

namespace IotOrleans.Journal;

/// <summary>One column of a batch as an array parameter.</summary>
internal static class Column
{
    public static NpgsqlParameter<TValue[]> Of<TRow, TValue>(List<TRow> rows, Func<TRow, TValue> value)
    {
        var values = new TValue[rows.Count];
        for (var row = 0; row < values.Length; row++)
            values[row] = value(rows[row]);
        var column = new NpgsqlParameter<TValue[]> { TypedValue = values };
        // Said, because it cannot be seen from an array that begins with a null.
        if (typeof(TValue) == typeof(DateTime) || typeof(TValue) == typeof(DateTime?))
            column.NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz;
        return column;
    }

    /// <summary>Texts that are in UTF-8 already.</summary>
    public static NpgsqlParameter<byte[]?[]> OfJson<TRow>(List<TRow> rows, Func<TRow, byte[]?> value)
    {
        var column = Of(rows, value);
        column.NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text;
        return column;
    }
}
