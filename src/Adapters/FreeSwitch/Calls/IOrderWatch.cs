namespace IotOrleans.Calls;

/// <summary>Somebody who is told when the bytes of an order are on the line; nobody is, as a rule.</summary>
public interface IOrderWatch
{
    /// <summary>The order has left us, and no reply has been looked for yet.</summary>
    void Sent(CallId leg);
}
