namespace IotOrleans.FreeSwitch;

/// <summary>What can be done to a living channel. Each returns when the switch has taken the command.</summary>
/// <remarks>All of them throw <see cref="EslLostException"/> or <see cref="EslBusyException"/> when the switch is out
/// of reach.</remarks>
public sealed partial class FreeSwitchLink
{
    /// <summary>Not by <c>sendmsg hangup</c>, which would wait behind a prompt.</summary>
    public Task<CommandAnswer> HangUp(Guid channel, string cause = "NORMAL_CLEARING") =>
        Command($"uuid_kill {channel} {EslQuoting.Name(cause)}");

    public Task<CommandAnswer> Answer(Guid channel) => Command($"uuid_answer {channel}");

    /// <summary>The caller hears ringing.</summary>
    public Task<CommandAnswer> RingReady(Guid channel) => Execute(channel, "ring_ready", "", Guid.NewGuid(), false);

    /// <summary>The caller hears what we play, and does not pay yet.</summary>
    public Task<CommandAnswer> PreAnswer(Guid channel) => Command($"uuid_pre_answer {channel}");

    /// <summary>Joins two channels. When one hangs up, so does the other.</summary>
    public Task<CommandAnswer> Bridge(Guid first, Guid second) => Command($"uuid_bridge {first} {second}");

    /// <summary>Sends the channel to an extension of the dialplan.</summary>
    public Task<CommandAnswer> Transfer(Guid channel, string extension) =>
        Command($"uuid_transfer {channel} {Word(extension)} XML {Word(_options.Context)}");

    /// <summary>Puts the channel into a conference, which its first member opens and its last one ends.</summary>
    public Task<CommandAnswer> Join(Guid channel, string room) =>
        Command($"uuid_transfer {channel} conference:{Word(room)}@{Word(_options.ConferenceProfile)} inline");

    /// <summary>
    /// Takes the channel out of whatever it does. The other leg of its bridge is hung up by the switch.
    /// </summary>
    public Task<CommandAnswer> Park(Guid channel) => Command($"uuid_park {channel}");

    /// <summary>
    /// Plays after what plays now. The end is told by PlaybackEnded with the same <paramref name="playback"/> id.
    /// </summary>
    public Task<CommandAnswer> Play(Guid channel, string file, Guid playback) =>
        Execute(channel, "playback", EslQuoting.File(file), playback, true);

    public Task<CommandAnswer> Speak(Guid channel, string text, string language, Guid playback) =>
        Execute(channel, "speak", OriginateLine.Speech(text, language, _options), playback, true);

    /// <summary>The keys come with PlaybackEnded of the same id, and each of them as Dtmf.</summary>
    public Task<CommandAnswer> CollectDigits(Guid channel, DigitPrompt prompt, Guid playback) =>
        Execute(channel, "play_and_get_digits", prompt.Argument(playback), playback, true);

    /// <summary>Stops what plays, and everything that waits to be played.</summary>
    public Task<CommandAnswer> StopPlay(Guid channel) => Command($"uuid_break {channel} all");

    /// <summary>The variable comes back with every later event when its name begins with <c>iot_</c>.</summary>
    public Task<CommandAnswer> SetVariable(Guid channel, string name, string value)
    {
        EslQuoting.Value(value);
        return Command($"uuid_setvar {channel} {EslQuoting.Name(name)} {value}");
    }

    public Task<CommandAnswer> SendDtmf(Guid channel, string digits) =>
        digits.Length is > 0 and <= 64
        && digits.All(c => "0123456789*#ABCDabcdwW".Contains(c, StringComparison.Ordinal))
            ? Command($"uuid_send_dtmf {channel} {digits}")
            : throw new ArgumentException("Keys are 0-9, A-D, star and hash; w is a pause.");

    private async Task<CommandAnswer> Execute(
        Guid channel,
        string application,
        string argument,
        Guid id,
        bool isQueued
    ) => CommandAnswer.From(await Connection().Ask(EslCommand.Execute(channel, application, argument, id, isQueued)));

    private async Task<CommandAnswer> Command(string line) => CommandAnswer.From(await Ask(line));

    private static string Word(string text) =>
        text.Length > 0
        && text.All(c => char.IsAsciiLetterOrDigit(c) || "_-+*#.@".Contains(c, StringComparison.Ordinal))
            ? text
            : throw new ArgumentException("An extension or context is one word.");
}
