namespace IotOrleans.Tests;

/// <summary>
/// The files of deploy/, as they are. What a test must replace in one, such as a port, has to be there: so it cannot
/// start something else than what is shipped without anybody noticing.
/// </summary>
internal static class Shipped
{
    public static string Path(string file) =>
        System.IO.Path.Combine([AppContext.BaseDirectory, "shipped", .. file.Split('/')]);

    public static string Text(string file) => File.ReadAllText(Path(file));

    public static string With(this string shipped, string text, string ours)
    {
        Assert.Contains(text, shipped, StringComparison.Ordinal);
        return shipped.Replace(text, ours, StringComparison.Ordinal);
    }

    /// <summary>A folder that other users may enter; servers do not run as root.</summary>
    public static DirectoryInfo NewFolder()
    {
        var folder = Directory.CreateTempSubdirectory("iotorleans-deploy-");
        const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        folder.UnixFileMode |= Others;
        return folder;
    }

    /// <summary>Gives a folder and all in it to a user, where we are root.</summary>
    public static async Task Give(DirectoryInfo folder, string user)
    {
        if (!Environment.IsPrivilegedProcess)
            return;
        var (exit, said) = await Peer.Run("chown", ["-R", $"{user}:{user}", folder.FullName]);
        Assert.True(exit == 0, said);
    }
}
