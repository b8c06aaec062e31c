using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace IotOrleans.Tests;

/// <summary>What nonsense once did to the house, each as a sentence.</summary>
[Collection(Fuzzed.Name)]
public sealed class FoundTests(FuzzHouse fuzzed)
{
    [Theory]
    [InlineData("type")]
    [InlineData("ty\u00ffe")]
    [InlineData("tipe")]
    public async Task An_action_whose_kind_cannot_be_read_is_refused(string member)
    {
        var body = $$"""
            {"name": "n", "event_type": "smoke", "scope": {"device_type": "hub"},
             "actions": [{"{{member}}": "dance", "targets": ["+79160000010"]}]}
            """;
        using var http = new HttpClient { BaseAddress = fuzzed.House.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/rules");
        request.Headers.Authorization = new("Bearer", fuzzed.House.Token);
        // Latin-1 makes a byte of each sign, whatever UTF-8 would think of it.
        request.Content = new ByteArrayContent(Encoding.Latin1.GetBytes(body));
        request.Content.Headers.ContentType = new("application/json");
        using var answer = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
    }

    [Theory]
    [InlineData("""{"other": 1}""", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("--x\r\nnonsense", HttpStatusCode.UnsupportedMediaType)]
    [InlineData(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nreal,shown\r\n+79161234567,",
        HttpStatusCode.UnprocessableEntity
    )]
    public async Task A_form_that_is_none_or_is_cut_short_is_refused(string body, HttpStatusCode expected)
    {
        using var http = new HttpClient { BaseAddress = fuzzed.House.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/masks/import");
        request.Headers.Authorization = new("Bearer", fuzzed.House.Token);
        request.Content = new ByteArrayContent(Encoding.ASCII.GetBytes(body));
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");
        using var answer = await http.SendAsync(request);
        Assert.Equal(expected, answer.StatusCode);
    }
}
