using System.Text;
using IotOrleans.FreeSwitch.Simulator;

namespace IotOrleans.FreeSwitch;

public sealed class CommandTests
{
    private static readonly FreeSwitchOptions Options = new() { CallerNumber = "74950000000" };
    private static readonly Guid Leg = Guid.Parse("aaaaaaaa-0000-4000-8000-000000000001");

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    [InlineData("a\0b")]
    [InlineData("version\n\napi shutdown")]
    public void A_line_break_in_any_argument_is_refused_for_it_would_be_another_command(string text)
    {
        Action[] attempts =
        [
            () => EslCommand.Api(text),
            () => EslCommand.Auth(text),
            () => EslCommand.Background(text, "1"),
            () => EslCommand.Background("status", text),
            () => EslCommand.Events("json", [text]),
            () => EslCommand.Execute(Leg, text, "", Leg, true),
            () => EslCommand.Execute(Leg, "playback", text, Leg, true),
            () => EslQuoting.Value(text),
            () => EslQuoting.DialString("user/" + text),
            () => EslQuoting.File(text),
        ];

        Assert.All(attempts, attempt => Assert.ThrowsAny<ArgumentException>(attempt));
    }

    [Fact]
    public void The_length_of_an_argument_is_counted_in_bytes()
    {
        var command = EslCommand.Execute(Leg, "speak", "flite|slt|café €", Leg, true);
        var text = Encoding.UTF8.GetString(command.Bytes.Span);

        Assert.Contains("\nContent-Length: 19\n\nflite|slt|café €", text);
        Assert.Contains("event-lock: true", text);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a b", "'a b'")]
    [InlineData("a,b", "'a\\,b'")]
    [InlineData("a, b", "'a\\, b'")]
    [InlineData("it's", "'it\\'s'")]
    [InlineData("it's me", "'it\\'s me'")]
    [InlineData("sip:a@b;transport=udp", "'sip:a@b;transport=udp'")]
    [InlineData("café€", "'café€'")]
    public void A_variable_is_quoted_as_the_switch_was_seen_to_understand(string value, string quoted) =>
        Assert.Equal(quoted, EslQuoting.Value(value));

    [Theory]
    [InlineData("a}b")]
    [InlineData("${domain}")]
    [InlineData("$${domain}")]
    [InlineData("a\\nb")]
    [InlineData("^^:a")]
    public void A_variable_that_the_switch_would_change_is_refused(string value) =>
        Assert.ThrowsAny<ArgumentException>(() => EslQuoting.Value(value));

    [Theory]
    [InlineData("a, b")]
    [InlineData("it's, well, \"so\" 100%+1 | [x] = ; café")]
    [InlineData(" leading and trailing ")]
    [InlineData("'")]
    [InlineData(",")]
    public void What_is_quoted_comes_out_of_the_line_as_it_went_in(string value)
    {
        var line = $"{EslQuoting.Variables([new("v", value), new("w", "c")])}loopback/9001/default &park()";

        var order = OriginateText.Parse(line)!;

        Assert.Equal(value, order.Variables["v"]);
        Assert.Equal("c", order.Variables["w"]);
        Assert.Equal("loopback/9001/default", order.DialString);
    }

    /// <summary>The rows are the recorded lines and what the real switch made of them.</summary>
    [Theory]
    [InlineData("{v=a,w=b}", "a")]
    [InlineData("{v='a b',w=c}", "a b")]
    [InlineData("{v='a, b',w=c}", "a")]
    [InlineData("{v=a\\,b,w=c}", "a,b")]
    [InlineData("{v='a\\, b',w=c}", "a, b")]
    [InlineData("{v=it\\'s,w=c}", "it's")]
    [InlineData("{v='it\\'s me',w=c}", "it's me")]
    [InlineData("{v=a=b,w=c}", "a=b")]
    [InlineData("{v=,w=c}", null)]
    [InlineData("{v=a\\nb,w=c}", "a\nb")]
    [InlineData("{v=a|b,w=c}", "a|b")]
    public void The_simulator_understands_variables_as_the_real_switch_did(string variables, string? value) =>
        Assert.Equal(
            value,
            OriginateText.Parse(variables + "loopback/9001/default &park()")!.Variables.GetValueOrDefault("v")
        );

    [Fact]
    public void A_quote_left_open_is_answered_with_the_usage() =>
        Assert.Null(OriginateText.Parse("{v=it's,w=c}loopback/9001/default &park()"));

    [Fact]
    public void An_application_is_always_quoted_for_its_words_would_be_lost() =>
        Assert.Equal(
            "'&socket(127.0.0.1:8084 async full)'",
            EslQuoting.Application("socket", "127.0.0.1:8084 async full")
        );

    [Theory]
    [InlineData("sofia/internal/1@h,sofia/internal/2@h")]
    [InlineData("user/1|user/2")]
    [InlineData("{x=1}user/1")]
    [InlineData("user/1 &park()")]
    [InlineData("[leg_timeout=1]user/1")]
    [InlineData("user/${x}")]
    [InlineData("1001")]
    public void A_dial_string_names_one_destination_and_nothing_else(string text) =>
        Assert.ThrowsAny<ArgumentException>(() => DialTarget.DialString(text));

    [Theory]
    [InlineData("")]
    [InlineData("+7916")]
    [InlineData("79161234567@evil")]
    [InlineData("123456789012345678901234567890123")]
    public void A_number_is_digits_alone(string digits) =>
        Assert.ThrowsAny<ArgumentException>(() => DialTarget.Number(digits));

    [Fact]
    public void Text_to_be_spoken_can_carry_nothing_that_the_switch_would_carry_out()
    {
        var text = EslQuoting.Spoken("It's ${system rm -rf /}\r\n|a\\b, done. 100% \"ok\"");

        Assert.DoesNotContain(text, sign => "'${}|\\\r\n\"".Contains(sign));
        Assert.StartsWith("It\u2019s", text);
        Assert.Contains("100%", text);
    }

    [Theory]
    [InlineData("a'b")]
    [InlineData("${x}")]
    [InlineData("a\\b")]
    public void A_sound_file_is_no_free_text(string file) =>
        Assert.ThrowsAny<ArgumentException>(() => EslQuoting.File(file));

    [Fact]
    public void An_order_is_one_line_with_everything_in_its_place()
    {
        var order = new OriginateOrder(Leg, DialTarget.Number("79161234567"), new CallApp.Speak("Fire, in 'A'", "en"))
        {
            CallerName = "Home, sweet",
            RingSeconds = 25,
            Variables = new Dictionary<string, string> { ["iot_trace"] = "t 1" },
        };

        var line = OriginateLine.For(order, Options);

        Assert.Equal(
            "originate {origination_uuid=aaaaaaaa-0000-4000-8000-000000000001,originate_timeout=25,"
                + "ignore_early_media=true,"
                + "origination_caller_id_number=74950000000,origination_caller_id_name='Home\\, sweet',iot_trace='t 1'}"
                + "sofia/gateway/carrier/79161234567 '&speak(flite|slt|Fire, in \u2019A\u2019)'",
            line
        );
    }

    [Fact]
    public void An_order_that_rings_too_long_or_has_a_strange_variable_name_is_refused()
    {
        var order = new OriginateOrder(Leg, DialTarget.Number("7"), new CallApp.Park());
        var strange = new Dictionary<string, string> { ["a,b"] = "c" };

        Assert.ThrowsAny<ArgumentException>(() => OriginateLine.For(order with { RingSeconds = 121 }, Options));
        Assert.ThrowsAny<ArgumentException>(() => OriginateLine.For(order with { RingSeconds = 0 }, Options));
        Assert.ThrowsAny<ArgumentException>(() => OriginateLine.For(order with { Variables = strange }, Options));
    }

    [Fact]
    public void Each_prompt_for_digits_uses_a_fresh_variable_for_the_switch_keeps_the_old_ones()
    {
        var prompt = new DigitPrompt("/sounds/press_one.wav");

        Assert.Equal(
            "1 1 2 5000 # /sounds/press_one.wav silence_stream://50 digits_aaaaaaaa000040008000000000000001 \\d+ 5000",
            prompt.Argument(Leg)
        );
        Assert.NotEqual(prompt.Argument(Leg), prompt.Argument(Guid.NewGuid()));
    }

    [Theory]
    [InlineData("79161234567", "*********67")]
    [InlineData("12", "**")]
    [InlineData("", "")]
    public void Of_a_number_the_log_sees_two_digits(string number, string masked) =>
        Assert.Equal(masked, Masked.Number(number));
}
