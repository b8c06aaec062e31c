using System.Text.RegularExpressions;

namespace IotOrleans.FreeSwitch.Simulator;

/// <summary>What one peer wants to hear.</summary>
internal sealed class Subscriptions
{
    private const string KnownNames = """
        CUSTOM CHANNEL_CREATE CHANNEL_DESTROY CHANNEL_STATE CHANNEL_CALLSTATE CHANNEL_ANSWER CHANNEL_HANGUP
        CHANNEL_HANGUP_COMPLETE CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE CHANNEL_HOLD CHANNEL_UNHOLD CHANNEL_BRIDGE
        CHANNEL_UNBRIDGE CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_OUTGOING CHANNEL_PARK CHANNEL_UNPARK
        CHANNEL_APPLICATION CHANNEL_ORIGINATE CHANNEL_UUID API LOG CODEC BACKGROUND_JOB DTMF MESSAGE RECV_MESSAGE
        PRESENCE_IN RELOADXML NOTIFY HEARTBEAT SHUTDOWN SHUTDOWN_REQUESTED STARTUP TALK CALL_UPDATE
        PLAYBACK_START PLAYBACK_STOP RECORD_START RECORD_STOP MEDIA_BUG_START MEDIA_BUG_STOP RE_SCHEDULE
        MODULE_LOAD MODULE_UNLOAD
        """;

    private static readonly HashSet<string> Known = new(
        KnownNames.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
        StringComparer.OrdinalIgnoreCase
    );

    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Header, string Value)> _filters = [];
    private string? _mine;

    public string Format { get; private set; } = "plain";
    public bool IsAny => _names.Count > 0;

    /// <summary>Names add up over commands, the last format wins for all. False when no name is known.</summary>
    public bool Add(string[] words)
    {
        var format = words.FirstOrDefault();
        if (format is "plain" or "json" or "xml")
            words = words[1..];
        // After CUSTOM every word is the name of a subclass; this switch raises none of them.
        var names = words.TakeWhile(w => w != "CUSTOM").Where(w => w == "ALL" || Known.Contains(w)).ToList();
        if (words.Contains("CUSTOM"))
            names.Add("CUSTOM");
        if (names.Count == 0)
            return false;
        _names.UnionWith(names);
        Format = format is "json" ? "json" : "plain";
        return true;
    }

    public bool Remove(string[] words)
    {
        var names = words.Where(Known.Contains).ToList();
        if (names.Count > 0 && _names.Remove("ALL"))
            _names.UnionWith(Known);
        _names.ExceptWith(names);
        return names.Count > 0;
    }

    public void RemoveAll() => _names.Clear();

    /// <summary>
    /// The events of one call: its own fixed list, without playback and jobs. False when asked for before.
    /// </summary>
    public bool AddMine(Guid channel, string format)
    {
        if (_mine is not null)
            return false;
        (_mine, Format) = (channel.ToString(), format == "json" ? "json" : "plain");
        _names.UnionWith(
            Known.Where(n => n.StartsWith("CHANNEL_", StringComparison.Ordinal) && n is not "CHANNEL_CALLSTATE")
        );
        _names.UnionWith(["DTMF", "TALK"]);
        return true;
    }

    public void Filter(string header, string value) => _filters.Add((header, value));

    public void Unfilter(string header, string value) =>
        _filters.RemoveAll(f => header == "all" || (f.Header == header && (value.Length == 0 || f.Value == value)));

    public bool Wants(SimulatedEvent change) =>
        (_mine is null || change.Channel == _mine)
        && (_names.Contains("ALL") || _names.Contains(change.Name))
        && (_filters.Count == 0 || Passes(change));

    /// <summary>Filters are joined by "or"; one with a minus before its value only takes away.</summary>
    private bool Passes(SimulatedEvent change) =>
        _filters.Exists(f => !f.Value.StartsWith('-') && Matches(change, f.Header, f.Value))
        && !_filters.Exists(f => f.Value.StartsWith('-') && Matches(change, f.Header, f.Value[1..]));

    private static bool Matches(SimulatedEvent change, string header, string value) =>
        change.Value(header) is { } actual
        && (
            value is ['/', .., '/']
                ? Regex.IsMatch(actual, value[1..^1], RegexOptions.None, TimeSpan.FromSeconds(1))
                : actual == value
        );
}
