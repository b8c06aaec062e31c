using System.Globalization;

namespace IotOrleans.FreeSwitch;

/// <summary>A question that is answered with keys.</summary>
/// <param name="File">The sound that asks.</param>
public sealed record DigitPrompt(string File)
{
    private const string VariablePrefix = "digits_";

    public int DigitsMin { get; init; } = 1;
    public int DigitsMax { get; init; } = 1;

    /// <summary>How often it is asked.</summary>
    public int Tries { get; init; } = 2;

    /// <summary>Silence after the prompt before the next try.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The argument of <c>play_and_get_digits</c>. The variable has a fresh name each time, because the switch keeps
    /// the digits of earlier prompts, and its own "success" is also said of digits that do not fit.
    /// </summary>
    internal string Argument(Guid prompt)
    {
        var file = EslQuoting.File(File);
        if (file.Contains(' ', StringComparison.Ordinal))
            throw new ArgumentException("The sound of a prompt for digits cannot have a space in its name.");
        var ms = (int)Patience.TotalMilliseconds;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{DigitsMin} {DigitsMax} {Tries} {ms} # {file} silence_stream://50 {Variable(prompt.ToString())} \\d+ {ms}"
        );
    }

    /// <summary>
    /// What was collected, judged by the presence of the variable alone; null when nothing valid was.
    /// </summary>
    internal static string? Collected(EslEvent change) => change.Variable(Variable(change["Application-UUID"] ?? ""));

    private static string Variable(string prompt) => VariablePrefix + prompt.Replace("-", "", StringComparison.Ordinal);
}
