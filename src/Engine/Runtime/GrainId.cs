namespace Orleans.Runtime;

/// <summary>
/// The kind of a grain: its class name in lower case without "Grain", or what <see cref="GrainTypeAttribute"/> says.
/// </summary>
public readonly record struct GrainType(string Value)
{
    public static GrainType Create(string value) => new(value);

    public override string ToString() => Value;
}

/// <summary>The key part of a grain's identity.</summary>
public readonly record struct IdSpan(string Value)
{
    public static IdSpan Create(string value) => new(value);

    public override string ToString() => Value;
}

/// <summary>Which grain: type and key, written <c>type/key</c>.</summary>
public readonly record struct GrainId(GrainType Type, IdSpan Key)
{
    // Each call looks its grain up by it: worked out once for each reference, so the two parts never change.
    private readonly int _hash = HashCode.Combine(Type.Value, Key.Value);

    public GrainType Type { get; } = Type;

    public IdSpan Key { get; } = Key;

    public static GrainId Create(GrainType type, IdSpan key) => new(type, key);

    public static GrainId Create(string type, string key) => new(new(type), new(key));

    /// <exception cref="FormatException">The text has no slash.</exception>
    public static GrainId Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0
            ? Create(text[..slash], text[(slash + 1)..])
            : throw new FormatException($"'{text}' is no grain id.");
    }

    public bool Equals(GrainId other) => _hash == other._hash && Key == other.Key && Type == other.Type;

    public override int GetHashCode() => _hash;

    public override string ToString() => $"{Type}/{Key}";
}
