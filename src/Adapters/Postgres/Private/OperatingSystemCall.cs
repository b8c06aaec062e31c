using System.Diagnostics;
using System.Runtime.InteropServices;

namespace IotOrleans.Postgres;

/// <summary>The few things that only the operating system can do: run a program to its end, send a signal.</summary>
internal static class OperatingSystemCall
{
    public const int Interrupt = 2;
    public const int Quit = 3;

    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(2);

    /// <summary>Runs a program and gives back its exit code and everything it said.</summary>
    public static async Task<(int Code, string Output)> Run(
        IReadOnlyList<string> command,
        CancellationToken cancellation = default
    )
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(RunMax);
        using var process = Process.Start(StartOf(command, captured: true))!;
        var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        var errors = process.StandardError.ReadToEndAsync(deadline.Token);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
            return (process.ExitCode, (await output + await errors).Trim());
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>Runs a program that must succeed.</summary>
    /// <exception cref="PrivatePostgresException">It did not; says what it said.</exception>
    public static async Task RunOrThrow(IReadOnlyList<string> command, CancellationToken cancellation = default)
    {
        var (code, output) = await Run(command, cancellation);
        if (code != 0)
        {
            throw new PrivatePostgresException($"'{string.Join(' ', command)}' ended with {code}: {output}");
        }
    }

    public static ProcessStartInfo StartOf(IReadOnlyList<string> command, bool captured)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = captured,
            RedirectStandardError = captured,
            // Ours may be a folder that the server's user cannot enter.
            WorkingDirectory = "/",
        };
        start.Environment["LC_ALL"] = "C";
        return start;
    }

    public static void Signal(int process, int signal) => _ = Kill(process, signal);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
