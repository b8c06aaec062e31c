using System.ComponentModel.DataAnnotations;

namespace IotOrleans.Hosting;

/// <summary>Which part of the house this process is.</summary>
public enum Role
{
    /// <summary>Everything in one process.</summary>
    All,

    /// <summary>Grains and lines to the switches; no door for the world but health.</summary>
    Silo,

    /// <summary>The door: HTTP and speakers, a client of the silos.</summary>
    Api,
}

/// <summary>What concerns the whole process; its members stand at the root of the configuration.</summary>
public sealed class HouseOptions
{
    public Role Role { get; set; } = Role.All;

    /// <summary>Where the private database lies when no connection string is given. IOT_DATA or --data.</summary>
    public string? Data { get; set; }

    /// <summary>The cluster's name, and the owner of grain state.</summary>
    [Required]
    public string ServiceId { get; set; } = "iotorleans";
}

/// <summary>Reading of numbers. Section "NumberPlan".</summary>
public sealed class NumberPlanOptions
{
    /// <summary>ISO 3166 code of the country whose national forms are understood.</summary>
    [Required]
    public string DefaultCountry { get; set; } = "RU";
}
