using System.Reflection;

namespace IotOrleans.Hosting;

/// <summary>Which build of the product this is.</summary>
internal static class Build
{
    public static string Version { get; } =
        typeof(Build).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
