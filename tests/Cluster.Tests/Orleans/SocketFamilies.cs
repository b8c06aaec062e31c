using System.Runtime.InteropServices;

namespace IotOrleans.Tests;

/// <summary>
/// What RestrictAddressFamilies= of a unit does to a process, done by the same means: the kernel opens sockets of the
/// named families and of no others. A filter is inherited by what the thread starts, and goes with the thread.
/// </summary>
internal static class SocketFamilies
{
    private const int NoNewPrivileges = 38;
    private const int Seccomp = 22;
    private const int FilterMode = 2;

    // Instructions of the filter, and what it can answer.
    private const ushort Load = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort Answer = 0x06;
    private const uint Allow = 0x7fff0000;
    private const uint NotSupported = 0x00050000 | 97;

    // Where the number of the system call and its first argument stand.
    private const uint Call = 0;
    private const uint Family = 16;

    private static readonly Dictionary<string, uint> Numbers = new()
    {
        ["AF_UNIX"] = 1,
        ["AF_INET"] = 2,
        ["AF_INET6"] = 10,
        ["AF_NETLINK"] = 16,
    };

    private static uint Socket => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 198u : 41u;

    /// <param name="families">As the unit names them, with blanks between.</param>
    public static async Task<Peer> Start(string families, Func<Peer> start)
    {
        var started = new TaskCompletionSource<Peer>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                Restrict([.. families.Split(' ').Select(family => Numbers[family])]);
                started.SetResult(start());
            }
            catch (Exception trouble)
            {
                started.SetException(trouble);
            }
        });
        thread.Start();
        return await started.Task;
    }

    private static void Restrict(uint[] families)
    {
        var last = (byte)families.Length;
        Instruction[] filter =
        [
            new(Load, 0, 0, Call),
            // Another call than socket() goes its way, past the families and the refusal.
            new(JumpIfEqual, 0, (byte)(last + 2), Socket),
            new(Load, 0, 0, Family),
            .. families.Select((family, at) => new Instruction(JumpIfEqual, (byte)(last - at), 0, family)),
            new(Answer, 0, 0, NotSupported),
            new(Answer, 0, 0, Allow),
        ];
        var pinned = GCHandle.Alloc(filter, GCHandleType.Pinned);
        try
        {
            var program = new FilterProgram((ushort)filter.Length, pinned.AddrOfPinnedObject());
            Assert.Equal(0, Control(NoNewPrivileges, 1, 0, 0, 0));
            Assert.Equal(0, Control(Seccomp, FilterMode, ref program));
        }
        finally
        {
            pinned.Free();
        }
    }

    [DllImport("libc", EntryPoint = "prctl")]
    private static extern int Control(int what, nint a, nint b, nint c, nint d);

    [DllImport("libc", EntryPoint = "prctl")]
    private static extern int Control(int what, nint mode, ref FilterProgram program);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Value);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct FilterProgram(ushort Length, nint Instructions);
}
