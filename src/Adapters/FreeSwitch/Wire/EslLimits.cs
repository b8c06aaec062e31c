namespace IotOrleans.FreeSwitch;

/// <summary>How much of one frame we are willing to hold. Beyond it the stream is refused, never buffered.</summary>
public sealed record EslLimits
{
    public static EslLimits Default { get; } = new();

    /// <summary>
    /// Bytes of one header block. The largest that was recorded, the reply to <c>connect</c>, has 10 KB.
    /// </summary>
    public int HeaderBytesMax { get; init; } = 256 * 1024;

    /// <summary>Lines of one header block. A busy channel has about 250.</summary>
    public int HeaderLinesMax { get; init; } = 2_000;

    /// <summary>Bytes of one body. <c>show channels as json</c> takes about 900 bytes a channel.</summary>
    public int BodyBytesMax { get; init; } = 32 * 1024 * 1024;
}
