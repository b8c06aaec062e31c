using Orleans.Runtime;

namespace Orleans;

/// <summary>Anything that can be called through a reference: a grain or an observer.</summary>
public interface IAddressable;

public interface IGrain : IAddressable;

/// <summary>A grain whose key is a string. The engine knows no other keys.</summary>
public interface IGrainWithStringKey : IGrain;

/// <summary>Something outside the grains that grains may tell things; its methods are one-way.</summary>
public interface IGrainObserver : IAddressable;

/// <summary>Where a grain stands: its identity, its services, its way to be put to sleep.</summary>
public interface IGrainContext
{
    GrainId GrainId { get; }

    object? GrainInstance { get; }

    IServiceProvider ActivationServices { get; }

    void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);
}

public interface IGrainBase
{
    IGrainContext GrainContext { get; }

    Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

    Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
}

/// <summary>The base of grain classes: one turn at a time, one activation for each key.</summary>
public abstract class Grain : IGrainBase, IAddressable
{
    private readonly Activation _activation =
        Activation.BeingBuilt
        ?? throw new InvalidOperationException("A grain is made by the engine when it is called, never by new.");

    public IGrainContext GrainContext => _activation;

    public string IdentityString => _activation.GrainId.ToString();

    protected IGrainFactory GrainFactory => _activation.Engine.Factory;

    protected IServiceProvider ServiceProvider => _activation.ActivationServices;

    internal Activation Activation => _activation;

    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    /// <summary>Sleep as soon as the present turn is over; calls that wait go to the next activation.</summary>
    protected void DeactivateOnIdle() =>
        _activation.Deactivate(new(DeactivationReasonCode.ApplicationRequested, "DeactivateOnIdle was called."));

    /// <summary>Stay awake for at least this long.</summary>
    protected void DelayDeactivation(TimeSpan timeSpan) => _activation.KeepAwake(timeSpan);
}
