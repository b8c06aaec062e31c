using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Storage;

namespace IotOrleans.Tests.Engine;

/// <summary>The embedded engine in one process, with state in memory and a clock that stands still.</summary>
public sealed class GrainHost : IAsyncLifetime
{
    public const int OvertakingValue = 1000;

    private readonly MemoryGrainStorage _storage = new();
    private readonly MemoryReminderTable _reminders = new();
    private IHost _host = null!;

    public FakeTime Time { get; } = new();

    public Action<GrainEngineOptions> Configure { get; init; } = _ => { };

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public IServiceProvider Services => _host.Services;

    public ValueTask InitializeAsync() => Start();

    public async ValueTask Start()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddKeyedSingleton<IGrainStorage>("Default", _storage);
        builder.Services.AddSingleton<IReminderTable>(_reminders);
        builder.Services.AddGrainEngine(Configure, typeof(GrainHost).Assembly);
        _host = builder.Build();
        await _host.StartAsync();
    }

    /// <summary>Stops everything and starts again on the same rows.</summary>
    public async Task Restart()
    {
        await DisposeAsync();
        await Start();
    }

    /// <summary>Writes the state of a counter behind the back of its activation, as another silo would.</summary>
    public void OvertakeWrite(string key)
    {
        var row = new Row();
        var id = Grains.GetGrain<ICounterGrain>(key).GetGrainId();
        _storage.ReadStateAsync("count", id, row).GetAwaiter().GetResult();
        row.State = new() { Value = OvertakingValue };
        _storage.WriteStateAsync("count", id, row).GetAwaiter().GetResult();
    }

    public async ValueTask DisposeAsync()
    {
        var stopped = _host.StopAsync();
        while (!stopped.IsCompleted)
        {
            Time.Advance(TimeSpan.FromMilliseconds(10));
            await Task.Yield();
        }
        await stopped;
        _host.Dispose();
    }

    private sealed class Row : IGrainState<Count>
    {
        public Count State { get; set; } = new();

        public string? ETag { get; set; }

        public bool RecordExists { get; set; }
    }
}
