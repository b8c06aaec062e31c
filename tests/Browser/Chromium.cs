using System.Diagnostics;

namespace IotOrleans.Tests.Browser;

/// <summary>The Chromium of the system, without a window, one process for all tests of a class.</summary>
public class Chromium : IAsyncLifetime
{
    /// <summary>Names the browser's program, where it is not found by itself.</summary>
    public const string PathVariable = "IOT_CHROMIUM";

    /// <summary>Set where a browser must be: then its absence is a failure and not a reason to skip.</summary>
    public const string NeededVariable = "IOT_PEERS_NEEDED";

    private const string NotHere =
        "There is no Chromium here: apt-get install chromium, or name one in " + PathVariable + ".";

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

    // Without these it asks its maker's servers for many things at every start.
    private static readonly string[] Flags =
    [
        "--headless",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-extensions",
        "--disable-dev-shm-usage",
        "--remote-debugging-port=0",
        "--mute-audio",
        "--lang=en-GB",
    ];

    private readonly DirectoryInfo _profile = Directory.CreateTempSubdirectory("iotorleans-browser-");
    private Process? _process;
    private DevTools? _tools;

    /// <summary>Flags beside those of every test.</summary>
    protected virtual string[] More => [];

    public async ValueTask InitializeAsync()
    {
        if (Find() is not { } program)
            return;
        // Root has no user namespace to give away; everybody else keeps the sandbox.
        string[] sandbox = Environment.UserName == "root" ? ["--no-sandbox"] : [];
        string[] arguments = [.. Flags, .. More, .. sandbox, $"--user-data-dir={_profile.FullName}"];
        _process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        _tools = await DevTools.Connect(await Address(_process));
    }

    /// <summary>A page of its own: no cookies or storage shared with others.</summary>
    /// <param name="before">A script that runs before those of the page.</param>
    public async Task<Tab> Open(Uri address, int width = 1100, int height = 760, bool dark = false, string before = "")
    {
        if (_tools is not null)
            return await Tab.Open(_tools, address, width, height, dark, before);
        Assert.SkipWhen(Environment.GetEnvironmentVariable(NeededVariable) is null or "", NotHere);
        throw new InvalidOperationException(NotHere);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_tools is not null)
            await _tools.DisposeAsync();
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
        try
        {
            _profile.Delete(recursive: true);
        }
        catch (IOException trouble)
        {
            // One of its helpers may still write for a moment; the system clears its folder of temporary files itself.
            TestContext.Current.SendDiagnosticMessage($"The browser's profile stays: {trouble.Message}");
        }
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } named)
            return named;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return Names.SelectMany(_ => folders, (name, folder) => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    private static async Task<Uri> Address(Process browser)
    {
        const string Mark = "DevTools listening on ";
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var said = new List<string>();
        while (await browser.StandardError.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.StartsWith(Mark, StringComparison.Ordinal))
            {
                _ = browser.StandardError.ReadToEndAsync(CancellationToken.None);
                return new(line[Mark.Length..]);
            }
            said.Add(line);
        }
        throw new InvalidOperationException($"Chromium did not start: {string.Join('\n', said)}");
    }
}
