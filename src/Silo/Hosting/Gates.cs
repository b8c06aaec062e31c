using IotOrleans.Access;

namespace IotOrleans.Hosting;

/// <summary>Who may come to the front door, by address. Section "Access".</summary>
internal static class Gates
{
    /// <exception cref="HouseException">An entry is no address; the message names the setting.</exception>
    public static AddressGate Read(IConfiguration configuration) =>
        new(List(configuration, "AllowFrom"), List(configuration, "TrustedProxies"));

    private static AddressList List(IConfiguration configuration, string name) =>
        AddressList.TryRead(configuration[$"Access:{name}"], out var wrong)
        ?? throw new HouseException(
            $"Access__{name}: '{wrong}' is neither an address nor a network such as 192.0.2.0/24, or one too many."
        );
}
