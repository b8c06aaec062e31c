using System.Reflection;
using System.Security.Claims;
using System.Text.Encodings.Web;
using IotOrleans.Access;
using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Speakers;
using IotOrleans.Subscribers;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;

namespace IotOrleans.Tests.Speakers;

/// <summary>
/// The hub on real Kestrel and the speakers' grains behind it; a key is "role:device", or many devices.
/// </summary>
public sealed class SpeakerHouse : IAsyncDisposable
{
    private WebApplication _app = null!;

    public static readonly Subscribers.Msisdn Number = new("79161234567");

    public FakeTime Time { get; } = new();

    public TestCalls Calls { get; } = new();

    public CountingStorage Storage { get; } = new(new MemoryGrainStorage());

    public IGrainFactory Grains => _app.Services.GetRequiredService<IGrainFactory>();

    public FrontEnd FrontEnd => _app.Services.GetRequiredService<FrontEnd>();

    public Uri Address { get; private set; } = null!;

    public static async Task<SpeakerHouse> Open()
    {
        var house = new SpeakerHouse();
        await house.Start("http://127.0.0.1:0");
        return house;
    }

    /// <summary>Ends the process, so to speak, and begins another on the same rows and at the same address.</summary>
    public async Task Restart()
    {
        await Stop();
        await Start(Address.ToString());
    }

    public Task<SpeakerClient> Speaker(string device) => SpeakerClient.Connect(Address, $"Device:{device}");

    public ISpeakerGrain Grain(string device) => Grains.Speaker(new(device));

    /// <summary>A call comes in and rings on these speakers.</summary>
    public async Task<CallId> Ring(string? caller, string? name, params string[] devices)
    {
        var id = new CallId(Guid.NewGuid());
        Calls.Targets[id] = [.. devices.Select(device => new DeviceId(device))];
        await Grains.CallLeg(id).Arrive(new(id, "test", Number, caller ?? "", name, "trace"));
        return id;
    }

    /// <summary>Somebody is at the door.</summary>
    public async Task<CallId> RingAtTheDoor(string door, string? picture, string device)
    {
        var id = new CallId(Guid.NewGuid());
        Calls.Targets[id] = [new(device)];
        Calls.Doors[id] = new(SnapshotUrl: picture);
        await Grains.CallLeg(id).Arrive(new(id, "test", Number, "", door, "trace"));
        return id;
    }

    public Task End(CallId call, string cause = "ORIGINATOR_CANCEL") => Grains.CallLeg(call).HangUp(cause);

    /// <summary>Everything that was told to this speaker before has arrived when this returns.</summary>
    public async Task Settled(SpeakerClient speaker, string device)
    {
        var mark = Guid.NewGuid().ToString();
        await Grain(device).Tell(new CommandNotice(mark, "mark", null));
        while ((await speaker.Hears<Command>()).CommandId != mark) { }
    }

    public async ValueTask DisposeAsync() => await Stop();

    private async Task Start(string address)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls(address);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddSingleton(Calls);
        builder.Services.AddSingleton<SpeakerFigures>();
        builder.Services.AddSingleton(new NumberPlan("RU"));
        builder.Services.AddKeyedSingleton<IGrainStorage>("Default", Storage);
        builder.Services.AddGrainEngine(null, new SpeakersOnly(), typeof(TestLegGrain).Assembly);
        builder.Services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, KeyHandler>("test", null);
        builder.Services.AddSpeakers();
        _app = builder.Build();
        _app.UseRouting();
        _app.UseWebSockets();
        _app.UseAuthentication();
        _app.UseAuthorization();
        _app.MapSpeakers();
        await _app.StartAsync();
        Address = new(
            _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()
        );
    }

    private async Task Stop()
    {
        var stopped = _app.StopAsync();
        while (!stopped.IsCompleted)
        {
            Time.Advance(TimeSpan.FromMilliseconds(10));
            await Task.Yield();
        }
        await stopped;
        await _app.DisposeAsync();
    }

    /// <summary>The product's grains of this slice alone: the call leg is the test's own.</summary>
    private sealed class SpeakersOnly : Assembly
    {
        public override Type[] GetTypes() =>
            Array.FindAll(typeof(SpeakerFigures).Assembly.GetTypes(), type => type.Namespace == "IotOrleans.Speakers");
    }

    private sealed class KeyHandler(
        IOptionsMonitor<AuthenticationSchemeOptions> options,
        ILoggerFactory log,
        UrlEncoder encoder
    ) : AuthenticationHandler<AuthenticationSchemeOptions>(options, log, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            var bearer = Request.Headers.Authorization.ToString();
            var key = bearer.StartsWith("Bearer ", StringComparison.Ordinal)
                ? bearer[7..]
                : Request.Query["access_token"].ToString();
            if (key.Split(':', 2) is not [var role, var devices] || !Enum.TryParse<Role>(role, out var known))
                return Task.FromResult(AuthenticateResult.NoResult());
            var caller = new Caller(key, known, [.. devices.Split(',').Select(device => new DeviceId(device))]);
            var identity = new ClaimsIdentity(SpeakerIdentity.ClaimsOf(caller), Scheme.Name);
            return Task.FromResult(AuthenticateResult.Success(new(new(identity), Scheme.Name)));
        }
    }
}
