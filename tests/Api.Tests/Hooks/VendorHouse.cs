using System.Security.Cryptography;

namespace IotOrleans.Tests.Hooks;

/// <summary>The whole product with the clouds of other makers, each a peer of its own on a real socket.</summary>
public sealed class VendorHouse : IAsyncLifetime
{
    private readonly string _key = Path.GetTempFileName();
    private Configured? _house;

    public WholeHouse House => _house!;

    public TestPeer Amazon { get; private set; } = null!;

    public TestPeer Google { get; private set; } = null!;

    /// <summary>A device, or a Home Assistant, at an address of its own.</summary>
    public TestPeer Home { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        (Amazon, Google, Home) = (await TestPeer.Start(), await TestPeer.Start(), await TestPeer.Start());
        Amazon.Answer = Google.Answer = _ => new(200, """{"access_token": "t", "expires_in": 3600}""");
        using var rsa = RSA.Create(2048);
        await File.WriteAllTextAsync(_key, rsa.ExportPkcs8PrivateKeyPem());
        _house = new([
            "--Alexa:ClientId=client-1",
            "--Alexa:ClientSecret=secret-1",
            $"--Alexa:ApiUrl={Amazon.Address}",
            $"--Alexa:TokenUrl={new Uri(Amazon.Address, "token")}",
            "--GoogleHome:ClientEmail=house@project.iam.gserviceaccount.com",
            $"--GoogleHome:PrivateKeyFile={_key}",
            $"--GoogleHome:ApiUrl={Google.Address}",
            $"--GoogleHome:TokenUrl={new Uri(Google.Address, "token")}",
            "--Outside:PauseMilliseconds=1",
        ]);
        await _house.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _house!.DisposeAsync();
        await Amazon.DisposeAsync();
        await Google.DisposeAsync();
        await Home.DisposeAsync();
        File.Delete(_key);
    }

    private sealed class Configured(string[] more) : WholeHouse
    {
        protected override string[] More => more;
    }
}
