namespace IotOrleans.Calls;

/// <summary>Who waits for room at a switch.</summary>
public enum DialLine
{
    /// <summary>Nobody.</summary>
    None,

    /// <summary>Whoever is called about no alarm: an alarm goes before all of them.</summary>
    Ordinary,

    /// <summary>Also those who are called about an alarm: everybody waits.</summary>
    LifeSafety,
}
