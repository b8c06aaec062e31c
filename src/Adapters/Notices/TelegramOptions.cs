namespace IotOrleans.Actions;

/// <summary>Our bot. Section "Telegram". Without a token nobody can be told by Telegram.</summary>
public sealed class TelegramOptions
{
    /// <summary>As its maker got it, "123456:ABC…". Never logged: it stands in the address of every request.</summary>
    public string? Token { get; set; }

    /// <summary>Where the Bot API is; a server of one's own, or a stand-in.</summary>
    public Uri Url { get; set; } = new("https://api.telegram.org");
}
