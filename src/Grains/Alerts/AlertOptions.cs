using System.ComponentModel.DataAnnotations;

namespace IotOrleans.Alerts;

/// <summary>Who hears when a part of the house is away. Section "Alerts". Without an address nobody does.</summary>
public sealed class AlertOptions
{
    /// <summary>A signed post (Standard Webhooks).</summary>
    public Uri? Webhook { get; set; }

    /// <summary>A telephone number in E.164 form. It does not hear of the SMS centre itself.</summary>
    public string? Sms { get; set; }

    /// <summary>How long a part may be away before anybody is told; what is back by then is not worth a word.</summary>
    [Range(0, 3600)]
    public int AfterSeconds { get; set; } = 30;

    [Range(1, 60)]
    public int LookSeconds { get; set; } = 5;
}
