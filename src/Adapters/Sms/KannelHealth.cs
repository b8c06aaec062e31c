using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace IotOrleans.Actions;

/// <summary>Whether the SMS gateway takes connections. Asked again after a moment only, whoever asks us.</summary>
public sealed class KannelHealth(IOptions<KannelOptions> options, TimeProvider clock) : IHealthPart
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    private volatile Task<PartHealth>? _last;
    private long _askedAt;

    public async ValueTask<PartHealth> Check(CancellationToken cancellation)
    {
        if (_last is { } last && clock.GetElapsedTime(Interlocked.Read(ref _askedAt)) < Fresh)
            return await last;
        Interlocked.Exchange(ref _askedAt, clock.GetTimestamp());
        return await (_last = Ask());
    }

    private async Task<PartHealth> Ask()
    {
        var url = options.Value.Url!;
        using var late = new CancellationTokenSource(Patience, clock);
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync(url.Host, url.Port, late.Token);
            return new(Alerts.AlertDesk.SmsCentre, PartStatus.Up, Needed: false, url.Host);
        }
        catch (Exception trouble) when (trouble is SocketException or OperationCanceledException)
        {
            return new(Alerts.AlertDesk.SmsCentre, PartStatus.Down, Needed: false, "cannot be reached");
        }
    }
}
