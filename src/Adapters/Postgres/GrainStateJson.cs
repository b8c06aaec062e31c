using System.Text.Json;
using IotOrleans.Json;

namespace IotOrleans.Postgres;

/// <summary>
/// How grain state lies in the column grain_state.payload, on either engine: the form of all our JSON, but forgiving
/// when it is read. A row that an older or a newer version wrote must never keep a grain from waking.
/// </summary>
public static class GrainStateJson
{
    public static JsonSerializerOptions Options { get; } = Apply(new JsonSerializerOptions());

    /// <summary>Sets the form on options that somebody else owns, such as those of the Orleans serializer.</summary>
    public static JsonSerializerOptions Apply(JsonSerializerOptions options)
    {
        ContractJson.Apply(options);
        options.IncludeFields = false;
        // What can be worked out is not stored.
        options.IgnoreReadOnlyProperties = true;
        options.RespectNullableAnnotations = false;
        options.RespectRequiredConstructorParameters = false;
        return options;
    }
}
