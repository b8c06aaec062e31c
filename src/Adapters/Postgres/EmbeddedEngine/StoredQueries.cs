using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Npgsql;

namespace IotOrleans.Postgres;

/// <summary>
/// The statements of the table orleansquery. They name their parameters; the driver is quicker with numbered ones, so
/// each is rewritten once to the order in which its caller gives them.
/// </summary>
internal sealed partial class StoredQueries(NpgsqlDataSource database)
{
    private readonly ConcurrentDictionary<string, string> _numbered = new();
    private volatile Dictionary<string, string>? _stored;

    /// <summary>
    /// A command for the statement <paramref name="key"/>; parameters are added in the order of <paramref
    /// name="names"/>.
    /// </summary>
    public async ValueTask<NpgsqlCommand> Command(string key, string[] names) =>
        database.CreateCommand(_numbered.TryGetValue(key, out var text) ? text : await Number(key, names));

    private async Task<string> Number(string key, string[] names)
    {
        var stored = _stored ??= await Load();
        var text = stored.TryGetValue(key, out var found)
            ? found
            : throw new InvalidOperationException($"The table orleansquery has no row '{key}': apply the migrations.");
        return _numbered[key] = Parameter()
            .Replace(
                text.Trim(),
                use =>
                    Array.IndexOf(names, use.Groups[1].Value) is >= 0 and var index
                        ? $"${index + 1}"
                        : throw new InvalidOperationException($"The statement '{key}' uses {use.Value}, unknown here.")
            );
    }

    private async Task<Dictionary<string, string>> Load()
    {
        await using var command = database.CreateCommand("select querykey, querytext from orleansquery");
        await using var rows = await command.ExecuteReaderAsync();
        var stored = new Dictionary<string, string>();
        while (await rows.ReadAsync())
        {
            stored.Add(rows.GetString(0), rows.GetString(1));
        }
        return stored;
    }

    [GeneratedRegex("@([A-Za-z0-9]+)")]
    private static partial Regex Parameter();
}
