using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IotOrleans.Hosting;
using IotOrleans.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace IotOrleans.Tests;

/// <summary>TAS-71, TAS-72: whom we believe to be who he says, and where secrets come from.</summary>
public sealed class TlsTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iotorleans-tls-");
    private readonly List<WebApplication> _peers = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in _peers)
            await peer.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Tas_71_a_self_signed_certificate_is_refused_unless_it_was_said_to_be_trusted()
    {
        using var certificate = Make("127.0.0.1", DateTimeOffset.UnixEpoch, new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var peer = await Listen(certificate);
        await Refused(peer, trusted: null);
        using var other = Make("127.0.0.1", DateTimeOffset.UnixEpoch, new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await Refused(peer, other);

        using var client = Client(certificate);
        Assert.Equal("hello", await client.GetStringAsync(peer));
    }

    [Fact]
    public async Task Tas_71_one_that_has_expired_or_is_for_another_name_is_refused_though_it_is_trusted()
    {
        using var old = Make("127.0.0.1", DateTimeOffset.UnixEpoch, new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await Refused(await Listen(old), old);
        using var foreign = Make("10.1.2.3", DateTimeOffset.UnixEpoch, new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await Refused(await Listen(foreign), foreign);
    }

    [Theory]
    [InlineData("file:/nowhere/at/all")]
    [InlineData("env:IOT_THAT_NOBODY_HAS_SET")]
    [InlineData("vault:secret/data/sms")]
    public async Task Tas_72_a_secret_that_is_not_where_it_is_said_to_be_stops_the_start_by_the_settings_name(
        string value
    )
    {
        var refused = await Assert.ThrowsAsync<HouseException>(() => House.Start([$"--Sms:Password={value}"]));
        Assert.Contains("Sms:Password", refused.Message, StringComparison.Ordinal);
    }

    private async Task Refused(Uri peer, X509Certificate2? trusted)
    {
        using var client = Client(trusted);
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(peer));
        Assert.Equal(HttpRequestError.SecureConnectionError, refused.HttpRequestError);
    }

    private HttpClient Client(X509Certificate2? trusted)
    {
        var file = trusted is null ? null : Path.Combine(_folder.FullName, Guid.NewGuid().ToString("N"));
        if (file is not null)
            File.WriteAllText(file, trusted!.ExportCertificatePem());
        var certificates = new TrustedCertificates(Options.Create(new TlsOptions { TrustFile = file }));
        return new(new SocketsHttpHandler { SslOptions = certificates.ForHttp() }, disposeHandler: true);
    }

    private async Task<Uri> Listen(X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, at => at.UseHttps(certificate))
        );
        var app = builder.Build();
        app.Run(context => context.Response.WriteAsync("hello"));
        await app.StartAsync();
        _peers.Add(app);
        return new(app.Urls.First());
    }

    private static X509Certificate2 Make(string address, DateTimeOffset from, DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=peer", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(from, until);
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
