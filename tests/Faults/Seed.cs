using System.Globalization;

namespace IotOrleans.Tests;

/// <summary>Where chance comes from in a test: told, so that it can be had again with <c>IOT_SEED</c>.</summary>
internal static class Seed
{
    public static int Next(ITestOutputHelper output)
    {
        var given = Environment.GetEnvironmentVariable("IOT_SEED");
        var seed = given is { Length: > 0 } ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"IOT_SEED={seed}");
        return seed;
    }
}
