namespace IotOrleans;

/// <summary>
/// One page of a list. The cursor is opaque to those who hold it and says where the next page begins.
/// </summary>
public sealed record Page<T>(T[] Items, long? Next)
{
    public Page<TSeen> Select<TSeen>(Func<T, TSeen> see) => new(Array.ConvertAll(Items, item => see(item)), Next);
}

/// <summary>Which page of a list, newest first: at most Limit rows that come after the position Before.</summary>
/// <param name="Limit">1 to 500.</param>
public readonly record struct PageRequest(int Limit, long? Before)
{
    public const int LimitDefault = 50;
    public const int LimitMax = 500;
}
