using System.Diagnostics;

namespace IotOrleans.Tests;

/// <summary>The disk of the database is full: a memory file system with little room, made by root.</summary>
public sealed class SmallDiskTests : IAsyncLifetime
{
    private const int Megabytes = 192;

    private readonly string _disk = TestServer.NewFolder();
    private bool _isMounted;

    public async ValueTask InitializeAsync()
    {
        if (Environment.IsPrivilegedProcess && OperatingSystem.IsLinux())
            _isMounted = await Run("mount", "-t", "tmpfs", "-o", $"size={Megabytes}m,mode=755", "tmpfs", _disk) == 0;
    }

    [Fact]
    public async Task A_full_disk_takes_nothing_and_goes_on_when_there_is_room()
    {
        Assert.SkipUnless(_isMounted, "Only root may mount the small disk that this fills.");
        await using var room = new DatabaseRoom { Folder = Path.Combine(_disk, "pg") };
        await room.InitializeAsync();
        // Not of the few letters that compression makes small.
        room.Tellers.Text = Convert.ToBase64String(new Random(1).GetItems(Bytes, 30_000));
        var balloon = Path.Combine(_disk, "balloon");
        await room.Bears(
            () =>
            {
                Inflate(balloon);
                return Task.CompletedTask;
            },
            () =>
            {
                File.Delete(balloon);
                return Task.CompletedTask;
            }
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (_isMounted)
            await Run("umount", "-l", _disk);
        Directory.Delete(_disk, recursive: true);
    }

    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];

    private static void Inflate(string file)
    {
        using var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var piece = new byte[64 * 1024];
        while (true)
        {
            try
            {
                stream.Write(piece);
            }
            catch (IOException) when (piece.Length > 1)
            {
                // Full for this much: what is left goes in smaller pieces.
                piece = new byte[piece.Length / 2];
            }
            catch (IOException)
            {
                return;
            }
        }
    }

    private static async Task<int> Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
