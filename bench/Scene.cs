namespace IotOrleans.Bench;

/// <summary>What every bench gets: where to work, whom to tell, and how long it may take.</summary>
internal sealed record Scene(Lab Lab, Report Report, bool IsQuick)
{
    /// <summary>Of product and floor, in alternation.</summary>
    public int Rounds => IsQuick ? 1 : 5;
}

internal interface IBench
{
    Task Run();
}
