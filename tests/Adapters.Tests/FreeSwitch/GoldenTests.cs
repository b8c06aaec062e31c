using System.Text.RegularExpressions;

namespace IotOrleans.FreeSwitch;

/// <summary>
/// Holds the simulator against the real switch: it is told what the real one was told, and has to answer in the same
/// words. Commands that it does not have are left out, by name, below.
/// </summary>
public sealed partial class GoldenTests
{
    /// <summary>Not in the simulator: configuration, logs, users, conferences, other modules.</summary>
    private static readonly string[] Absent =
    [
        "api sofia",
        "api sofia_contact",
        "api eval",
        "api expr",
        "api global_getvar",
        "api user_exists",
        "api fsctl",
        "api reloadxml",
        "api msleep",
        "api module_exists",
        "api domain_exists",
        "api strftime",
        "api md5",
        "api help",
        "api show calls",
        "api show registrations",
        "api show channels as xml",
        "api uuid_dump",
        "api list_users",
        "log",
        "nolog",
        "divert_events",
        "sendevent",
        "userauth",
        "getvar",
        "resume",
        "api load",
        "api unload",
        "api regex",
        "api url_encode",
        "api cond",
        "api time_test",
        "api xml_locate",
        "api complete",
        "api banner",
        "api sched_",
        "api limit",
        "api db",
        "api group",
        "api acl",
        "api event",
        "api json",
        "api show modules",
    ];

    public static TheoryData<string> Dialogues =>
        [
            "esl/auth_accept",
            "esl/auth_reject",
            "esl/auth_command_before_auth",
            "esl/auth_crlf",
            "esl/api_basic",
            "esl/bgapi_basic",
            "esl/command_errors",
            "esl/filter_delete",
            "esl/filter_negative",
            "esl/filter_regex",
            "esl/filter_two_headers_or",
            "esl/filter_two_values_or",
            "esl/filter_unique_id",
            "esl/pipelined_commands",
            "esl/myevents_inbound_bad_uuid",
            "esl/myevents_inbound_bad_uuid_json",
            "esl-2/01_auth_accept_exit",
            "esl-2/02_auth_reject",
            "esl-2/03_command_before_auth",
            "esl-2/04_api_variants",
            "esl-2/05_case_and_crlf",
        ];

    [Theory, MemberData(nameof(Dialogues))]
    public async Task The_simulator_answers_each_command_in_the_words_of_the_real_switch(string name)
    {
        await using var room = await SwitchRoom.Open();
        await using var client = await RawClient.Dial(room.Switch.Port);
        var compared = 0;
        foreach (var (command, reply) in Recorded.Dialogue(name))
        {
            if (Absent.Any(absent => command.StartsWith(absent, StringComparison.OrdinalIgnoreCase)))
                continue;
            await client.Say(command);
            Assert.Equal(Shape(reply), Shape(await client.Reply()));
            compared++;
        }
        Assert.True(compared > 0);
    }

    [Theory]
    [InlineData("esl/outbound_async_full_call", true)]
    [InlineData("esl/outbound_async_restricted", false)]
    public async Task An_outbound_connection_is_answered_in_the_words_of_the_real_switch(string name, bool isFull)
    {
        await using var call = await RawCall.Arrive(isFull);
        foreach (var (command, reply) in Recorded.Dialogue(name))
        {
            var isAbsent = Absent.Any(absent => command.StartsWith(absent, StringComparison.Ordinal));
            // Commands about the recorded channels, and what follows the end of the recorded call, have no like here.
            if (
                isAbsent
                || command.StartsWith("getvar", StringComparison.Ordinal)
                || UuidPattern().IsMatch(command.Split('\n')[0])
            )
                continue;
            if (
                command.StartsWith("resume", StringComparison.Ordinal)
                || command.Contains("app-name: bridge", StringComparison.Ordinal)
            )
                continue;
            await call.Client.Say(command);
            Assert.Equal(Shape(reply), Shape(await call.Client.Reply()));
            if (command.Contains("hangup", StringComparison.Ordinal))
                break;
        }
    }

    [Fact]
    public async Task The_answer_to_connect_has_the_headers_of_the_real_one()
    {
        await using var call = await RawCall.Arrive(isFull: true);
        await call.Client.Say("connect\n\n");
        var ours = await call.Client.Reply();
        var real = Recorded.Frames("esl/outbound_async_full_call.bin")[0];

        var names = real.Headers.Select(h => h.Key).Where(IsFixed).ToList();
        Assert.Empty(ours.Headers.Select(h => h.Key).Where(IsFixed).Except(names));
        Assert.Equal(real.Headers.TakeLast(4).Select(h => h.Key), ours.Headers.TakeLast(4).Select(h => h.Key));
        Assert.InRange(ours.Headers.Count, 90, 130);
    }

    [Fact]
    public async Task A_call_is_told_of_in_the_order_of_the_real_switch()
    {
        var real = Recorded.Events("esl/originate_sipp_uas.bin");
        var uuid = real.First(change => change.Name == "CHANNEL_CREATE")["Unique-ID"]!;

        var ours = await EventsOfACall();

        Assert.Equal(
            Order(real, uuid),
            Order(ours, ours.First(change => change.Name == "CHANNEL_CREATE")["Unique-ID"]!)
        );
    }

    [Fact]
    public async Task Events_carry_only_what_the_real_ones_carry_and_all_that_we_read()
    {
        var real = Recorded
            .Names()
            .SelectMany(Recorded.Events)
            .GroupBy(change => change.Name)
            .ToDictionary(g => g.Key, g => g.SelectMany(change => change.Headers.Select(h => h.Key)).ToHashSet());
        string[] read = ["Event-Name", "Core-UUID", "Event-Date-Timestamp", "Event-Sequence"];

        foreach (var change in await EventsOfACall())
        {
            Assert.Empty(change.Headers.Select(h => h.Key).Where(IsFixed).Except(real[change.Name]));
            Assert.All(read, header => Assert.NotNull(change[header]));
            if (change.Name.StartsWith("CHANNEL_", StringComparison.Ordinal))
                Assert.NotNull(change["Unique-ID"]);
        }
    }

    /// <summary>
    /// A call that is answered, hears a prompt and is hung up, seen by a client that wants every event.
    /// </summary>
    private static async Task<List<EslEvent>> EventsOfACall()
    {
        await using var room = await SwitchRoom.Open();
        await using var client = await RawClient.Dial(room.Switch.Port);
        await client.Say("auth ClueCon\n\nevent plain ALL\n\n");
        await client.Reply();
        await client.Reply();
        var leg = Guid.NewGuid();
        await client.Say($"bgapi originate {{origination_uuid={leg}}}sofia/internal/77@127.0.0.1:5071 &park()\n\n");
        await client.Reply();
        await client.Until("CHANNEL_ORIGINATE");
        room.Time.Advance(0.5);
        await client.Until("CHANNEL_PARK");
        await client.Say(
            $"sendmsg {leg}\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: /a.wav\n\n"
        );
        await client.Until("PLAYBACK_START");
        room.Time.Advance(2);
        await client.Until("CHANNEL_EXECUTE_COMPLETE");
        room.Switch.Press(leg, "5");
        await client.Say($"api uuid_kill {leg}\n\n");
        await client.Until("CHANNEL_DESTROY");
        return client.Events;
    }

    /// <summary>The events that mark the life of a call, each the first time.</summary>
    private static List<string> Order(IEnumerable<EslEvent> events, string uuid)
    {
        string[] marks =
        [
            "CHANNEL_OUTGOING",
            "CHANNEL_CREATE",
            "CHANNEL_ORIGINATE",
            "CHANNEL_PROGRESS",
            "CHANNEL_ANSWER",
            "BACKGROUND_JOB",
            "CHANNEL_PARK",
            "CHANNEL_HANGUP",
            "CHANNEL_UNPARK",
            "CHANNEL_HANGUP_COMPLETE",
            "CHANNEL_DESTROY",
        ];
        return
        [
            .. events
                .Where(change =>
                    change["Unique-ID"] == uuid || change.Body?.Contains(uuid, StringComparison.Ordinal) == true
                )
                .Select(change => change.Name)
                .Where(marks.Contains)
                .Distinct(),
        ];
    }

    private static bool IsFixed(string header) => !header.StartsWith("variable_", StringComparison.Ordinal);

    /// <summary>The kind of frame and its words, without what is chance: ids, figures, versions.</summary>
    private static string Shape(EslFrame frame)
    {
        var text = UuidPattern().Replace(EslReply.From(frame).Text, "U");
        if (text.StartsWith("UP ", StringComparison.Ordinal) || text.StartsWith("FreeSWITCH", StringComparison.Ordinal))
            text = text[..3];
        var names = frame
            .Headers.Select(header => header.Key)
            .Where(name => !frame.IsConnectReply || name is "Control" or "Socket-Mode");
        return $"{frame.ContentType} [{string.Join(' ', names)}] {HostOrFigure().Replace(text, "*")}";
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex UuidPattern();

    [GeneratedRegex(@"^(fs\w*|vm|simulator|\d+)$")]
    private static partial Regex HostOrFigure();
}
