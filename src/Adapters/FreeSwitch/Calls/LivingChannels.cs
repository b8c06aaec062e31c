using IotOrleans.FreeSwitch;

namespace IotOrleans.Calls;

/// <summary>
/// The list of living channels, asked for once by all who ask within a moment: after a reconnect every leg wants to
/// know at the same time. Only while the line holds: who hangs up during a break is heard of by nobody.
/// </summary>
internal sealed class LivingChannels(FreeSwitchLink link, TimeProvider clock)
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private Task<Dictionary<Guid, LiveChannel>>? _list;
    private DateTimeOffset _askedAt;
    private int _askedOn;

    /// <exception cref="EslLostException">The switch cannot be asked now.</exception>
    public async Task<LiveChannel?> Find(Guid channel) => (await List()).GetValueOrDefault(channel);

    private Task<Dictionary<Guid, LiveChannel>> List()
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            var connection = link.Connections;
            if (_list is null || _list.IsFaulted || now - _askedAt > Moment || connection != _askedOn)
                (_list, _askedAt, _askedOn) = (Ask(), now, connection);
            return _list;
        }
    }

    private async Task<Dictionary<Guid, LiveChannel>> Ask()
    {
        var found = new Dictionary<Guid, LiveChannel>();
        foreach (var channel in await link.Channels().ConfigureAwait(false))
            found[channel.Uuid] = channel;
        return found;
    }
}
