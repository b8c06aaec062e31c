namespace IotOrleans.FreeSwitch;

/// <summary>The facts that recorded events of the real switch become.</summary>
public sealed class ChannelEventsTests
{
    private static readonly Guid Called = Guid.Parse("aaaaaaaa-0000-4000-8000-000000000003");

    public static TheoryData<string> All => [.. Recorded.Names()];

    [Fact]
    public void A_recorded_call_becomes_these_facts()
    {
        var facts = Facts("esl/originate_sipp_uas.bin").Where(fact => fact.Uuid == Called).ToList();

        ChannelEventKind[] expected =
        [
            ChannelEventKind.Created,
            ChannelEventKind.Ringing,
            ChannelEventKind.Answered,
            ChannelEventKind.HungUp,
            ChannelEventKind.Destroyed,
        ];
        Assert.Equal(expected, facts.Select(fact => fact.Kind).Distinct());
        var ended = facts.First(fact => fact.Kind == ChannelEventKind.HungUp);
        Assert.Equal(("NORMAL_CLEARING", true, false), (ended.Cause, ended.WasAnswered, ended.IsInbound));
        Assert.Equal(TimeSpan.FromMicroseconds(540_034), ended.Billable);
        Assert.Equal("77", ended.Destination);
    }

    [Fact]
    public void A_bridge_is_told_once_by_the_switch_and_to_both_legs_by_us()
    {
        var facts = Facts("esl/call_in_park_answer_tone_bridge_hangup.bin")
            .Where(fact => fact.Kind == ChannelEventKind.Bridged)
            .ToList();

        Assert.Equal(2, facts.Count);
        Assert.Equal((facts[0].Uuid, facts[0].Other), (facts[1].Other!.Value, facts[1].Uuid));
    }

    [Fact]
    public void Keys_of_a_real_telephone_come_one_by_one()
    {
        var keys = Facts("esl-2/60_two_phones_bridge_dtmf_hold_transfer.bin")
            .Where(fact => fact.Kind == ChannelEventKind.Dtmf);

        Assert.Contains("5", keys.Select(fact => fact.Digits));
    }

    [Fact]
    public void Digits_count_only_when_the_prompts_own_variable_is_there()
    {
        var change = Recorded
            .Events("esl/play_and_get_digits.bin")
            .First(e => e.Name == "CHANNEL_EXECUTE_COMPLETE" && e["Application"] == "play_and_get_digits");

        // The recorded prompt kept its digits under another name: for us it collected nothing, whatever the result
        // says.
        Assert.NotNull(change.Variable("my_digits"));
        var fact = Assert.Single(ChannelEvents.From(change));
        Assert.Equal((ChannelEventKind.PlaybackEnded, null), (fact.Kind, fact.Digits));
        Assert.Equal(change["Application-UUID"], fact.Playback.ToString());
    }

    [Fact]
    public void A_value_that_became_a_list_on_the_second_transfer_is_read_as_one()
    {
        var lists = Recorded
            .Events("esl-2/61_blind_transfer_by_phone_REFER.bin")
            .Select(change => change.Headers.All("variable_transfer_history").Count());

        Assert.Contains(2, lists);
    }

    [Fact]
    public void An_answer_was_recorded_before_the_creation_of_its_own_channel()
    {
        var names = Recorded
            .Events("esl/filter_two_values_or.bin")
            .GroupBy(change => change["Unique-ID"])
            .Select(channel => string.Join(' ', channel.Select(change => change.Name)));

        Assert.Contains(names, order => order.StartsWith("CHANNEL_ANSWER", StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(All))]
    public void Facts_in_any_order_and_any_number_join_into_the_same_state(string name)
    {
        var facts = Facts(name).ToList();
        var random = new Random(facts.Count);
        foreach (var channel in facts.GroupBy(fact => fact.Uuid))
        {
            var state = Join(channel);
            for (var round = 0; round < 5; round++)
            {
                var shuffled = channel.Concat(channel.Where(_ => random.Next(2) == 0)).ToArray();
                random.Shuffle(shuffled);
                Assert.Equal(state, Join(shuffled));
            }
        }
    }

    [Fact]
    public void What_is_not_about_a_channel_is_no_fact()
    {
        var headers = new EslHeaders();
        headers.Add("Event-Name", "CHANNEL_ANSWER");
        headers.Add("Unique-ID", "not-a-uuid");

        Assert.Empty(ChannelEvents.From(new EslEvent(headers, null)));
        Assert.Empty(Facts("esl/heartbeat.bin"));
    }

    private static IEnumerable<ChannelEvent> Facts(string name) => Recorded.Events(name).SelectMany(ChannelEvents.From);

    /// <summary>As whoever owns a leg has to: each fact only ever adds, and an end is an end.</summary>
    private static (bool Rang, bool Answered, bool Ended, string Causes) Join(IEnumerable<ChannelEvent> facts)
    {
        var seen = facts.ToList();
        var ends = seen.Where(fact => fact.Kind == ChannelEventKind.HungUp).ToList();
        return (
            seen.Exists(fact => fact.Kind == ChannelEventKind.Ringing),
            seen.Exists(fact => fact.Kind == ChannelEventKind.Answered || fact.WasAnswered),
            ends.Count > 0,
            string.Join(' ', ends.Select(fact => fact.Cause).Distinct().Order(StringComparer.Ordinal))
        );
    }
}

public sealed class TextReceivedTests
{
    [Fact]
    public void The_text_of_a_sip_telephone_is_read_once_of_the_two_events_that_tell_of_it()
    {
        var texts = Recorded
            .Events("esl-2/50_sip_message_in.bin")
            .Select(TextReceived.Of)
            .OfType<TextReceived>()
            .ToList();
        var text = texts[0];
        Assert.Equal(("4420001", "4420099", "Hello café %21 + & ="), (text.From, text.To, text.Text));
        Assert.Equal("852e9c41-1dec-47cb-bbff-d56b200c321b 827", text.Name);
        Assert.Equal(texts.Count, texts.Select(one => one.Name).Distinct().Count());
    }
}
