using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace IotOrleans.Postgres;

/// <summary>One running server process.</summary>
internal sealed class Postmaster : IDisposable
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;

    private Postmaster(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    public int Id => _process.Id;

    public Task Ended => _process.WaitForExitAsync();

    /// <summary>Starts the server; it answers nobody yet.</summary>
    public static Postmaster Launch(
        PostgresBinaries binaries,
        ServerUser user,
        DataFolder folder,
        PrivatePostgresOptions options,
        int port
    )
    {
        List<string> server =
        [
            binaries.Server,
            $"-D{folder.Cluster}",
            "-clisten_addresses=127.0.0.1",
            $"-cport={port.ToString(CultureInfo.InvariantCulture)}",
            $"-cunix_socket_directories={folder.Sockets ?? ""}",
            $"-cmax_connections={options.ConnectionsMax.ToString(CultureInfo.InvariantCulture)}",
            // Our queries are short: compiling them would cost more than running them.
            "-cjit=off",
            "-ctimezone=UTC",
            "-clog_timezone=UTC",
        ];
        if (!options.Durable)
        {
            server.AddRange(["-cfsync=off", "-csynchronous_commit=off", "-cfull_page_writes=off"]);
        }
        // In a session of its own: a Ctrl-C in the terminal is for us, who stop the database last.
        string[] session = File.Exists("/usr/bin/setsid") ? ["/usr/bin/setsid"] : [];
        string[] shell = ["/bin/sh", "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", folder.Log];
        var start = OperatingSystemCall.StartOf([.. shell, .. session, .. user.Command(server)], captured: false);
        return new(Process.Start(start)!, port);
    }

    /// <summary>
    /// The server that still runs on our folder because its last owner was killed; null when none does. A pid file
    /// that names another program by now is removed: it would keep the server from starting. One that names nobody
    /// stays, because the server itself reads in it whether a part of its predecessor is still at work.
    /// </summary>
    public static Postmaster? Adopt(DataFolder folder)
    {
        if (!File.Exists(folder.Postmaster))
        {
            return null;
        }
        var lines = File.ReadAllLines(folder.Postmaster);
        if (
            lines.Length > 3
            && int.TryParse(lines[0], CultureInfo.InvariantCulture, out var id)
            && int.TryParse(lines[3], CultureInfo.InvariantCulture, out var port)
            && Find(id) is { } process
        )
        {
            if (Serves(id, folder))
            {
                return new(process, port);
            }
            process.Dispose();
            File.Delete(folder.Postmaster);
        }
        return null;
    }

    /// <summary>Waits until the server takes connections; false when it ended instead.</summary>
    public async Task<bool> IsReady(DataFolder folder, TimeProvider clock, CancellationToken cancellation)
    {
        while (!_process.HasExited)
        {
            if (SaysReady(folder))
            {
                return true;
            }
            await Task.Delay(Glance, clock, cancellation);
        }
        return false;
    }

    /// <summary>Ends the server: open transactions are rolled back, what is committed is written out.</summary>
    /// <returns>False when it had to be cut off.</returns>
    public async Task<bool> Stop(TimeSpan within, TimeProvider clock)
    {
        foreach (var signal in new[] { OperatingSystemCall.Interrupt, OperatingSystemCall.Quit })
        {
            if (_process.HasExited)
            {
                return true;
            }
            OperatingSystemCall.Signal(_process.Id, signal);
            using var deadline = new CancellationTokenSource(within, clock);
            try
            {
                await _process.WaitForExitAsync(deadline.Token);
                return signal == OperatingSystemCall.Interrupt;
            }
            catch (OperationCanceledException) when (deadline.IsCancellationRequested)
            {
                // The next signal is less polite.
            }
        }
        return false;
    }

    /// <summary>A port of the loopback address that nobody has at this moment.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Dispose() => _process.Dispose();

    private static Process? Find(int id)
    {
        try
        {
            return Process.GetProcessById(id);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    // By its command line, which says the folder; a pid alone may have been given to another program since.
    private static bool Serves(int id, DataFolder folder)
    {
        var commandLine = $"/proc/{id.ToString(CultureInfo.InvariantCulture)}/cmdline";
        return !Directory.Exists("/proc/self")
            || (File.Exists(commandLine) && File.ReadAllText(commandLine).Split('\0').Contains($"-D{folder.Cluster}"));
    }

    private bool SaysReady(DataFolder folder)
    {
        // Line 1 is the process, line 8 how far it is.
        try
        {
            return File.ReadAllLines(folder.Postmaster) is { Length: > 7 } lines
                && lines[0] == _process.Id.ToString(CultureInfo.InvariantCulture)
                && lines[7].Trim() == "ready";
        }
        catch (IOException)
        {
            // Not written yet, or just being replaced.
            return false;
        }
    }
}
