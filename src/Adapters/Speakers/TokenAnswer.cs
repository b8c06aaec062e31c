using System.Text.Json;
using IotOrleans.Json;

namespace IotOrleans.Speakers;

/// <summary>The answer of a token endpoint (RFC 6749, section 5.1).</summary>
internal sealed record TokenAnswer(string AccessToken, int ExpiresIn = 3600)
{
    /// <summary>Null when it is none.</summary>
    public static TokenAnswer? Read(string body)
    {
        try
        {
            return JsonSerializer.Deserialize<TokenAnswer>(body, ContractJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
