namespace IotOrleans.FreeSwitch;

/// <summary>What the called party meets on answering.</summary>
public abstract record CallApp
{
    private CallApp() { }

    /// <summary>Silence, until somebody plays, bridges or hangs up.</summary>
    public sealed record Park : CallApp;

    /// <summary>Plays a file or stream known to the switch, then hangs up.</summary>
    public sealed record Playback(string File) : CallApp;

    /// <summary>Speaks a text, then hangs up. Signs that the switch would take for its own become spaces.</summary>
    public sealed record Speak(string Text, string Language) : CallApp;
}
