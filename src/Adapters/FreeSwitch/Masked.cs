namespace IotOrleans.FreeSwitch;

/// <summary>What may be said of a number in a log.</summary>
public static class Masked
{
    /// <summary>The last two signs; everything before them becomes stars.</summary>
    public static string Number(string text) =>
        text.Length <= 2 ? new string('*', text.Length) : new string('*', text.Length - 2) + text[^2..];
}
