namespace IotOrleans.Bench;

/// <summary>Where the figures come from.</summary>
internal static class Machine
{
    public static string Name =>
        $"{Environment.ProcessorCount} cores of {Processor}, {Environment.OSVersion}, .NET {Environment.Version}";

    /// <summary>What others did on it at the start: figures beside a high one are worth less.</summary>
    public static string Load => "load " + File.ReadAllText("/proc/loadavg").Split(' ')[0];

    private static string Processor =>
        File.ReadLines("/proc/cpuinfo")
            .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            ?.Split(':', 2)[1]
            .Trim()
        ?? "an unknown processor";
}
