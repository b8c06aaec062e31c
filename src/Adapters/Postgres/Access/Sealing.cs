using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IotOrleans.Access;

/// <summary>How the secrets of devices are sealed. Section "Sealing".</summary>
public sealed class SealingOptions
{
    /// <summary>
    /// 32 bytes in base64, the same for every process. Without it the house makes a key and keeps it in its database:
    /// then a copy of the database holds both the sealed secrets and what opens them.
    /// </summary>
    [RegularExpression("^[A-Za-z0-9+/]{43}=$")]
    public string? Key { get; set; }

    public byte[]? KeyBytes() => Key is null ? null : Convert.FromBase64String(Key);
}

/// <summary>AES-256-GCM; a box is nonce, tag and text, and opens for the owner it was closed for only.</summary>
internal static class Sealing
{
    private const int KeyLength = 32;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    public static byte[] NewKey() => RandomNumberGenerator.GetBytes(KeyLength);

    public static byte[] Close(byte[] key, string owner, string text)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var box = new byte[NonceLength + TagLength + plain.Length];
        var nonce = box.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(nonce, plain, box.AsSpan(NonceLength + TagLength), box.AsSpan(NonceLength, TagLength), For(owner));
        return box;
    }

    /// <exception cref="CryptographicException">It was closed with another key, or for another owner.</exception>
    public static string Open(byte[] key, string owner, byte[] box)
    {
        var plain = new byte[box.Length - NonceLength - TagLength];
        using var aes = new AesGcm(key, TagLength);
        aes.Decrypt(
            box.AsSpan(0, NonceLength),
            box.AsSpan(NonceLength + TagLength),
            box.AsSpan(NonceLength, TagLength),
            plain,
            For(owner)
        );
        return Encoding.UTF8.GetString(plain);
    }

    private static byte[] For(string owner) => Encoding.UTF8.GetBytes(owner);
}

/// <summary>The key that was given, or else the one that the house has made and keeps in its database.</summary>
internal sealed class SealingKey(NpgsqlDataSource database, IOptions<SealingOptions> options)
{
    private const string Name = "sealing-key";

    private byte[]? _key;

    public async ValueTask<byte[]> Read() =>
        _key ??= options.Value.KeyBytes() ?? await new PostgresAccess(database).Secret(Name, Sealing.NewKey);
}
