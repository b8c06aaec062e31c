using Microsoft.Extensions.Configuration.Memory;

namespace IotOrleans.Hosting;

/// <summary>
/// A setting may say where its value is instead of being it: "file:" and a path, or "env:" and a name. So a secret
/// stands in no unit, command line or appsettings.json. What a vault's agent or an orchestrator mounts is a file.
/// </summary>
internal static class SecretReferences
{
    private const string File = "file:";
    private const string Environment = "env:";
    private const string Vault = "vault:";
    private const int BytesMax = 64 * 1024;

    /// <exception cref="HouseException">A reference leads nowhere; the message names the setting.</exception>
    public static void Resolve(IConfigurationBuilder builder, IConfiguration configuration)
    {
        var resolved = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in configuration.AsEnumerable())
        {
            if (Value(name, value) is { } found)
                resolved[name] = found;
        }
        if (resolved.Count > 0)
            builder.Add(new MemoryConfigurationSource { InitialData = resolved });
    }

    /// <summary>Null when the value is no reference.</summary>
    private static string? Value(string name, string? value) =>
        value switch
        {
            null => null,
            _ when value.StartsWith(File, StringComparison.Ordinal) => FromFile(name, value[File.Length..]),
            _ when value.StartsWith(Environment, StringComparison.Ordinal) => FromEnvironment(
                name,
                value[Environment.Length..]
            ),
            _ when value.StartsWith(Vault, StringComparison.Ordinal) => throw new HouseException(
                $"{name} names a vault. Let its agent write the secret to a file, and name that: file:/run/secrets/…"
            ),
            _ => null,
        };

    private static string FromFile(string name, string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.Length > BytesMax)
                throw new HouseException($"{name} names a file that is larger than {BytesMax} bytes.");
            // Editors and echo end a file with a line break that is no part of the secret.
            return System.IO.File.ReadAllText(path).TrimEnd('\r', '\n');
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new HouseException($"{name} names a file that cannot be read: {path}", trouble);
        }
    }

    private static string FromEnvironment(string name, string variable) =>
        System.Environment.GetEnvironmentVariable(variable)
        ?? throw new HouseException($"{name} names {variable}, which is not set in the environment.");
}
