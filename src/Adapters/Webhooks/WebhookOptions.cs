using System.ComponentModel.DataAnnotations;

namespace IotOrleans.Actions;

/// <summary>How our own webhooks are signed. Section "Webhooks".</summary>
public sealed class WebhookOptions
{
    private const string Prefix = "whsec_";

    /// <summary>A Standard Webhooks secret, "whsec_" and base64. Without it posts are not signed.</summary>
    [RegularExpression("^whsec_[A-Za-z0-9+/]+=*$")]
    public string? Secret { get; set; }

    public byte[]? Key() => Secret is null ? null : Convert.FromBase64String(Secret[Prefix.Length..]);
}
