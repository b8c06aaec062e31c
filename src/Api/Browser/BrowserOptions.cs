using System.ComponentModel.DataAnnotations;

namespace IotOrleans.Browser;

/// <summary>Calls from browsers, by a Kamailio that has the same key. Section "Browser".</summary>
public sealed class BrowserOptions : IValidatableObject
{
    /// <summary>The secret that Kamailio has as BROWSER_KEY; without it nobody calls from a browser.</summary>
    public string? Key { get; set; }

    /// <summary>Where browsers reach Kamailio, such as <c>wss://sip.house.example:7443/sip</c>.</summary>
    public Uri? Server { get; set; }

    /// <summary>The domain of their addresses: BROWSER_DOMAIN.</summary>
    public string? Domain { get; set; }

    [Range(1, 720)]
    public int CredentialMinutes { get; set; } = 60;

    public bool AreOn => Key is { Length: > 0 };

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (!AreOn)
            yield break;
        if (Server is not { IsAbsoluteUri: true, Scheme: "ws" or "wss" })
            yield return new("must be a ws:// or wss:// address when Browser:Key is set", [nameof(Server)]);
        if (Domain is null || Uri.CheckHostName(Domain) == UriHostNameType.Unknown)
            yield return new("must be a domain when Browser:Key is set", [nameof(Domain)]);
    }
}
