using System.Runtime.InteropServices;

namespace IotOrleans.Hosting;

/// <summary>
/// The private PostgreSQL without a house, for a cluster on one machine: none of its processes may take the database
/// with it when it dies.
/// </summary>
internal static class DatabaseAlone
{
    public static bool IsMeant(string[] args) => args is ["database", ..];

    /// <summary>Says in one line how it is reached, and keeps it until it is told to end.</summary>
    /// <exception cref="HouseException">Another database is configured.</exception>
    public static async Task Run(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args[1..]);
        Settings.Read(builder);
        if (builder.Configuration.GetConnectionString("Postgres") is { Length: > 0 })
            throw new HouseException("ConnectionStrings__Postgres names a database already.");
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        await using var database = await Database.Open(builder, builder.Configuration.Get<HouseOptions>() ?? new());
        Console.WriteLine($"Postgres={database.ConnectionString}");
        await ended.Task;

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            ended.TrySetResult();
        }
    }
}
