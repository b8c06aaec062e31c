using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace IotOrleans.Tests.Sip;

/// <summary>A net of addresses of this machine alone, one for each party: all of them may have port 5060.</summary>
internal sealed class Lab
{
    private static int _labs;

    private readonly string _net =
        $"127.{100 + (Environment.ProcessId % 100)}.{Environment.ProcessId / 100 % 200}"
        + $".{16 * (1 + (Interlocked.Increment(ref _labs) % 14))}";

    public string Kamailio => Address(2);

    /// <summary>Where Kamailio is asked for calls.</summary>
    public Uri Rpc => new($"http://{Kamailio}:5065/RPC");

    public string FreeSwitch => Address(3);

    public string Phone => Address(4);

    /// <summary>Where calls leave, and from where none to a shown number may come.</summary>
    public string TrunkOut => Address(5);

    public string TrunkIn => Address(6);

    public string Doorphone => Address(7);

    /// <summary>Of one address: a wider one would hold the trunks too.</summary>
    public string PhonesNet => $"{Phone}/32";

    private string Address(int host)
    {
        var parts = _net.Split('.');
        var last = int.Parse(parts[3], CultureInfo.InvariantCulture) + host;
        return $"{parts[0]}.{parts[1]}.{parts[2]}.{last}";
    }

    /// <summary>Returns when somebody listens there.</summary>
    public static async Task Listens(string address, int port, Process process)
    {
        var bytes = IPAddress.Parse(address).GetAddressBytes();
        var wanted = $"{Convert.ToHexString([.. bytes.Reverse()])}:{port:X4}";
        var patience = Stopwatch.StartNew();
        while (!(await File.ReadAllTextAsync("/proc/net/udp")).Contains(wanted, StringComparison.Ordinal))
        {
            Assert.False(process.HasExited, $"{process.StartInfo.FileName} ended with {ExitCode(process)}");
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(60), $"Nobody listens at {address}:{port}");
            await Task.Delay(10);
        }
    }

    private static int? ExitCode(Process process) => process.HasExited ? process.ExitCode : null;
}
