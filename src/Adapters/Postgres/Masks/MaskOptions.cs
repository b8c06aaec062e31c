using System.ComponentModel.DataAnnotations;

namespace IotOrleans.Masks;

/// <summary>Section "Masks".</summary>
public sealed class MaskOptions
{
    /// <summary>How long a shown number rests before somebody else may have it, in hours.</summary>
    [Range(0, 24 * 366)]
    public int QuarantineHours { get; set; } = 24;
}
