namespace IotOrleans.Calls;

/// <summary>A Kamailio that joins calls for us (deploy/kamailio/dial.cfg). Section "Kamailio".</summary>
public sealed class KamailioOptions
{
    /// <summary>Such as <c>http://192.0.2.1:5065/RPC</c>; without it nobody is asked.</summary>
    public Uri? RpcUrl { get; set; }
}
