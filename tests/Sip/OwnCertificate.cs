using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IotOrleans.Tests.Sip;

/// <summary>A certificate of our own making, in two files as Kamailio wants it.</summary>
internal sealed class OwnCertificate : IDisposable
{
    public const string Name = "sip.home.example";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iotorleans-tls-");

    public OwnCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={Name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        Fingerprint = certificate.GetCertHashString(HashAlgorithmName.SHA256);
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
    }

    public string Fingerprint { get; }

    public string CertificateFile => Path.Combine(_folder.FullName, "crt");

    public string KeyFile => Path.Combine(_folder.FullName, "key");

    public void Dispose() => _folder.Delete(recursive: true);
}
