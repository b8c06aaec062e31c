using System.ComponentModel.DataAnnotations;

namespace IotOrleans.Calls;

/// <summary>What dialplans are told. Section "Routing".</summary>
public sealed class RoutingOptions
{
    /// <summary>Where switches find our outbound socket, "host:port".</summary>
    [Required]
    public string Socket { get; set; } = "127.0.0.1:8084";
}
