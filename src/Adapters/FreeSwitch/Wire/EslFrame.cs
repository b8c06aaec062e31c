using System.Text;

namespace IotOrleans.FreeSwitch;

/// <summary>One message of the switch: a header block and exactly the body bytes that it announced.</summary>
public sealed class EslFrame(EslHeaders headers, ReadOnlyMemory<byte> body)
{
    public EslHeaders Headers { get; } = headers;
    public ReadOnlyMemory<byte> Body { get; } = body;
    public string ContentType => Headers["Content-Type"] ?? "";
    public string BodyText => Encoding.UTF8.GetString(Body.Span);
    public bool IsEvent => ContentType.StartsWith("text/event-", StringComparison.OrdinalIgnoreCase);
    public bool IsReply => ContentType is "command/reply" or "api/response";

    /// <summary>
    /// The answer to <c>connect</c> is a reply that carries a whole percent-encoded event in its headers.
    /// </summary>
    public bool IsConnectReply => ContentType == "command/reply" && Headers["Event-Name"] is not null;
}
