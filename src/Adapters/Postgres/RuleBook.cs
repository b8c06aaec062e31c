using System.Collections.Frozen;
using System.Text.Json;
using IotOrleans.Devices;
using IotOrleans.Postgres;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace IotOrleans.Rules;

/// <summary>
/// The rules about device types, frozen in memory and read anew whenever the database says that a rule has changed.
/// </summary>
public sealed partial class RuleBook(
    NpgsqlDataSource database,
    IGrainFactory grains,
    TimeProvider clock,
    ILogger<RuleBook> log
) : BackgroundService, IRuleBook
{
    private const string OfTypes = "select rule from rules where device_type is not null";

    private const string Unplaced = "select rule from rules where not placed";

    /// <summary>Silence this long on the listening connection is answered with a look of our own.</summary>
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(30);

    private FrozenDictionary<(DeviceType, string), Rule[]> _rules = FrozenDictionary<
        (DeviceType, string),
        Rule[]
    >.Empty;

    public Rule[] For(DeviceType type, string eventType) => _rules.GetValueOrDefault((type, eventType), []);

    public async Task Refresh()
    {
        var found = await Read(OfTypes, CancellationToken.None);
        _rules = found
            .GroupBy(rule => (rule.Scope.DeviceType!.Value, rule.EventType))
            .ToFrozenDictionary(group => group.Key, group => RuleList.For(group.Key.EventType, [.. group]));
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await Refresh();
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await PlaceTheUnplaced(stoppingToken);
        // Read anew whatever the reason to look: a notification may be lost, a rule must not.
        await new NotifyChannel(database, "rules_changed", Doubt, clock).Follow(
            (_, _, _) => Refresh(),
            LogDeaf,
            stoppingToken
        );
    }

    /// <summary>A crash between writing a rule and giving it to its holder leaves it without one.</summary>
    private async Task PlaceTheUnplaced(CancellationToken stopping)
    {
        try
        {
            foreach (var rule in await Read(Unplaced, stopping))
                await grains.Rule(rule.RuleId).Define(rule, replace: true);
        }
        catch (Exception trouble) when (DatabaseTrouble.Is(trouble) || trouble is OrleansException)
        {
            LogUnplaced(trouble.Message);
        }
    }

    private async Task<List<Rule>> Read(string sql, CancellationToken stopping)
    {
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(stopping);
        var found = new List<Rule>();
        while (await reader.ReadAsync(stopping))
        {
            found.Add(JsonSerializer.Deserialize<Rule>(reader.GetString(0), GrainStateJson.Options)!);
        }
        return found;
    }

    [LoggerMessage(LogLevel.Warning, "Changes of rules are not heard now: {Reason}")]
    private partial void LogDeaf(string reason);

    [LoggerMessage(LogLevel.Error, "Rules without a holder were not placed at this start: {Reason}")]
    private partial void LogUnplaced(string reason);
}
