namespace IotOrleans.Access;

/// <summary>The first start on an empty database makes the user "admin".</summary>
public static class FirstAdministrator
{
    public const string Name = "admin";

    /// <returns>The password, if it was generated here and must be shown once; null otherwise.</returns>
    public static async Task<string?> Ensure(IAccessStore store, string? given)
    {
        if (await store.FindUser(Name, CancellationToken.None) is not null)
            return null;
        var password = string.IsNullOrEmpty(given) ? Passwords.Generate() : given;
        var made = await store.Found(Name, Passwords.Hash(password), CancellationToken.None);
        return made && string.IsNullOrEmpty(given) ? password : null;
    }
}
