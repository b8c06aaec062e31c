using System.Globalization;

namespace IotOrleans.FreeSwitch;

/// <summary>The one line that places a call.</summary>
internal static class OriginateLine
{
    /// <exception cref="ArgumentException">Something in the order cannot be said to the switch.</exception>
    public static string For(OriginateOrder order, FreeSwitchOptions options)
    {
        if (order.RingSeconds < 1 || order.RingSeconds > options.RingSecondsMax)
            throw new ArgumentException($"A call rings for 1 to {options.RingSecondsMax} seconds.");
        var variables = new List<KeyValuePair<string, string>>
        {
            new("origination_uuid", order.Leg.ToString()),
            new("originate_timeout", order.RingSeconds.ToString(CultureInfo.InvariantCulture)),
            // Without it a recorded "the number you have dialled" would count as an answer of the order.
            new("ignore_early_media", "true"),
            new("origination_caller_id_number", order.CallerNumber ?? options.CallerNumber),
            new("origination_caller_id_name", order.CallerName ?? options.CallerName),
        };
        variables.AddRange(order.Variables);
        var target = EslQuoting.Variables(variables) + order.To.On(options.DialTemplate);
        return $"originate {target} {App(order.App, options)}";
    }

    /// <summary>The argument of the <c>speak</c> application: engine, voice and text.</summary>
    public static string Speech(string text, string language, FreeSwitchOptions options) =>
        $"{options.Voices.GetValueOrDefault(language, options.Voice)}|{EslQuoting.Spoken(text)}";

    private static string App(CallApp app, FreeSwitchOptions options) =>
        app switch
        {
            CallApp.Playback playback => EslQuoting.Application("playback", EslQuoting.File(playback.File)),
            CallApp.Speak speak => EslQuoting.Application("speak", Speech(speak.Text, speak.Language, options)),
            _ => "&park()",
        };
}
