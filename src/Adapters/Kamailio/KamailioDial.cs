using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using IotOrleans.Subscribers;
using Microsoft.Extensions.Options;

namespace IotOrleans.Calls;

/// <summary>
/// Asks Kamailio by JSON-RPC 2.0 over HTTP for <c>dlg.bridge_dlg</c> (its module dialog): INVITE and REFER to the first
/// one.
/// </summary>
public sealed class KamailioDial(HttpClient http, IOptions<KamailioOptions> options) : IClickToDial
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public async Task<DialOutcome> Join(Msisdn first, Msisdn second, CancellationToken cancellation)
    {
        if (options.Value.RpcUrl is not { } url)
            return DialOutcome.Unreachable;
        var request = new
        {
            jsonrpc = "2.0",
            method = "dlg.bridge_dlg",
            @params = new { from = first.ToString(), to = second.ToString() },
            id = 1,
        };
        try
        {
            // With its length: Kamailio reads no chunks.
            using var body = new StringContent(JsonSerializer.Serialize(request), Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync(url, body, cancellation);
            if (!answer.IsSuccessStatusCode)
                return DialOutcome.Refused;
            var said = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellation);
            return said.TryGetProperty("result", out _) ? DialOutcome.Taken : DialOutcome.Refused;
        }
        catch (HttpRequestException trouble)
            when (trouble.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError)
        {
            return DialOutcome.Unreachable;
        }
        catch (Exception trouble)
            when (trouble is HttpRequestException or JsonException
                || (trouble is OperationCanceledException && !cancellation.IsCancellationRequested)
            )
        {
            return DialOutcome.Unknown;
        }
    }
}
