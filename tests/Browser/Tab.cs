using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IotOrleans.Tests.Browser;

/// <summary>One page, used as a person would: by mouse, keys and eyes.</summary>
public sealed class Tab
{
    private readonly DevTools _tools;
    private readonly string _session;

    private Tab(DevTools tools, string session) => (_tools, _session) = (tools, session);

    /// <summary>Every address that the page asked for.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>What came and went over WebSockets, message by message.</summary>
    public ConcurrentQueue<string> Frames { get; } = new();

    /// <summary>What the browser complained about: exceptions, refused content.</summary>
    public ConcurrentQueue<string> Complaints { get; } = new();

    public static async Task<Tab> Open(DevTools tools, Uri address, int width, int height, bool dark, string before)
    {
        var context = (await tools.Ask("Target.createBrowserContext"))["browserContextId"]!.GetValue<string>();
        var target = await tools.Ask("Target.createTarget", new { url = "about:blank", browserContextId = context });
        var targetId = target["targetId"]!.GetValue<string>();
        var attached = await tools.Ask("Target.attachToTarget", new { targetId, flatten = true });
        var tab = new Tab(tools, attached["sessionId"]!.GetValue<string>());
        tools.Listen(tab._session, tab.Hear);
        foreach (var domain in (string[])["Page", "Network", "Runtime", "Log"])
            await tab.Ask($"{domain}.enable");
        var mobile = width < 600;
        await tab.Ask(
            "Emulation.setDeviceMetricsOverride",
            new
            {
                width,
                height,
                deviceScaleFactor = 1,
                mobile,
            }
        );
        var scheme = new { name = "prefers-color-scheme", value = dark ? "dark" : "light" };
        await tab.Ask("Emulation.setEmulatedMedia", new { features = new[] { scheme } });
        if (before.Length > 0)
            await tab.Ask("Page.addScriptToEvaluateOnNewDocument", new { source = before });
        await tab.Ask("Page.navigate", new { url = address.ToString() });
        await tab.Becomes(
            $"location.pathname === {Quoted(address.AbsolutePath)} && document.readyState === 'complete'"
        );
        return tab;
    }

    /// <summary>Waits until the element shows this text.</summary>
    public Task Sees(string selector, string text) =>
        Becomes($"{Shown(selector)}.some(e => e.innerText.includes({Quoted(text)}))");

    /// <summary>Waits until no such element shows.</summary>
    public Task SeesNo(string selector) => Becomes($"{Shown(selector)}.length === 0");

    /// <summary>Waits until a condition holds; it is looked at whenever the page is about to be painted.</summary>
    public async Task Becomes(string condition)
    {
        const string Look =
            "new Promise(done => { const end = performance.now() + 20000; (function look() {"
            + " if (CONDITION) done(true); else if (performance.now() > end) done(false);"
            + " else requestAnimationFrame(look); })(); })";
        var held = await Evaluate(Look.Replace("CONDITION", condition, StringComparison.Ordinal));
        if (held?.GetValue<bool>() != true)
        {
            var shown = await Evaluate("document.body.innerText");
            Assert.Fail($"It never came so far: {condition}\n{shown}\n{string.Join('\n', Complaints)}");
        }
    }

    public async Task<JsonNode?> Evaluate(string expression)
    {
        var answer = await Ask(
            "Runtime.evaluate",
            new
            {
                expression,
                awaitPromise = true,
                returnByValue = true,
            }
        );
        return answer["exceptionDetails"] is { } trouble
            ? throw new InvalidOperationException(trouble.ToJsonString())
            : answer["result"]!["value"];
    }

    /// <summary>A real click in the middle of the element.</summary>
    public async Task Click(string selector)
    {
        await Becomes($"{Shown(selector)}.length > 0");
        var place = await Evaluate(
            $"(() => {{ const e = {Shown(selector)}[0]; e.scrollIntoView({{ block: 'center' }});"
                + " const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        );
        var (x, y) = (place![0]!.GetValue<double>(), place[1]!.GetValue<double>());
        foreach (var type in (string[])["mousePressed", "mouseReleased"])
        {
            var button = "left";
            await Ask(
                "Input.dispatchMouseEvent",
                new
                {
                    type,
                    x,
                    y,
                    button,
                    clickCount = 1,
                }
            );
        }
    }

    public async Task Press(char key)
    {
        var (text, code) = (key.ToString(), $"Key{char.ToUpperInvariant(key)}");
        await Ask(
            "Input.dispatchKeyEvent",
            new
            {
                type = "keyDown",
                key = text,
                code,
                text,
            }
        );
        await Ask(
            "Input.dispatchKeyEvent",
            new
            {
                type = "keyUp",
                key = text,
                code,
            }
        );
    }

    public async Task Type(string selector, string text)
    {
        await Click(selector);
        await Ask("Input.insertText", new { text });
    }

    /// <summary>Chooses a file, as its dialog would.</summary>
    public async Task Choose(string selector, string file)
    {
        var root = (await Ask("DOM.getDocument"))["root"]!["nodeId"]!.GetValue<int>();
        var found = await Ask("DOM.querySelector", new { nodeId = root, selector });
        var nodeId = found["nodeId"]!.GetValue<int>();
        await Ask("DOM.setFileInputFiles", new { files = new[] { file }, nodeId });
    }

    /// <summary>Keeps what the page looks like now, for people.</summary>
    public async Task Picture(string name)
    {
        var picture = await Ask("Page.captureScreenshot", new { format = "png" });
        var folder = Directory.CreateDirectory(Path.Combine(Root(), "artifacts", "browser")).FullName;
        var bytes = Convert.FromBase64String(picture["data"]!.GetValue<string>());
        await File.WriteAllBytesAsync(Path.Combine(folder, $"{name}.png"), bytes);
    }

    private Task<JsonNode> Ask(string method, object? parameters = null) => _tools.Ask(method, parameters, _session);

    private void Hear(string method, JsonNode said)
    {
        if (method is "Network.requestWillBeSent")
            Requests.Enqueue(said["request"]!["url"]!.GetValue<string>());
        else if (method is "Network.webSocketCreated")
            Requests.Enqueue(said["url"]!.GetValue<string>());
        else if (method is "Network.webSocketFrameReceived" or "Network.webSocketFrameSent")
            Frames.Enqueue(said["response"]!["payloadData"]!.GetValue<string>());
        else if (method is "Runtime.exceptionThrown")
            Complaints.Enqueue(said["exceptionDetails"]!.ToJsonString());
        else if (method is "Log.entryAdded" && said["entry"]!["level"]!.GetValue<string>() == "error")
            Complaints.Enqueue(said["entry"]!["text"]!.GetValue<string>());
    }

    private static string Root()
    {
        var at = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "IotOrleans.sln")))
            at = Path.GetDirectoryName(at) ?? throw new InvalidOperationException("No IotOrleans.sln above us.");
        return at;
    }

    private static string Shown(string selector) =>
        $"[...document.querySelectorAll({Quoted(selector)})].filter(e => e.checkVisibility())";

    private static string Quoted(string text) => JsonSerializer.Serialize(text);
}
