namespace IotOrleans.FreeSwitch;

/// <summary>Who is told what happens on a connection that is made again and again.</summary>
public interface IEslOwner
{
    /// <summary>
    /// A new connection is up and subscribed. Everything that was believed about the switch has to be asked anew.
    /// </summary>
    Task Connected(EslConnection connection);

    Task Received(EslEvent change);

    /// <summary>The connection is gone. Another will be tried.</summary>
    Task Lost(EslLostException loss);
}
