using System.Collections.Concurrent;
using System.Net.Http.Headers;
using IotOrleans.Actions;

namespace IotOrleans.Speakers;

/// <summary>
/// The line to one maker: tokens that are kept until they end and renewed once when they are refused, and how it went.
/// </summary>
internal sealed class VendorLine(string name, Uri address, PatientHttp http, TimeProvider clock) : IHealthPart
{
    private const int TokensMax = 10_000;

    /// <summary>A token is not used in its last minute.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Token> _tokens = new(StringComparer.Ordinal);
    private string? _trouble;

    /// <summary>Asks for a token where there is none, and once more when the maker does not believe it.</summary>
    public async Task<Delivery> Send(
        string holder,
        Func<HttpRequestMessage> askToken,
        Func<string, HttpRequestMessage> make,
        CancellationToken cancellation
    )
    {
        for (var again = false; ; again = true)
        {
            var (token, trouble) = await Find(holder, askToken, cancellation);
            if (token is null)
            {
                // One customer who has taken back the permission says nothing of the maker.
                var isTheirs = trouble!.Contains("invalid_grant", StringComparison.Ordinal);
                return Said(new(false, MayRetry: !isTheirs, $"{name} gives no token: {trouble}"));
            }
            var outcome = await http.Send(() => With(token, make(token)), cancellation);
            if (outcome.Status == 401 && !again)
            {
                _tokens.TryRemove(holder, out _);
                continue;
            }
            return Said(Of(outcome));
        }
    }

    public async Task<Delivery> Send(Func<HttpRequestMessage> make, CancellationToken cancellation) =>
        Said(Of(await http.Send(make, cancellation)));

    public ValueTask<PartHealth> Check(CancellationToken cancellation)
    {
        var status =
            _trouble is not null ? PartStatus.Down
            : address.IsLoopback ? PartStatus.Simulated
            : PartStatus.Up;
        return new(new PartHealth($"speakers of {name}", status, Needed: false, _trouble ?? address.Host));
    }

    private async Task<(string? Token, string? Trouble)> Find(
        string holder,
        Func<HttpRequestMessage> ask,
        CancellationToken cancellation
    )
    {
        if (_tokens.TryGetValue(holder, out var known) && known.Until > clock.GetUtcNow())
            return (known.Text, null);
        var outcome = await http.Send(ask, cancellation);
        if (!outcome.IsTaken || TokenAnswer.Read(outcome.Body) is not { } answer)
            return (null, outcome.IsTaken ? "its answer holds none" : outcome.Words);
        if (_tokens.Count >= TokensMax)
            _tokens.Clear();
        _tokens[holder] = new(answer.AccessToken, clock.GetUtcNow() + TimeSpan.FromSeconds(answer.ExpiresIn) - Margin);
        return (answer.AccessToken, null);
    }

    private Delivery Of(HttpOutcome outcome) =>
        outcome.IsTaken
            ? new(true)
            : new(false, outcome.MayRetry || outcome.Status is 401 or 403, $"{name} {outcome.Words}");

    private Delivery Said(Delivery delivery)
    {
        _trouble = delivery.MayRetry ? delivery.Detail : null;
        return delivery;
    }

    private static HttpRequestMessage With(string token, HttpRequestMessage request)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }

    private sealed record Token(string Text, DateTimeOffset Until);
}
