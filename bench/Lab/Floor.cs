namespace IotOrleans.Bench;

/// <summary>The floor program in one of its three forms: events, hub, bare.</summary>
internal static class Floor
{
    public static Task<ServerProcess> Start(Lab lab, string database, string form, params string[] more)
    {
        var port = Lab.FreePort();
        return lab.Start("IotOrleans.Floor.dll", port, database, "/", [form, $"{port}", .. more]);
    }
}
