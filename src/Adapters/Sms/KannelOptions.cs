namespace IotOrleans.Actions;

/// <summary>The SMS gateway. Section "Sms". Without an address nothing is sent, and every attempt says so.</summary>
public sealed class KannelOptions
{
    /// <summary>For example http://127.0.0.1:13013/cgi-bin/sendsms.</summary>
    public Uri? Url { get; set; }

    public string Username { get; set; } = "";

    /// <summary>Never logged.</summary>
    public string Password { get; set; } = "";

    /// <summary>
    /// Where it tells what became of a message: our /api/v1/sms/dlr as the gateway reaches it, with ?access_token= and
    /// a
    /// key of role telephony. Without it a message ends as "sent".
    /// </summary>
    public Uri? ReportUrl { get; set; }

    /// <summary>The sender that the receiver sees.</summary>
    public string From { get; set; } = "";
}
