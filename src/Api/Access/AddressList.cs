using System.Net;

namespace IotOrleans.Access;

/// <summary>Addresses and networks, as an operator writes them: "192.0.2.7, 10.0.0.0/8, 2001:db8::/32".</summary>
public sealed class AddressList
{
    private const int EntriesMax = 256;

    private AddressList(IPNetwork[] networks) => Networks = networks;

    public IPNetwork[] Networks { get; }

    public bool IsEmpty => Networks.Length == 0;

    /// <param name="wrong">The first entry that is neither an address nor a network.</param>
    /// <returns>Null when there is such an entry, or there are too many.</returns>
    public static AddressList? TryRead(string? text, out string wrong)
    {
        wrong = "";
        var entries = (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var networks = new List<IPNetwork>();
        foreach (var entry in entries)
        {
            if (networks.Count < EntriesMax && Network(entry) is { } network)
            {
                networks.Add(network);
                continue;
            }
            wrong = entry;
            return null;
        }
        return new([.. networks]);
    }

    public bool Contains(IPAddress? address)
    {
        if (address is null)
            return false;
        // A socket for both families shows the old addresses in the new form.
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return Array.Exists(Networks, network => network.Contains(plain));
    }

    private static IPNetwork? Network(string entry) =>
        IPNetwork.TryParse(entry, out var network) ? network
        : IPAddress.TryParse(entry, out var address)
            ? new(address, address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128)
        : null;
}
