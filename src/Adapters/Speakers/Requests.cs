using System.Text;
using System.Text.Json.Nodes;
using IotOrleans.Devices;
using IotOrleans.Json;

namespace IotOrleans.Speakers;

/// <summary>Requests as makers want them, and what a registration says to one of them alone.</summary>
internal static class Requests
{
    public static HttpRequestMessage Json(Uri address, JsonObject body) =>
        new(HttpMethod.Post, address)
        {
            Content = new StringContent(body.ToJsonString(ContractJson.Options), Encoding.UTF8, "application/json"),
        };

    public static HttpRequestMessage Form(Uri address, params (string Name, string Value)[] fields) =>
        new(HttpMethod.Post, address)
        {
            Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))),
        };

    /// <summary>An address under another one, whether or not that ends with a slash.</summary>
    public static Uri Under(Uri root, string path) => new(root.AbsoluteUri.TrimEnd('/') + "/" + path);

    public static bool IsVendor(DeviceRegistration device, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (string.Equals(device.Vendor, word, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    /// <summary>A text of the device's metadata.</summary>
    public static string? Metadata(DeviceRegistration device, string name)
    {
        if (device.Metadata is not { } metadata)
            return null;
        using var document = metadata.Parse();
        return
            document.RootElement.ValueKind == System.Text.Json.JsonValueKind.Object
            && document.RootElement.TryGetProperty(name, out var value)
            && value.ValueKind == System.Text.Json.JsonValueKind.String
            ? value.GetString()
            : null;
    }

    public static Uri? Web(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https") ? uri : null;
}
