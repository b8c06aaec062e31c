using System.Text.RegularExpressions;

namespace IotOrleans.Tidy;

/// <summary>Which names of the environment the product reads, found in its source.</summary>
internal static partial class Settings
{
    // Read by the framework.
    private static readonly string[] Framework = ["ASPNETCORE_ENVIRONMENT", "ASPNETCORE_URLS"];

    private static readonly string Source = string.Join('\n', Tree.Product.Select(Tree.Read));

    /// <summary>Whether somebody in the product listens to <paramref name="name"/>.</summary>
    public static bool IsRead(string name)
    {
        var parts = name.Split("__");
        return parts.Length == 1
            ? Framework.Contains(name) || Mentions(name) || HasProperty(name, "HouseOptions")
            : (parts[0] == "ConnectionStrings" && Source.Contains($"GetConnectionString(\"{parts[1]}\")"))
                || Mentions(string.Join(':', parts))
                || (Mentions(parts[0]) && HasProperty(parts[^1], $"{parts[0]}Options"))
                || (Mentions(parts[0]) && HasProperty(parts[^1], $"{parts[0]}Settings"));
    }

    private static bool Mentions(string name) => Source.Contains($"\"{name}\"", StringComparison.Ordinal);

    private static bool HasProperty(string property, string type) =>
        Tree
            .Product.Select(Tree.Read)
            .Any(text =>
                text.Contains($"class {type}", StringComparison.Ordinal)
                && Property().Matches(text).Any(found => found.Groups["name"].Value == property)
            );

    [GeneratedRegex(@"public [^=;{(]*?\b(?<name>[A-Z]\w*)\s*\{\s*get;")]
    private static partial Regex Property();
}
