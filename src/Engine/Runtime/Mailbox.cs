namespace Orleans.Runtime;

/// <summary>
/// Calls in the order in which they came, each holding on to the next: a grain that nobody waits for has nothing but
/// this. Whoever has it guards it.
/// </summary>
internal struct Mailbox
{
    private Call? _last;
    private int _interleaving;

    public Call? First { get; private set; }

    public int Count { get; private set; }

    /// <summary>Whether there is one that need not wait for the running one.</summary>
    public readonly bool HasInterleaving => _interleaving > 0;

    public void Add(Call call)
    {
        if (_last is null)
            First = call;
        else
            _last.Next = call;
        _last = call;
        Count++;
        if (call.MayInterleave)
            _interleaving++;
    }

    public Call? TakeFirst() => First is { } first ? Take(null, first) : null;

    /// <summary>The first that may interleave; those before it keep their places.</summary>
    public Call? TakeInterleaving()
    {
        if (!HasInterleaving)
            return null;
        Call? before = null;
        var call = First!;
        while (!call.MayInterleave)
            (before, call) = (call, call.Next!);
        return Take(before, call);
    }

    public Call[] TakeAll()
    {
        var all = new Call[Count];
        for (var index = 0; index < all.Length; index++)
            all[index] = TakeFirst()!;
        return all;
    }

    private Call Take(Call? before, Call call)
    {
        if (before is null)
            First = call.Next;
        else
            before.Next = call.Next;
        if (_last == call)
            _last = before;
        call.Next = null;
        Count--;
        if (call.MayInterleave)
            _interleaving--;
        return call;
    }
}
