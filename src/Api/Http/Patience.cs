using Microsoft.Extensions.Logging;

namespace IotOrleans.Http;

/// <summary>
/// Asks a grain again while its silo is being replaced. Only for questions that may be asked twice. A silo that stands
/// still, or whose cable is out, answers nothing and refuses nothing: who waits for it asks again as soon as it
/// is known
/// to be gone, and takes whichever answer comes first.
/// </summary>
/// <param name="longest">
/// From then on nothing is asked anew; nothing is asked twice at all when there is no other silo that could answer.
/// </param>
public sealed partial class Patience(IGrainFactory grains, TimeProvider clock, TimeSpan longest, ILogger<Patience> log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>More than the silos that a cluster may lose while one question is open.</summary>
    private const int AtOnceMax = 4;

    private TaskCompletionSource _loss = Loss();

    /// <summary>A silo is gone: answers that are waited for may never come.</summary>
    public void SiloLost() => Interlocked.Exchange(ref _loss, Loss()).TrySetResult();

    /// <summary>
    /// The connection to a silo is gone, and the others may not know it yet: until they do, what is asked of them may
    /// be sent on to the dead one. So what then still waits is asked once more, and a last time for whoever was slow.
    /// </summary>
    /// <param name="known">How long it takes, as a rule at most, until all have declared it dead.</param>
    public void SiloLost(TimeSpan known)
    {
        SiloLost();
        _ = LostAgain();

        async Task LostAgain()
        {
            await Task.Delay(known, clock);
            SiloLost();
            await Task.Delay(known / 3, clock);
            SiloLost();
        }
    }

    public Task<T> Ask<T>(Func<IGrainFactory, Task<T>> ask) =>
        longest == TimeSpan.Zero ? ask(grains) : AskAgain(ask, clock.GetTimestamp());

    private async Task<T> AskAgain<T>(Func<IGrainFactory, Task<T>> ask, long began)
    {
        var waiting = new List<Task<T>>(1);
        while (true)
        {
            var loss = Volatile.Read(ref _loss).Task;
            waiting.Add(ask(grains));
            var answer = await First(waiting, loss);
            if (answer is null)
            {
                LogAskedAgain(clock.GetElapsedTime(began), "a silo is gone");
                continue;
            }
            if (answer.IsCompletedSuccessfully || !IsPassing(answer) || clock.GetElapsedTime(began) >= longest)
                return await answer;
            LogAskedAgain(clock.GetElapsedTime(began), answer.Exception!.GetBaseException().Message);
            await Task.Delay(Pause, clock);
        }
    }

    /// <returns>
    /// The first good answer, or the last of the bad ones; null when a silo was lost and the question may be
    /// asked anew.
    /// </returns>
    private static async Task<Task<T>?> First<T>(List<Task<T>> waiting, Task loss)
    {
        while (true)
        {
            var first = waiting switch
            {
                [var only] => await Task.WhenAny(only, loss),
                { Count: < AtOnceMax } => await Task.WhenAny([.. waiting, loss]),
                _ => await Task.WhenAny(waiting),
            };
            if (first is not Task<T> answer)
                return null;
            waiting.Remove(answer);
            if (answer.IsCompletedSuccessfully || waiting.Count == 0)
                return answer;
        }
    }

    private static bool IsPassing(Task answer) =>
        answer.Exception?.GetBaseException() is TimeoutException or OrleansException;

    private static TaskCompletionSource Loss() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(LogLevel.Information, "A grain is asked again after {Waited}: {Reason}")]
    private partial void LogAskedAgain(TimeSpan waited, string reason);
}
