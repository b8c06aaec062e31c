using System.Threading.Channels;
using IotOrleans.Speakers;

namespace IotOrleans.Tests.Speakers;

/// <summary>A front-end that keeps what it is told, as "connection: notice".</summary>
public sealed class Ear(IGrainFactory grains) : ISpeakerObserver
{
    private readonly Channel<(string Connection, SpeakerNotice Notice)> _heard = Channel.CreateUnbounded<(
        string,
        SpeakerNotice
    )>();
    private ISpeakerObserver? _self;

    public ISpeakerObserver Self => _self ??= grains.CreateObjectReference<ISpeakerObserver>(this);

    public void Deafen() => grains.DeleteObjectReference<ISpeakerObserver>(Self);

    public Task Hear(string connectionId, SpeakerNotice notice)
    {
        _heard.Writer.TryWrite((connectionId, notice));
        return Task.CompletedTask;
    }

    public async Task<(string Connection, SpeakerNotice Notice)> Next() =>
        await _heard.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
}
