using System.Data;
using System.Data.Common;
using Npgsql;

namespace IotOrleans.Postgres;

/// <summary>
/// Runs a statement of orleansquery as the ADO.NET providers of Orleans do: named parameters, types by value.
/// </summary>
internal sealed class ProviderCall(DbConnection connection, string key)
{
    private readonly List<(string Name, object? Value, DbType Type)> _parameters = [];

    public ProviderCall With<T>(string name, T value)
    {
        var type = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
        _parameters.Add(
            (
                name,
                value,
                type == typeof(string) ? DbType.String
                : type == typeof(int) ? DbType.Int32
                : type == typeof(long) ? DbType.Int64
                : type == typeof(byte[]) ? DbType.Binary
                : type == typeof(DateTime) ? DbType.DateTime
                : throw new NotSupportedException($"The providers send no {type}.")
            )
        );
        return this;
    }

    /// <summary>All rows of all result sets, by column name without regard to case.</summary>
    public async Task<List<Dictionary<string, object?>>> Rows()
    {
        await using var command = connection.CreateCommand();
        command.CommandText = await Text();
        foreach (var (name, value, type) in _parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.DbType, parameter.Value) = (name, type, value ?? DBNull.Value);
            command.Parameters.Add(parameter);
        }
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<Dictionary<string, object?>>();
        do
        {
            while (await reader.ReadAsync())
            {
                var row = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
                for (var column = 0; column < reader.FieldCount; column++)
                {
                    row[reader.GetName(column)] = reader.IsDBNull(column) ? null : reader.GetValue(column);
                }
                rows.Add(row);
            }
        } while (await reader.NextResultAsync());
        return rows;
    }

    /// <summary>The answer of a statement that must give one row with one column, read as true or false.</summary>
    public async Task<bool> Answer() => Convert.ToBoolean(Assert.Single(Assert.Single(await Rows())).Value, null);

    private async Task<string> Text()
    {
        await using var look = new NpgsqlCommand(
            "select querytext from orleansquery where querykey = $1",
            (NpgsqlConnection)connection
        );
        look.Parameters.Add(new() { Value = key });
        return (string)(await look.ExecuteScalarAsync())!;
    }
}
