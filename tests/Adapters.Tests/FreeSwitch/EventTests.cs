using System.Text;

namespace IotOrleans.FreeSwitch;

public sealed class EventTests
{
    [Fact]
    public void Json_keeps_text_exactly_and_plain_loses_a_literal_escape()
    {
        var json = Event("json", """{"Event-Name":"CUSTOM","X":"%41 100% a+b"}""");
        var plain = Event("plain", "Event-Name: CUSTOM\nX: %41%20100%25%20a%2Bb\n\n");

        Assert.Equal("%41 100% a+b", json["X"]);
        Assert.Equal("A 100% a+b", plain["X"]);
    }

    [Fact]
    public void The_same_facts_read_the_same_in_all_three_formats()
    {
        string[] recordings = ["esl/event_format_json.bin", "esl/event_format_plain.bin", "esl/event_format_xml.bin"];
        var events = recordings.Select(name => Recorded.Events(name).Last(e => e.Body is not null)).ToList();

        Assert.All(events, change => Assert.Equal("app::made", change.Subclass));
        Assert.All(events, change => Assert.Equal("a b%c é+/?&=;:,\"' |", change["X-Text"]));
        Assert.All(events, change => Assert.Equal(["one", "two"], change.Headers.All("X-Multi")));
        Assert.All(events, change => Assert.Contains("\n\nContent-Length: 5\nü end", change.Body));
    }

    [Fact]
    public void A_header_that_comes_twice_gives_its_last_value()
    {
        var change = Event("json", """{"Event-Name":"A","Hangup-Cause":"ONE","Hangup-Cause":"TWO"}""");

        Assert.Equal("TWO", change["hangup-cause"]);
        Assert.Equal(["ONE", "TWO"], change.Headers.All("Hangup-Cause"));
    }

    [Fact]
    public void A_value_may_be_a_list_in_json_and_in_plain()
    {
        var json = Event(
            "json",
            """{"Event-Name":"A","variable_transfer_history":["a","b"],"n":5,"x":null,"o":{"p":1}}"""
        );
        var plain = Event("plain", "Event-Name: A\nvariable_transfer_history: ARRAY%3A%3Aa%7C%3Ab\n\n");

        Assert.Equal(["a", "b"], json.Headers.All("variable_transfer_history"));
        Assert.Equal(json.Variable("transfer_history"), plain.Variable("transfer_history"));
        Assert.Equal("5", json["n"]);
    }

    [Fact]
    public void What_is_escaped_in_json_is_read_as_it_was_meant()
    {
        var change = Event(
            "json",
            """{"Event-Name":"A","variable_sdp":"v=0\r\no=\"\u00e9\"","\u0058-Text":"C:\\x","n":-1,"_body":"a\nb"}"""
        );

        Assert.Equal("v=0\r\no=\"é\"", change.Variable("SDP"));
        Assert.Equal("C:\\x", change["x-text"]);
        Assert.Equal("-1", change["n"]);
        Assert.Equal("a\nb", change.Body);
    }

    [Theory]
    [InlineData("json", """{"Event-Name":"A","variable_iot_b":"1","variable_iot_a":"2","Variable_iot_c":"3"}""")]
    [InlineData("plain", "Event-Name: A\nvariable_iot_b: 1\nvariable_iot_a: 2\nVariable_iot_c: 3\n\n")]
    public void Those_under_a_prefix_are_found_in_their_order(string format, string body)
    {
        var found = Event(format, body).Headers.Under("variable_iot_");

        Assert.Equal([new("variable_iot_b", "1"), new("variable_iot_a", "2")], found);
    }

    [Fact]
    public void The_name_of_an_event_need_not_be_its_first_header() =>
        Assert.Equal("RECV_MESSAGE", Event("json", """{"type":"text/plain","Event-Name":"RECV_MESSAGE"}""").Name);

    [Fact]
    public void A_plain_event_has_a_raw_body_of_its_own_length()
    {
        var change = Event("plain", "Event-Name: BACKGROUND_JOB\nContent-Length: 9\nContent-Length: 9\n\ncafé %41");

        Assert.Equal("café %41", change.Body);
    }

    [Fact]
    public void A_job_without_a_result_has_no_body_at_all() =>
        Assert.Null(Event("plain", "Event-Name: BACKGROUND_JOB\nJob-UUID: 1\n\n").Body);

    [Fact]
    public void A_display_name_that_is_not_text_does_not_cost_us_the_event()
    {
        byte[] body = [.. "{\"Event-Name\":\"CHANNEL_CREATE\",\"Caller\":\""u8, 0xff, 0xfe, .. "\"}"u8];

        var change = EslEvent.From(Frame("json", body), EslLimits.Default);

        Assert.Equal("CHANNEL_CREATE", change.Name);
        Assert.Equal("\ufffd\ufffd", change["Caller"]);
    }

    [Theory]
    [InlineData("json", "[]")]
    [InlineData("json", "{\"a\":")]
    [InlineData("json", "")]
    [InlineData("plain", "Event-Name: A\n")]
    [InlineData("plain", "Event-Name: A\nContent-Length: 5\n\nabc")]
    [InlineData("xml", "<event><headers><a>1</headers></event>")]
    [InlineData("xml", "<!DOCTYPE x [<!ENTITY a \"b\">]><event>&a;</event>")]
    [InlineData("other", "")]
    public void An_event_that_is_not_what_it_says_is_refused(string format, string body) =>
        Assert.Throws<EslProtocolException>(() => Event(format, body));

    [Theory]
    [InlineData("a%20b", "a b")]
    [InlineData("a+b", "a+b")]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("%zz", "%zz")]
    [InlineData("%4g%41", "%4gA")]
    [InlineData("%C3%A9é", "éé")]
    [InlineData("%2BOK%0A", "+OK\n")]
    public void Percent_decoding_keeps_what_is_no_escape_and_leaves_plus_alone(string text, string decoded) =>
        Assert.Equal(decoded, EslPercent.Decode(text));

    [Fact]
    public void The_answer_to_connect_is_decoded_before_it_is_judged()
    {
        var frame = Recorded.Frames("esl/outbound_connect_variables.bin")[0];

        Assert.True(frame.IsConnectReply);
        Assert.Equal("%2BOK%0A", frame.Headers["Reply-Text"]);
        Assert.Equal(new EslReply("+OK"), EslReply.From(frame));
        Assert.True(frame.Headers.Count > 90);
    }

    [Theory]
    [InlineData("+OK", true, false)]
    [InlineData("-ERR USER_BUSY", false, true)]
    [InlineData("-USAGE: <call url>", false, true)]
    [InlineData("-ERR no reply", false, false)]
    [InlineData("true", false, false)]
    [InlineData("_undef_", false, false)]
    public void A_refusal_begins_with_a_minus_and_no_reply_is_none(string text, bool isOk, bool isRefusal)
    {
        Assert.Equal(isOk, EslReply.Of(text + "\n").IsOk);
        Assert.Equal(isRefusal, EslReply.Of(text + "\n").IsRefusal);
    }

    private static EslEvent Event(string format, string body) =>
        EslEvent.From(Frame(format, Encoding.UTF8.GetBytes(body)), EslLimits.Default);

    private static EslFrame Frame(string format, byte[] body)
    {
        byte[] bytes =
        [
            .. Encoding.UTF8.GetBytes($"Content-Length: {body.Length}\nContent-Type: text/event-{format}\n\n"),
            .. body,
        ];
        return Assert.Single(Recorded.Frames(bytes, new EslParser(EslLimits.Default), out _));
    }
}
