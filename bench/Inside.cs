using IotOrleans.Hosting;

namespace IotOrleans.Bench;

/// <summary>
/// Parts of benches that look at the product from within: the whole house in a fresh process, so that what is weighed
/// is the house and nothing else.
/// </summary>
internal static class Inside
{
    public static async Task<int> Run(string part, string[] arguments)
    {
        await using var house = await House.Start(Product.Arguments(Lab.FreePort()));
        var services = house.App!.Services;
        await (
            part switch
            {
                "register" => Population.Register(services, int.Parse(arguments[0], null)),
                "rules" => Population.Rules(services, int.Parse(arguments[0], null)),
                "awake" => Population.Wake(services, int.Parse(arguments[0], null), int.Parse(arguments[1], null)),
                _ => throw new ArgumentException($"There is no part {part}."),
            }
        );
        return 0;
    }

    /// <summary>What the part said: lines of a name and numbers.</summary>
    public static async Task<Dictionary<string, double[]>> Ask(string database, string part, params string[] arguments)
    {
        using var process = ServerProcess.Start("IotOrleans.Bench.dll", 0, database, ["--inside", part, .. arguments]);
        var said = await process.Ends();
        return said.Where(line => line.StartsWith("= ", StringComparison.Ordinal))
            .Select(line => line.Split(' '))
            .GroupBy(words => words[1], words => double.Parse(words[2], null))
            .ToDictionary(group => group.Key, group => group.ToArray());
    }

    public static void Tell(string name, double value) =>
        Console.WriteLine(FormattableString.Invariant($"= {name} {value}"));
}
