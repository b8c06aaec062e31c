namespace IotOrleans.Tests.Feed;

/// <summary>A house with a bot and a mail server on the loopback.</summary>
public sealed class NoticesHouse : WholeHouse
{
    public TestBotApi Bot { get; private set; } = null!;

    public TestMailServer Mail { get; } = new();

    protected override string[] More =>
        [
            $"--Telegram:Url={Bot.Address}",
            $"--Telegram:Token={TestBotApi.Token}",
            "--Mail:Host=127.0.0.1",
            $"--Mail:Port={Mail.Port}",
            "--Mail:Security=None",
            "--Mail:From=house@masks.example",
            "--Notices:TimeZone=Europe/Moscow",
            // Whoever looks for a fault turns this on.
            "--Logging:LogLevel:System.Net.Http.HttpClient=Trace",
        ];

    public override async ValueTask InitializeAsync()
    {
        Mail.Start();
        Bot = await TestBotApi.Start();
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Bot.DisposeAsync();
        await Mail.DisposeAsync();
    }
}
