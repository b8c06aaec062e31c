using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace IotOrleans.Tls;

/// <summary>Section "Tls".</summary>
public sealed class TlsOptions
{
    /// <summary>
    /// A PEM file of certificates that are trusted beside those of the system: an authority of one's own, or a peer's
    /// self-signed one. Without it a self-signed certificate is refused.
    /// </summary>
    public string? TrustFile { get; set; }
}

/// <summary>
/// Judges the certificates of those we connect to. Being trusted here excuses nothing else: one that has expired, or is
/// for another name, is refused all the same.
/// </summary>
public sealed class TrustedCertificates(IOptions<TlsOptions> options)
{
    private readonly X509Certificate2Collection _trusted = Read(options.Value.TrustFile);

    public bool Accepts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
            return true;
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is null || _trusted.Count == 0)
            return false;
        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(_trusted);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            own.ChainPolicy.ExtraStore.Add(element.Certificate);
        using var leaf = new X509Certificate2(certificate);
        return own.Build(leaf);
    }

    public SslClientAuthenticationOptions ForHttp() => new() { RemoteCertificateValidationCallback = Accepts };

    private static X509Certificate2Collection Read(string? file)
    {
        var trusted = new X509Certificate2Collection();
        if (file is { Length: > 0 })
            trusted.ImportFromPemFile(file);
        return trusted;
    }
}
