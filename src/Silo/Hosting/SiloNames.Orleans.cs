namespace IotOrleans.Hosting;

/// <summary>
/// A silo's name in the membership table: whatever it is called, and its build, so that everybody sees during an
/// upgrade who is old and who is new.
/// </summary>
internal static class SiloNames
{
    // The table takes 150 characters.
    private const int NameMax = 100;

    public static string Make(string? name, int port)
    {
        name ??= $"{Environment.MachineName}:{port}";
        return $"{(name.Length > NameMax ? name[..NameMax] : name)}/{Build.Version.Split('+')[0]}";
    }

    public static (string Name, string? Version) Read(string text) =>
        text.LastIndexOf('/') is > 0 and var slash ? (text[..slash], text[(slash + 1)..]) : (text, null);
}
