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
    private Peer _server = null!;

    public Uri Address => new($"http://127.0.0.1:{_port}");

    public static void Need() => Peer.Need(Server, "nginx");

    public static async Task<Nginx> Start(Uri frontEnd, Uri other)
    {
        var nginx = new Nginx();
        var configuration = Path.Combine(nginx._folder.FullName, "nginx.conf");
        await File.WriteAllTextAsync(
            configuration,
            Shipped
                .Text("nginx/nginx.conf")
                .With("listen 8080;", $"listen 127.0.0.1:{nginx._port};")
                .With("server api:8080 ", $"server {frontEnd.Authority} ")
                .With("server api-2:8080 ", $"server {other.Authority} ")
                .With("/tmp/", nginx._folder.FullName + "/")
        );
        // As in the image, where it is the first process of a container.
        string[] command = ["-c", configuration, "-p", nginx._folder.FullName, "-e", "stderr", "-g", "daemon off;"];
        nginx._server = Peer.Start(Server, command);
        await nginx._server.UntilItListens(nginx._port);
        return nginx;
    }

    public async ValueTask DisposeAsync()
    {
        Assert.Equal(0, await _server.End());
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
