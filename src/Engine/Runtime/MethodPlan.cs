using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using Orleans.Concurrency;

namespace Orleans.Runtime;

/// <summary>What the engine knows of one method of a grain interface, found once.</summary>
internal sealed class MethodPlan
{
    private static readonly ConcurrentDictionary<MethodInfo, MethodPlan> Known = new();

    private readonly Func<MethodPlan, object?[], TaskCreationOptions, Call> _make;
    private readonly object? _noAnswer;
    private readonly bool _isValueTask;
    private readonly Func<Task, object>? _asValueTask;

    private MethodPlan(MethodInfo method)
    {
        Name = $"{method.DeclaringType!.Name}.{method.Name}";
        IsOneWay = method.IsDefined(typeof(OneWayAttribute)) || method.ReturnType == typeof(void);
        Interleaves = method.IsDefined(typeof(AlwaysInterleaveAttribute));
        Invoke = Compile(method);
        _make = Maker(method.ReturnType);
        _noAnswer =
            method.ReturnType == typeof(Task) ? Task.CompletedTask
            : method.ReturnType == typeof(ValueTask) ? default(ValueTask)
            : null;
        _isValueTask = method.ReturnType.IsValueType && method.ReturnType != typeof(void);
        if (_isValueTask)
            _asValueTask = ValueTaskOf(method.ReturnType);
    }

    public string Name { get; }

    public bool IsOneWay { get; }

    public bool Interleaves { get; }

    /// <summary>Calls the method; the task it returns, boxed as it is.</summary>
    public Func<object, object?[], Task> Invoke { get; }

    public static MethodPlan For(MethodInfo method) => Known.GetOrAdd(method, static method => new(method));

    /// <param name="answering">How whoever waits goes on when the answer is there.</param>
    public Call NewCall(
        object?[] arguments,
        TaskCreationOptions answering = TaskCreationOptions.RunContinuationsAsynchronously
    ) => _make(this, arguments, answering);

    /// <summary>What the caller gets in hand: the answer to come, or nothing to wait for.</summary>
    public object? Reply(Call call) =>
        IsOneWay ? _noAnswer
        : _isValueTask ? _asValueTask!(call.Answer)
        : call.Answer;

    private static Func<MethodPlan, object?[], TaskCreationOptions, Call> Maker(Type returns)
    {
        if (returns == typeof(Task) || returns == typeof(void) || returns == typeof(ValueTask))
        {
            return static (plan, arguments, answering) => new Call<bool>(plan, arguments, answering);
        }
        var result = returns.GetGenericArguments()[0];
        var constructor = typeof(Call<>).MakeGenericType(result).GetConstructors()[0];
        var plan = Expression.Parameter(typeof(MethodPlan));
        var arguments = Expression.Parameter(typeof(object?[]));
        var answering = Expression.Parameter(typeof(TaskCreationOptions));
        return Expression
            .Lambda<Func<MethodPlan, object?[], TaskCreationOptions, Call>>(
                Expression.New(constructor, plan, arguments, answering),
                plan,
                arguments,
                answering
            )
            .Compile();
    }

    private static Func<Task, object> ValueTaskOf(Type returns)
    {
        if (returns == typeof(ValueTask))
            return static task => new ValueTask(task);
        var task = Expression.Parameter(typeof(Task));
        var typed = typeof(Task<>).MakeGenericType(returns.GetGenericArguments());
        var made = Expression.New(returns.GetConstructor([typed])!, Expression.Convert(task, typed));
        return Expression.Lambda<Func<Task, object>>(Expression.Convert(made, typeof(object)), task).Compile();
    }

    private static Func<object, object?[], Task> Compile(MethodInfo method)
    {
        var target = Expression.Parameter(typeof(object));
        var arguments = Expression.Parameter(typeof(object?[]));
        var parameters = method
            .GetParameters()
            .Select(
                (parameter, index) =>
                    Expression.Convert(
                        Expression.ArrayIndex(arguments, Expression.Constant(index)),
                        parameter.ParameterType
                    )
            );
        var call = Expression.Call(Expression.Convert(target, method.DeclaringType!), method, parameters);
        return Expression.Lambda<Func<object, object?[], Task>>(AsTask(call), target, arguments).Compile();
    }

    private static Expression AsTask(MethodCallExpression call)
    {
        var returns = call.Type;
        if (returns == typeof(void))
            return Expression.Block(call, Expression.Constant(Task.CompletedTask, typeof(Task)));
        if (typeof(Task).IsAssignableFrom(returns))
            return Expression.Convert(call, typeof(Task));
        if (
            returns == typeof(ValueTask)
            || returns.IsGenericType && returns.GetGenericTypeDefinition() == typeof(ValueTask<>)
        )
        {
            return Expression.Convert(Expression.Call(call, nameof(ValueTask.AsTask), null), typeof(Task));
        }
        throw new NotSupportedException($"{call.Method.DeclaringType}.{call.Method.Name} must return a task.");
    }
}
