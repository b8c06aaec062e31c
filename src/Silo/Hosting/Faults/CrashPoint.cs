using System.Diagnostics;
using IotOrleans.Calls;
using IotOrleans.Journal;

namespace IotOrleans.Hosting;

/// <summary>
/// The place at which this process dies, as if its power had failed, so that a test can look at what its successor
/// finds. Only there when <c>Faults:CrashAt</c> names one; a production house refuses to have any.
/// </summary>
internal sealed class CrashPoint(string place, int hit) : IOrderWatch
{
    /// <summary>Every place there is, between an event and the end of the calls it led to.</summary>
    public static readonly string[] Places =
    [
        "before_event",
        "after_event",
        "before_mark",
        "after_mark",
        "before_order",
        "order_sent",
        "after_order",
        "before_answer",
        "after_answer",
        "before_key",
        "after_key",
        "before_winner",
        "after_winner",
        "before_cdr",
        "after_cdr",
        "before_forget",
        "before_end",
        "after_end",
    ];

    private int _left = hit;

    public static void Arm(WebApplicationBuilder builder)
    {
        if (builder.Configuration["Faults:CrashAt"] is not { Length: > 0 } place)
            return;
        if (builder.Environment.IsProduction())
            throw new HouseException("Faults:CrashAt is for tests: a production house is not made to die.");
        if (!Places.Contains(place))
            throw new HouseException($"There is no place {place} to die at: {string.Join(", ", Places)}.");
        var point = new CrashPoint(place, builder.Configuration.GetValue("Faults:Hit", 1));
        builder.Services.AddSingleton<IOrderWatch>(point);
        builder.Services.AddSingleton<IJournal>(all => new CrashingJournal(
            ActivatorUtilities.CreateInstance<PostgresJournal>(all),
            point
        ));
        builder.Services.AddSingleton<ISwitches>(all => new CrashingSwitches(
            ActivatorUtilities.CreateInstance<Switches>(all),
            point
        ));
    }

    public void Reach(string here)
    {
        if (here != place || Interlocked.Decrement(ref _left) != 0)
            return;
        Console.Error.WriteLine($"Dies at {here}");
        // SIGKILL: nothing is flushed, told or closed.
        Process.GetCurrentProcess().Kill();
    }

    public void Sent(CallId leg) => Reach("order_sent");
}
