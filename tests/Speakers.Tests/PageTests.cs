using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace IotOrleans.Tests.Speakers;

/// <summary>The page as files over HTTP; what it does is tested in a browser.</summary>
public sealed partial class PageTests : IAsyncLifetime
{
    private SpeakerHouse _house = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _house = await SpeakerHouse.Open();
        _http = new() { BaseAddress = _house.Address };
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return _house.DisposeAsync();
    }

    [Fact]
    public async Task Everything_that_the_page_names_is_there_and_may_load_nothing_from_elsewhere()
    {
        var paths = new HashSet<string> { "/speaker", "/speaker/signalr.LICENSE.txt" };
        var open = new Queue<string>(paths);
        while (open.TryDequeue(out var path))
        {
            var answer = await _http.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'none'; script-src 'self';", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            foreach (Match named in Named().Matches(await answer.Content.ReadAsStringAsync()))
            {
                if (paths.Add(named.Value))
                    open.Enqueue(named.Value);
            }
        }
        Assert.Superset(new HashSet<string>(["/speaker/speaker.js", "/speaker/tone.js", "/speaker/line.js"]), paths);
    }

    [Fact]
    public async Task A_file_that_did_not_change_is_not_sent_again()
    {
        var first = await _http.GetAsync("/speaker");
        using var again = new HttpRequestMessage(HttpMethod.Get, "/speaker");
        again.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Parse(first.Headers.ETag!.ToString()));

        Assert.Equal(HttpStatusCode.NotModified, (await _http.SendAsync(again)).StatusCode);
    }

    [GeneratedRegex(@"/speaker/[\w.]+\.(js|css|svg)")]
    private static partial Regex Named();
}
