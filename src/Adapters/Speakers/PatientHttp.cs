using System.ComponentModel.DataAnnotations;

namespace IotOrleans.Speakers;

/// <summary>How makers and devices are asked. Section "Outside".</summary>
public sealed class OutsideOptions
{
    /// <summary>Tries of one message in all; a 429 or 5xx, or no answer, leads to the next.</summary>
    [Range(1, 10)]
    public int TriesMax { get; set; } = 3;

    /// <summary>Seconds that one try may take.</summary>
    [Range(1, 60)]
    public int TrySeconds { get; set; } = 4;

    /// <summary>Milliseconds before the second try; each further pause is three times as long.</summary>
    [Range(1, 60_000)]
    public int PauseMilliseconds { get; set; } = 500;

    /// <summary>Who asks by Retry-After to wait longer than these seconds is not waited for.</summary>
    [Range(1, 600)]
    public int RetryAfterSecondsMax { get; set; } = 30;
}

/// <summary>Sends a request until it is answered, a few times at most.</summary>
internal sealed class PatientHttp(HttpClient http, OutsideOptions options, TimeProvider clock)
{
    private const int BodyMax = 4_096;

    /// <param name="make">Makes the request anew for each try: a signature has a time.</param>
    public async Task<HttpOutcome> Send(Func<HttpRequestMessage> make, CancellationToken cancellation)
    {
        var pause = TimeSpan.FromMilliseconds(options.PauseMilliseconds);
        for (var attempt = 1; ; attempt++, pause *= 3)
        {
            var outcome = await Try(make, cancellation);
            var wait = outcome.RetryAfter ?? pause;
            if (
                !outcome.MayRetry
                || attempt >= options.TriesMax
                || wait > TimeSpan.FromSeconds(options.RetryAfterSecondsMax)
            )
                return outcome;
            try
            {
                await Task.Delay(wait, clock, cancellation);
            }
            catch (OperationCanceledException)
            {
                return outcome;
            }
        }
    }

    private async Task<HttpOutcome> Try(Func<HttpRequestMessage> make, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(options.TrySeconds), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            using var request = make();
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var body = await Body(answer, either.Token);
            return new((int)answer.StatusCode, body, Wait(answer));
        }
        catch (Exception trouble) when (trouble is HttpRequestException or OperationCanceledException or IOException)
        {
            return new(0, "cannot be reached", null);
        }
    }

    private TimeSpan? Wait(HttpResponseMessage answer) =>
        answer.Headers.RetryAfter is not { } after ? null
        : after.Delta is { } delta ? delta
        : after.Date is { } date && date > clock.GetUtcNow() ? date - clock.GetUtcNow()
        : null;

    private static async Task<string> Body(HttpResponseMessage answer, CancellationToken cancellation)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[BodyMax];
        var length = await stream.ReadAtLeastAsync(buffer, BodyMax, throwOnEndOfStream: false, cancellation);
        return System.Text.Encoding.UTF8.GetString(buffer, 0, length);
    }
}

/// <param name="Status">0 when nobody answered.</param>
internal readonly record struct HttpOutcome(int Status, string Body, TimeSpan? RetryAfter)
{
    public bool IsTaken => Status is >= 200 and < 300;

    public bool MayRetry => Status is 0 or 408 or 429 or >= 500;

    public string Words =>
        Status == 0 ? Body
        : Body.Length == 0 ? $"says {Status}"
        : $"says {Status}: {Short(Body)}";

    private static string Short(string words)
    {
        var line = string.Concat(words.Select(sign => char.IsControl(sign) ? ' ' : sign));
        return line.Length > 120 ? line[..120] : line;
    }
}
