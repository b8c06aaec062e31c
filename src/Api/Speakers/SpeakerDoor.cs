using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;

namespace IotOrleans.Speakers;

/// <summary>
/// What stands before every call of a speaker: it may not call too often, and it always gets an answer.
/// </summary>
internal sealed partial class SpeakerDoor(FrontEnd frontEnd, TimeProvider clock, ILogger<SpeakerDoor> log) : IHubFilter
{
    public async ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext invocationContext,
        Func<HubInvocationContext, ValueTask<object?>> next
    )
    {
        var id = invocationContext.Context.ConnectionId;
        if (frontEnd.Find(id)?.Allows(clock) != true)
            return SpeakerReply.Unavailable;
        try
        {
            return await next(invocationContext);
        }
#pragma warning disable CA1031 // Whatever went wrong behind it, a speaker needs an answer that it can act on.
        catch (Exception trouble)
#pragma warning restore CA1031
        {
            LogFailed(trouble, invocationContext.HubMethodName, id);
            return SpeakerReply.Unavailable;
        }
    }

    [LoggerMessage(LogLevel.Error, "{Method} of connection {Connection} failed")]
    private partial void LogFailed(Exception trouble, string method, string connection);
}
