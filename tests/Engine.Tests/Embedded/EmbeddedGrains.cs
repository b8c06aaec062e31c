namespace IotOrleans.Tests.Engine;

public interface IChainGrain : IGrainWithStringKey
{
    Task Visit(string[] rest);

    Task TellBack(string other, string gate);

    Task TellAll(string[] others, string gate);
}

public sealed class ChainGrain : Grain, IChainGrain
{
    public Task Visit(string[] rest) =>
        rest.Length == 0 ? Task.CompletedTask : GrainFactory.GetGrain<IChainGrain>(rest[0]).Visit(rest[1..]);

    public async Task TellBack(string other, string gate)
    {
        await GrainFactory.GetGrain<ICounterGrain>(other).Tell(gate);
        await GrainFactory.GetGrain<ICounterGrain>(other).Add(1);
    }

    public async Task TellAll(string[] others, string gate)
    {
        foreach (var other in others)
            await GrainFactory.GetGrain<ICounterGrain>(other).Tell(gate);
    }
}

public interface IClockGrain : IGrainWithStringKey
{
    Task StartTimer(TimeSpan due, TimeSpan period, bool keepAlive);

    Task StopTimer();

    Task WaitFor(string gate);

    Task<int> Ticks();

    Task<string> ActivationId();

    Task Remind(string name, TimeSpan due, TimeSpan period);

    Task Forget(string name);
}

public sealed class ClockGrain([PersistentState("ticks")] IPersistentState<Count> ticks)
    : Grain,
        IClockGrain,
        IRemindable
{
    private readonly string _activation = Guid.NewGuid().ToString();
    private IGrainTimer? _timer;

    public Task StartTimer(TimeSpan due, TimeSpan period, bool keepAlive)
    {
        _timer = this.RegisterGrainTimer(
            _ => Tick(),
            new GrainTimerCreationOptions(due, period) { KeepAlive = keepAlive }
        );
        return Task.CompletedTask;
    }

    public Task StopTimer()
    {
        _timer!.Dispose();
        return Task.CompletedTask;
    }

    public Task WaitFor(string gate) => Gates.Pass(gate);

    public Task<int> Ticks() => Task.FromResult(ticks.State.Value);

    public Task<string> ActivationId() => Task.FromResult(_activation);

    public Task Remind(string name, TimeSpan due, TimeSpan period) => this.RegisterOrUpdateReminder(name, due, period);

    public async Task Forget(string name) => await this.UnregisterReminder((await this.GetReminder(name))!);

    public Task ReceiveReminder(string reminderName, TickStatus status) => Tick();

    private async Task Tick()
    {
        ticks.State = new() { Value = ticks.State.Value + 1 };
        await ticks.WriteStateAsync();
    }
}
