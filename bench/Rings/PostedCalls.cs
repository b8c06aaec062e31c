using System.Collections.Concurrent;

namespace IotOrleans.Bench;

/// <summary>Calls that come in by a POST, on as many connections as are open at once.</summary>
internal sealed class PostedCalls : IDisposable
{
    private readonly ConcurrentBag<HttpLine> _idle = [];
    private readonly int _port;

    private PostedCalls(int port) => _port = port;

    public static async Task<PostedCalls> Open(int port)
    {
        var calls = new PostedCalls(port);
        calls._idle.Add(await HttpLine.Open(port));
        return calls;
    }

    public async Task Call(SpeakerSocket speaker)
    {
        var request = HttpLine.Post(
            "/api/v1/simulate/incoming-call",
            "Accept: */*",
            $$"""{"msisdn":"{{speaker.Number}}","caller":"+74951234567"}"""
        );
        if (!_idle.TryTake(out var line))
            line = await HttpLine.Open(_port);
        if (await line.Ask(request) != 202)
            throw new InvalidOperationException(line.Answer);
        _idle.Add(line);
    }

    public void Dispose()
    {
        foreach (var line in _idle)
            line.Dispose();
    }
}
