namespace Orleans.Runtime;

/// <summary>Trouble of the engine itself, as opposed to trouble inside a grain.</summary>
public class OrleansException : Exception
{
    public OrleansException() { }

    public OrleansException(string message)
        : base(message) { }

    public OrleansException(string message, Exception innerException)
        : base(message, innerException) { }
}

/// <summary>Too many calls wait for one grain; this one was not taken.</summary>
public sealed class LimitExceededException : OrleansException
{
    public LimitExceededException() { }

    public LimitExceededException(string message)
        : base(message) { }

    public LimitExceededException(string message, Exception innerException)
        : base(message, innerException) { }
}

/// <summary>
/// A call that could only wait for itself was refused. Embedded engine only: Orleans lets it time out.
/// </summary>
public sealed class CallChainDeadlockException : OrleansException
{
    public CallChainDeadlockException() { }

    public CallChainDeadlockException(string message)
        : base(message) { }

    public CallChainDeadlockException(string message, Exception innerException)
        : base(message, innerException) { }
}

/// <summary>The engine is stopping, or has stopped; nothing new is taken.</summary>
public sealed class SiloUnavailableException : OrleansException
{
    public SiloUnavailableException()
        : base("The grain engine is stopping.") { }

    public SiloUnavailableException(string message)
        : base(message) { }

    public SiloUnavailableException(string message, Exception innerException)
        : base(message, innerException) { }
}

public enum DeactivationReasonCode
{
    None,
    ShuttingDown,
    ActivationIdle,
    ActivationFailed,
    ApplicationRequested,
    ApplicationError,
}

/// <summary>Why a grain is put to sleep.</summary>
public readonly record struct DeactivationReason(DeactivationReasonCode ReasonCode, string Description);
