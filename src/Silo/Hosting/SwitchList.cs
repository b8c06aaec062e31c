using System.ComponentModel.DataAnnotations;
using IotOrleans.FreeSwitch;

namespace IotOrleans.Hosting;

/// <summary>
/// The switches of the configuration: those of <c>FreeSwitch:Switches</c>, each with what section <c>FreeSwitch</c>
/// itself says where it says nothing, or the one that section describes. Every silo is given the same list.
/// </summary>
internal static class SwitchList
{
    public const int SwitchesMax = 64;

    public static bool IsGiven(IConfiguration configuration) =>
        !string.IsNullOrEmpty(configuration["FreeSwitch:Host"])
        || configuration.GetSection("FreeSwitch:Switches").GetChildren().Any();

    /// <exception cref="HouseException">Two have one name, or there are too many.</exception>
    public static FreeSwitchOptions[] Read(IConfiguration configuration)
    {
        var common = configuration.GetSection("FreeSwitch");
        IConfigurationSection?[] each = [.. common.GetSection("Switches").GetChildren()];
        FreeSwitchOptions[] all = [.. (each is [] ? [null] : each).Select(one => Read(common, one))];
        if (all.Length > SwitchesMax)
            throw new HouseException($"FreeSwitch__Switches names {all.Length} switches; at most {SwitchesMax} work.");
        if (all.GroupBy(one => one.Name).FirstOrDefault(names => names.Count() > 1) is { } twice)
        {
            throw new HouseException(
                $"Two switches are called '{twice.Key}': give each a FreeSwitch__Switches__N__Name of its own."
            );
        }
        return all;
    }

    private static FreeSwitchOptions Read(IConfiguration common, IConfiguration? own)
    {
        var options = new FreeSwitchOptions();
        common.Bind(options);
        own?.Bind(options);
        Validator.ValidateObject(options, new(options), validateAllProperties: true);
        return options;
    }
}
