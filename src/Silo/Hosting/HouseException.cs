namespace IotOrleans.Hosting;

/// <summary>The configuration cannot work; the message says what to set.</summary>
public sealed class HouseException : Exception
{
    public HouseException() { }

    public HouseException(string message)
        : base(message) { }

    public HouseException(string message, Exception inner)
        : base(message, inner) { }
}
