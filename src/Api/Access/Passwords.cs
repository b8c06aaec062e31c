using System.Globalization;
using System.Security.Cryptography;

namespace IotOrleans.Access;

/// <summary>
/// Passwords as PBKDF2 hashes: "v1.iterations.salt.hash". The count may rise later, old hashes stay readable.
/// </summary>
public static class Passwords
{
    public const int LengthMin = 10;
    public const int LengthMax = 256;

    private const int Iterations = 210_000;
    private const int SaltLength = 16;
    private const int HashLength = 32;

    /// <summary>What an unknown user's password is compared with, so that the answer takes as long.</summary>
    private static readonly string Nobody = Hash(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));

    public static string Hash(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltLength);
        var derived = Convert.ToBase64String(Derive(password, salt, Iterations));
        return string.Create(CultureInfo.InvariantCulture, $"v1.{Iterations}.{Convert.ToBase64String(salt)}.{derived}");
    }

    public static bool Matches(string password, string? hash)
    {
        var parts = (hash ?? Nobody).Split('.');
        var iterations = int.Parse(parts[1], CultureInfo.InvariantCulture);
        var derived = Derive(password, Convert.FromBase64String(parts[2]), iterations);
        return CryptographicOperations.FixedTimeEquals(derived, Convert.FromBase64String(parts[3])) && hash is not null;
    }

    public static string Generate() => System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(18));

    private static byte[] Derive(string password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, HashLength);
}
