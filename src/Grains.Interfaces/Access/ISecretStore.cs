namespace IotOrleans.Access;

/// <summary>Secrets that every process of the house shares, such as the key that signs tokens.</summary>
public interface ISecretStore
{
    /// <summary>The secret of this name; the first who asks makes it, and everybody reads the same.</summary>
    Task<byte[]> Secret(string name, Func<byte[]> make);
}
