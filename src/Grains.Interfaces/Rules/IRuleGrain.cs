namespace IotOrleans.Rules;

/// <summary>
/// A rule as its author sees it. It lives where its facts arrive: in the device, the subscriber, or the rule book of a
/// type.
/// </summary>
[Alias("iot.IRuleGrain")]
public interface IRuleGrain : IGrainWithStringKey
{
    /// <summary>Makes or replaces the rule; when this returns, the next event meets it.</summary>
    /// <returns>UnknownReference with the field in Detail when a device or number it names does not exist.</returns>
    [Alias("Define")]
    Task<Answer<Rule>> Define(Rule rule, bool replace);

    [Alias("Look")]
    Task<Rule?> Look();

    [Alias("Remove")]
    Task<Refusal> Remove();
}
