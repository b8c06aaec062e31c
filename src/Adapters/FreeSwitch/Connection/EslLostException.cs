namespace IotOrleans.FreeSwitch;

/// <summary>Why a connection ended, or never began.</summary>
public enum EslLoss
{
    /// <summary>Nobody listens there, or the line broke.</summary>
    SocketFailure,
    EndOfStream,

    /// <summary>The switch took leave: shutdown, reload, a wrong password, too slow a reader.</summary>
    DisconnectNotice,

    /// <summary>Our address is not on the switch's access list.</summary>
    RudeRejection,
    PasswordRefused,
    ProtocolError,

    /// <summary>
    /// A command was not answered in time. What comes later could not be told apart, so the line is dropped.
    /// </summary>
    NoReplyInTime,

    /// <summary>Our own side did not take the events in time. Dropping is loud; losing one would be silent.</summary>
    ConsumerTooSlow,
    ClosedByUs,
}

/// <summary>The connection to the switch is gone.</summary>
public sealed class EslLostException(EslLoss reason, string message, bool wasWritten = false, Exception? cause = null)
    : IOException(message, cause)
{
    public EslLoss Reason { get; } = reason;

    /// <summary>Bytes of the command may have reached the switch: whether it was carried out is not known.</summary>
    public bool WasWritten { get; } = wasWritten;

    internal EslLostException For(bool written) => new(Reason, Message, written, this);
}

/// <summary>Too many commands wait for their replies already, or it may not be said now. Nothing was sent.</summary>
public sealed class EslBusyException(string why) : IOException(why)
{
    internal EslBusyException(int pending)
        : this($"{pending} commands wait for the switch.") { }
}
