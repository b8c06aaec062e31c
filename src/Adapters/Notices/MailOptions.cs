using System.ComponentModel.DataAnnotations;

namespace IotOrleans.Actions;

public enum MailSecurity
{
    /// <summary>Plain, for a server on the same machine.</summary>
    None,

    /// <summary>Plain until the server has agreed to TLS; without it nothing is sent.</summary>
    StartTls,

    /// <summary>TLS from the first byte, port 465 as a rule.</summary>
    Tls,
}

/// <summary>The server that takes our mail. Section "Mail". Without a host nobody can be told by mail.</summary>
public sealed class MailOptions
{
    public string? Host { get; set; }

    [Range(1, 65_535)]
    public int Port { get; set; } = 587;

    public MailSecurity Security { get; set; } = MailSecurity.StartTls;

    public string? Username { get; set; }

    /// <summary>Never logged, and given over TLS only, except to this machine itself.</summary>
    public string? Password { get; set; }

    /// <summary>The address that mail comes from, and that hears what could not be delivered.</summary>
    public string From { get; set; } = "";
}
