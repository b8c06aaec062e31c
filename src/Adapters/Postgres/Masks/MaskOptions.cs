using System.ComponentModel.DataAnnotations;

namespace IotOrleans.Masks;

/// <summary>Section "Masks".</summary>
public sealed class MaskOptions
{
    /// <summary>How long a shown number rests before somebody else may have it, in hours.</summary>
    [Range(0, 24 * 366)]
    public int QuarantineHours { get; set; } = 24;

    /// <summary>
    /// What callers of a shown number hear when nobody is behind it, before their call ends: a file of the switch, or a
    /// tone as it writes one. Empty: nothing, the call ends at once.
    /// </summary>
    // What the switch would expand is found at the start and not by the first caller.
    [RegularExpression(@"[^'{}\\$|""\r\n]*", ErrorMessage = "is not a file or a tone of the switch")]
    public string NotInUseSound { get; set; } = "";
}
