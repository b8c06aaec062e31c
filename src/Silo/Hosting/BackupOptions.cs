using System.ComponentModel.DataAnnotations;

namespace IotOrleans.Hosting;

/// <summary>The daily backup. Section "Backup". Without a folder there is none.</summary>
public sealed class BackupOptions
{
    public string? Folder { get; set; }

    /// <summary>UTC.</summary>
    [Range(0, 23)]
    public int Hour { get; set; } = 3;

    /// <summary>How many are kept; older ones are removed once a new one is whole.</summary>
    [Range(1, 3_660)]
    public int Keep { get; set; } = 14;

    /// <summary>A folder that is put beside the database as an archive: the configuration of the switches.</summary>
    public string? Configuration { get; set; }

    /// <summary>One that takes longer has failed.</summary>
    [Range(1, 1_440)]
    public int MinutesMax { get; set; } = 120;
}
