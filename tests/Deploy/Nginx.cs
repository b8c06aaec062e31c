using System.Security.Cryptography.X509Certificates;

namespace IotOrleans.Tests;

/// <summary>
/// The real nginx with deploy/nginx/nginx.conf; the folder for its files, its address and those of the front-ends are
/// ours.
/// </summary>
internal sealed class Nginx : IAsyncDisposable
{
    private const string Server = "/usr/sbin/nginx";

    private readonly DirectoryInfo _folder = Shipped.NewFolder();
    private readonly int _port = HouseProcess.FreePort();
    private readonly int _securePort = HouseProcess.FreePort();
    private Peer _server = null!;

    public Uri Address => new($"http://127.0.0.1:{_port}");

    /// <summary>With a certificate, and only then.</summary>
    public Uri SecureAddress => new($"https://127.0.0.1:{_securePort}");

    public static void Need() => Peer.Need(Server, "nginx");

    /// <param name="certificate">Brings deploy/nginx/https.conf into use.</param>
    public static Task<Nginx> Start(Uri frontEnd, Uri other, X509Certificate2? certificate = null) =>
        Start(
            shipped =>
                shipped
                    .With("server api:8080 ", $"server {frontEnd.Authority} ")
                    .With("server api-2:8080 ", $"server {other.Authority} "),
            certificate
        );

    /// <summary>Where front-ends are by their names, at this port.</summary>
    public static Task<Nginx> StartWithNames(int names, int port) =>
        Start(
            shipped =>
                shipped
                    .With("resolver 127.0.0.11 ", $"resolver 127.0.0.1:{names} ")
                    .With("server api:8080 ", $"server api:{port} ")
                    .With("server api-2:8080 ", $"server api-2:{port} "),
            null
        );

    /// <summary>Whether this nginx can ask again where a name is.</summary>
    public static async Task<bool> FollowsNames()
    {
        var (_, said) = await Peer.Run(Server, ["-v"]);
        var version = said.Split("nginx/")[^1].Split([' ', '\n'])[0];
        return Version.Parse(version) >= new Version(1, 27, 3);
    }

    private static async Task<Nginx> Start(Func<string, string> places, X509Certificate2? certificate)
    {
        var nginx = new Nginx();
        if (certificate is not null)
            await nginx.Secure(certificate);
        var configuration = Path.Combine(nginx._folder.FullName, "nginx.conf");
        var shipped = places(Shipped.Text("nginx/nginx.conf"))
            .With("listen 8080;", $"listen 127.0.0.1:{nginx._port};")
            .With("/tmp/", nginx._folder.FullName + "/")
            .With("/etc/nginx/https/", nginx.Https + "/");
        await File.WriteAllTextAsync(configuration, await FollowsNames() ? shipped : shipped.With(" resolve ", " "));
        // As in the image, where it is the first process of a container.
        string[] command = ["-c", configuration, "-p", nginx._folder.FullName, "-e", "stderr", "-g", "daemon off;"];
        nginx._server = Peer.Start(Server, command);
        await nginx._server.UntilItListens(nginx._port);
        return nginx;
    }

    private string Https => Path.Combine(_folder.FullName, "https");

    private async Task Secure(X509Certificate2 certificate)
    {
        Directory.CreateDirectory(Https);
        await File.WriteAllTextAsync(Path.Combine(Https, "fullchain.pem"), certificate.ExportCertificatePem());
        var key = certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem();
        await File.WriteAllTextAsync(Path.Combine(Https, "privkey.pem"), key);
        await File.WriteAllTextAsync(
            Path.Combine(Https, "https.conf"),
            Shipped
                .Text("nginx/https.conf")
                .With("listen 8443 ssl;", $"listen 127.0.0.1:{_securePort} ssl;")
                .With("/etc/nginx/https/", Https + "/")
        );
    }

    public async ValueTask DisposeAsync()
    {
        Assert.Equal(0, await _server.End());
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
