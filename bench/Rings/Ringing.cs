using System.Diagnostics;

namespace IotOrleans.Bench;

/// <summary>Lets calls come in and waits for them at the speakers.</summary>
/// <param name="call">Makes the call come in; the clock runs from before it.</param>
internal sealed class Ringing(ServerProcess server, int database, Func<SpeakerSocket, Task> call)
{
    public async Task<RingBench.Heard> OneByOne(List<SpeakerSocket> speakers, int calls)
    {
        var times = new double[calls];
        var cpu = Cpu();
        for (var made = 0; made < calls; made++)
            times[made] = await Ring(speakers[made % speakers.Count]);
        return Heard(times, cpu);
    }

    /// <summary>So many a second whatever is still open, to speakers in turn that are far apart.</summary>
    public async Task<RingBench.Heard> AtRate(List<SpeakerSocket> speakers, int rate, int seconds)
    {
        await Many(rate / 2);
        var cpu = Cpu();
        return Heard(await Many(rate * seconds), cpu);

        async Task<double[]> Many(int calls)
        {
            var rung = new Task<double>[calls];
            var start = Stopwatch.GetTimestamp();
            for (var made = 0; made < calls; made++)
            {
                while (Stopwatch.GetElapsedTime(start).TotalSeconds * rate < made)
                    await Task.Delay(1);
                rung[made] = Ring(speakers[(int)(made * 7919L % speakers.Count)]);
            }
            return await Task.WhenAll(rung);
        }
    }

    /// <summary>Microseconds from the call to the speaker.</summary>
    private async Task<double> Ring(SpeakerSocket speaker)
    {
        var rings = speaker.Rings();
        var began = Stopwatch.GetTimestamp();
        await call(speaker);
        return Stopwatch.GetElapsedTime(began, await rings).TotalMicroseconds;
    }

    private double Cpu() => Proc.Cpu(server.Id) + Proc.Cpu(database);

    private RingBench.Heard Heard(double[] times, double cpu)
    {
        cpu = (Cpu() - cpu) / times.Length;
        Array.Sort(times);
        return new(Percentile.Of(times, 0.50), Percentile.Of(times, 0.99), cpu, 0);
    }
}
