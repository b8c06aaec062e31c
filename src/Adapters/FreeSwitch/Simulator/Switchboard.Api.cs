using System.Globalization;
using System.Text.Json;

namespace IotOrleans.FreeSwitch.Simulator;

/// <summary>The <c>api</c> commands, worded as the real ones were recorded.</summary>
internal sealed partial class Switchboard
{
    private const string NoChannel = "-ERR No such channel!\n";
    private const string Ok = "+OK\n";

    /// <summary>Carries out a command and tells its text, at once or, for a call, when it is answered.</summary>
    public void Api(string command, string arguments, Action<string> done)
    {
        if (command == "originate")
            Originate(arguments, done);
        else
            done(Answer(command, arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), arguments));
    }

    private string Answer(string command, string[] words, string arguments) =>
        command.ToLowerInvariant() switch
        {
            "status" => Status(),
            "version" => "FreeSWITCH Version 1.10.12-simulator (git simulator 64bit)\n",
            "uptime" => Number((long)(clock.GetUtcNow() - _startedAt).TotalSeconds),
            "hostname" => options.Name,
            "echo" => arguments.Trim(' '),
            "create_uuid" => NewId(),
            "show" => Show(words),
            "hash" when options.HasHash => Hash(arguments),
            "hupall" => HangUpAll(words.FirstOrDefault() ?? "MANAGER_REQUEST"),
            "uuid_exists" => Find(words.FirstOrDefault() ?? "") is null ? "false" : "true",
            "uuid_bridge" => BridgeTwo(words),
            _ when command.StartsWith("uuid_", StringComparison.Ordinal) && IsKnown(command) => OnChannel(
                command,
                words,
                arguments
            ),
            _ => $"-ERR {command} Command not found!\n",
        };

    private static bool IsKnown(string command) =>
        command
            is "uuid_kill"
                or "uuid_answer"
                or "uuid_pre_answer"
                or "uuid_park"
                or "uuid_break"
                or "uuid_broadcast"
                or "uuid_transfer"
                or "uuid_setvar"
                or "uuid_getvar"
                or "uuid_send_dtmf"
                or "uuid_recv_dtmf";

    private string OnChannel(string command, string[] words, string arguments)
    {
        if (words is not [var uuid, ..])
            return $"-USAGE: {command} <uuid>\n";
        if (Find(uuid) is not { } channel)
            return NoChannel;
        switch (command)
        {
            case "uuid_kill":
                End(channel, words.ElementAtOrDefault(1) ?? "NORMAL_CLEARING");
                return Ok;
            case "uuid_answer":
                Answer(channel);
                return Ok;
            case "uuid_pre_answer":
                Run(channel, new RunningApp("pre_answer", "", NewId()));
                return Ok;
            case "uuid_park":
                Park(channel);
                return Ok;
            case "uuid_break":
                BreakOff(channel, words.Contains("all"));
                return Ok;
            case "uuid_broadcast":
                return Broadcast(channel, arguments[(uuid.Length + 1)..]);
            case "uuid_transfer":
                return Transfer(channel, words);
            case "uuid_getvar":
                return channel[words.ElementAtOrDefault(1) ?? ""] ?? "_undef_";
            case "uuid_setvar":
                channel[words.ElementAtOrDefault(1) ?? ""] = AfterWords(arguments, 2)
                    .Replace("\\n", "\n", StringComparison.Ordinal);
                return Ok;
            default:
                return Keys(channel, command, words.ElementAtOrDefault(1) ?? "");
        }
    }

    private string Keys(SimulatedChannel channel, string command, string keys)
    {
        if (command == "uuid_recv_dtmf")
            Press(channel, keys);
        return $"+OK {channel.Uuid} {(command == "uuid_recv_dtmf" ? "received" : "sent")} DTMF {keys}.\n";
    }

    private string BridgeTwo(string[] words)
    {
        if (words is not [var first, var second] || Find(first) is not { } a || Find(second) is not { } b)
            return "-ERR Invalid uuid\n";
        Bridge(a, b);
        return $"+OK {b.Uuid}\n";
    }

    private string Broadcast(SimulatedChannel channel, string what)
    {
        var words = what.Split("::", 2);
        var isApp = words.Length == 2;
        var argument = isApp ? words[1] : words[0].Split(' ')[0];
        Execute(channel, new RunningApp(isApp ? words[0] : "playback", argument, NewId()));
        return "+OK Message sent\n";
    }

    /// <summary>Every extension of this dialplan parks; an inline one may be a conference.</summary>
    private string Transfer(SimulatedChannel channel, string[] words)
    {
        BreakOff(channel, isAll: true);
        Unpark(channel);
        channel.Room = null;
        if (words is [_, var extension, "inline"] && extension.StartsWith(Conference, StringComparison.Ordinal))
            Run(channel, new RunningApp("conference", extension[Conference.Length..], NewId()));
        else
            Park(channel);
        return Ok;
    }

    private const string Conference = "conference:";

    private string HangUpAll(string cause)
    {
        foreach (var channel in Channels)
            End(channel, cause);
        return $"+OK hangup all channels with cause {cause}\n";
    }

    private string Hash(string arguments) =>
        arguments.Split('/', 4) switch
        {
            ["insert", var realm, var key, var value] => Keep($"{realm}/{key}", value),
            ["delete", var realm, var key, ..] => _notes.Remove($"{realm}/{key}") ? Ok : "-ERR Not found\n",
            ["select", var realm, var key, ..] => _notes.GetValueOrDefault($"{realm}/{key}", ""),
            _ => "-USAGE: [insert|insert_ifempty|delete|delete_ifmatch]/<realm>/<key>/<val>\n",
        };

    private string Keep(string key, string value)
    {
        _notes[key] = value;
        return Ok;
    }

    private string Show(string[] words) =>
        words switch
        {
            ["channels", "as", "json"] => ChannelsAsJson(),
            ["channels", ..] => $"\n{_channels.Count} total.\n",
            _ => "-USAGE: codec|endpoint|application|api|dialplan|file|timer|calls|channels\n",
        };

    private string ChannelsAsJson()
    {
        if (_channels.Count == 0)
            return "{\"row_count\": 0}\n";
        var rows = _channels.Values.Select(channel => new Dictionary<string, string>
        {
            ["uuid"] = channel.Uuid.ToString(),
            ["direction"] = channel.IsInbound ? "inbound" : "outbound",
            ["created"] = channel.CreatedAt.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            ["created_epoch"] = Number(channel.CreatedAt.ToUnixTimeSeconds()),
            ["name"] = channel.Name,
            ["state"] = "CS_EXECUTE",
            ["cid_name"] = channel.CallerName,
            ["cid_num"] = channel.CallerNumber,
            ["dest"] = channel.Number,
            ["application"] = channel.Running.LastOrDefault()?.Name ?? (channel.IsParked ? "park" : ""),
            ["application_data"] = "",
            ["callstate"] = channel.AnsweredAt is null ? "RINGING" : "ACTIVE",
            ["call_uuid"] = channel.Uuid.ToString(),
        });
        return JsonSerializer.Serialize(new { row_count = _channels.Count, rows });
    }

    private string Status() =>
        $"UP {Uptime()}\nFreeSWITCH (Version 1.10.12-simulator git simulator 64bit) is ready\n"
        + $"{_sessions} session(s) since startup\n{_channels.Count} session(s) - peak 0, last 5min 0 \n"
        + $"0 session(s) per Sec out of max 1000, peak 0, last 5min 0 \n{options.ChannelsMax} session(s) max\n"
        + "min idle cpu 0.00/100.00\nCurrent Stack Size/Max 240K/8192K\n";

    private string Uptime()
    {
        var up = clock.GetUtcNow() - _startedAt;
        return $"0 years, {up.Days} days, {up.Hours} hours, {up.Minutes} minutes, {up.Seconds} seconds, "
            + $"{up.Milliseconds} milliseconds, {up.Microseconds} microseconds";
    }

    /// <summary>What follows the first words, without the blanks around it.</summary>
    private static string AfterWords(string text, int count)
    {
        var rest = text.AsSpan().TrimStart(' ');
        for (var i = 0; i < count; i++)
        {
            var space = rest.IndexOf(' ');
            rest = space < 0 ? [] : rest[space..].TrimStart(' ');
        }
        return rest.ToString();
    }
}
