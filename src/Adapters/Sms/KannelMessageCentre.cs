using System.Globalization;
using IotOrleans.Postings;
using IotOrleans.Subscribers;
using Microsoft.Extensions.Options;

namespace IotOrleans.Actions;

/// <summary>
/// Sends through an HTTP gateway in Kannel's manner (its user guide, "sendsms"): GET with the text in the query.
/// </summary>
public sealed class KannelMessageCentre(HttpClient http, IOptions<KannelOptions> options) : IMessageCentre
{
    public async Task<Delivery> Send(
        string messageId,
        string? from,
        Msisdn to,
        string text,
        CancellationToken cancellation
    )
    {
        if (options.Value.Url is not { } url)
            return new(false, Detail: "no SMS centre is configured");
        try
        {
            using var answer = await http.GetAsync(Address(url, messageId, from, to, text), cancellation);
            var words = await answer.Content.ReadAsStringAsync(cancellation);
            return answer.IsSuccessStatusCode
                ? new(true)
                : new(
                    false,
                    (int)answer.StatusCode is 429 or >= 500,
                    $"the SMS centre says {(int)answer.StatusCode}: {Short(words)}"
                );
        }
        catch (HttpRequestException trouble)
            when (trouble.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError)
        {
            return new(false, MayRetry: true, "the SMS centre cannot be reached");
        }
        catch (Exception trouble) when (trouble is HttpRequestException or OperationCanceledException)
        {
            return new(false, Detail: "the SMS centre did not answer", Unsure: true);
        }
    }

    private Uri Address(Uri url, string messageId, string? from, Msisdn to, string text)
    {
        // Kannel's coding 0 is the GSM alphabet, 2 is UCS-2; it makes the parts and cuts where they are full.
        var coding = SmsText.IsGsm(text) ? 0 : 2;
        (string Name, string Value)[] parameters =
        [
            ("username", options.Value.Username),
            ("password", options.Value.Password),
            ("from", from ?? options.Value.From),
            ("to", to.ToString()),
            ("charset", "UTF-8"),
            ("coding", coding.ToString(CultureInfo.InvariantCulture)),
            ("text", SmsText.WithoutCutPairs(text)),
            .. Report(messageId),
        ];
        var query = "?" + string.Join('&', parameters.Select(one => $"{one.Name}={Uri.EscapeDataString(one.Value)}"));
        return new(url, query);
    }

    /// <summary>
    /// Where the gateway tells whether it arrived: 1 delivered, 2 not, 16 refused (its user guide, "dlr-mask").
    /// </summary>
    private IEnumerable<(string Name, string Value)> Report(string messageId) =>
        options.Value.ReportUrl is { } report
            ?
            [
                ("dlr-mask", "19"),
                ("dlr-url", $"{report}{(report.Query.Length > 0 ? '&' : '?')}message_id={messageId}&status=%d"),
            ]
            : [];

    private static string Short(string words) => words.Length > 100 ? words[..100] : words;
}
