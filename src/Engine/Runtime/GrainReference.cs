using System.Collections.Concurrent;
using System.Reflection;

namespace Orleans.Runtime;

/// <summary>
/// A typed reference to a grain. The proxy is made by the runtime at first use of an interface; docs/decisions tells
/// what a source generator would have saved.
/// </summary>
public class GrainReference : DispatchProxy, IEquatable<GrainReference>
{
    // One of each interface, to copy: making a proxy takes a lock, two look-ups and reflection each time.
    private static readonly ConcurrentDictionary<Type, GrainReference> Patterns = new();

    private Activation? _last;

    public GrainId GrainId { get; private set; }

    internal GrainEngine Engine { get; private set; } = null!;

    public override bool Equals(object? obj) => Equals(obj as GrainReference);

    public bool Equals(GrainReference? other) => other is not null && other.GrainId == GrainId;

    public override int GetHashCode() => GrainId.GetHashCode();

    public override string ToString() => GrainId.ToString();

    internal static object Make(Type type, GrainId id, GrainEngine engine)
    {
        var pattern = Patterns.GetOrAdd(type, static type => (GrainReference)Create(type, typeof(GrainReference)));
        var made = (GrainReference)pattern.MemberwiseClone();
        (made.GrainId, made.Engine) = (id, engine);
        return made;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var plan = MethodPlan.For(targetMethod!);
        var call = plan.NewCall(args ?? [], Engine.Options.Answering);
        Engine.Send(GrainId, call, ref _last);
        return plan.Reply(call);
    }
}
