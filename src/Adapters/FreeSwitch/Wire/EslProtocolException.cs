namespace IotOrleans.FreeSwitch;

/// <summary>The peer sent bytes that no Event Socket sends. The stream cannot be trusted any more.</summary>
public sealed class EslProtocolException(string message, Exception? cause = null) : Exception(message, cause);
