using System.Reflection;

namespace IotOrleans.Bench;

/// <summary>A reference of the kind that a source generator would make: no array, no box, nothing looked up.</summary>
internal sealed class TypedEcho(GrainId id, GrainEngine engine) : IEchoGrain
{
    private static readonly MethodPlan Plan = MethodPlan.For(typeof(IEchoGrain).GetMethod(nameof(Echo))!);

    private Activation? _last;

    public Task<int> Echo(int value)
    {
        var call = new EchoCall(Plan, value);
        engine.Send(id, call, ref _last);
        return call.Typed;
    }

    private sealed class EchoCall(MethodPlan plan, int value) : AnsweredCall(plan)
    {
        public override Task Begin(object grain) => ((IEchoGrain)grain).Echo(value);
    }
}

/// <summary>A proxy that calls by reflection, as the first thing that works would.</summary>
public class ReflectedEcho : DispatchProxy
{
    private GrainId _id;
    private GrainEngine _engine = null!;
    private Activation? _last;

    internal static IEchoGrain Make(GrainId id, GrainEngine engine)
    {
        var made = Create<IEchoGrain, ReflectedEcho>();
        var proxy = (ReflectedEcho)(object)made;
        (proxy._id, proxy._engine) = (id, engine);
        return made;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var call = new ReflectedCall(targetMethod!, args!);
        _engine.Send(_id, call, ref _last);
        return call.Typed;
    }

    private sealed class ReflectedCall(MethodInfo method, object?[] arguments) : AnsweredCall(MethodPlan.For(method))
    {
        public override Task Begin(object grain) => (Task)method.Invoke(grain, arguments)!;
    }
}

/// <summary>What <c>Call&lt;int&gt;</c> of the engine is, open for another way to begin.</summary>
internal abstract class AnsweredCall(MethodPlan plan) : Call(plan, [])
{
    private readonly TaskCompletionSource<int> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<int> Typed => _answer.Task;

    public override bool IsAnswered => _answer.Task.IsCompleted;

    public override Task Answer => _answer.Task;

    public override void Complete(Task finished)
    {
        if (finished.IsCompletedSuccessfully)
            _answer.TrySetResult(((Task<int>)finished).Result);
        else
            _answer.TrySetException(finished.Exception!.InnerExceptions);
    }

    public override void Fail(Exception trouble) => _answer.TrySetException(trouble);
}
