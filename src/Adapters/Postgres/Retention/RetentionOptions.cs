using System.ComponentModel.DataAnnotations;

namespace IotOrleans.Retention;

/// <summary>How many days of what is kept. Section "Retention". 0: for ever.</summary>
public sealed class RetentionOptions : IValidatableObject
{
    public const int DaysMax = 36_500;

    /// <summary>
    /// A repeat of an event is known for what it is for so long, and a cooldown is judged by what is kept: a cooldown
    /// lasts a day at most, and who tells again what was not answered does so for days.
    /// </summary>
    public const int EventDaysMin = 7;

    /// <summary>A process that was cut off from the database for less has heard of all that ended.</summary>
    public const int MaskDaysMin = 7;

    /// <summary>Events, and what came of them: closed incidents, calls that are over, settled postings.</summary>
    public int EventDays { get; set; } = 400;

    /// <summary>Records of calls, ours and the switches'. Operators are bound by law to keep them.</summary>
    public int CdrDays { get; set; }

    /// <summary>The audit log.</summary>
    public int AuditDays { get; set; }

    /// <summary>Files of masks: their lines, if they were never applied, their rejects, and that they were.</summary>
    public int ImportDays { get; set; } = 30;

    /// <summary>Masks and sessions that have ended; they tell who was behind the number of a call.</summary>
    public int MaskDays { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        from setting in Bounds()
        where setting.Days != 0 && (setting.Days < setting.Least || setting.Days > DaysMax)
        select new ValidationResult(
            $"Retention__{setting.Name} is {setting.Days}: 0 is for ever, "
                + $"else it is {setting.Least} to {DaysMax} days.",
            [setting.Name]
        );

    private (string Name, int Days, int Least)[] Bounds() =>
        [
            (nameof(EventDays), EventDays, EventDaysMin),
            (nameof(CdrDays), CdrDays, 1),
            (nameof(AuditDays), AuditDays, 1),
            (nameof(ImportDays), ImportDays, 1),
            (nameof(MaskDays), MaskDays, MaskDaysMin),
        ];
}
