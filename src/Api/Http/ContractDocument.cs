using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using IotOrleans.Access;
using IotOrleans.Calls;
using IotOrleans.Devices;
using IotOrleans.Incidents;
using IotOrleans.Json;
using IotOrleans.Rules;
using IotOrleans.Subscribers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace IotOrleans.Http;

/// <summary>The OpenAPI document, with an example for every body.</summary>
public static partial class ContractDocument
{
    private static readonly Type[] Texts =
    [
        typeof(DeviceId),
        typeof(RuleId),
        typeof(Msisdn),
        typeof(IncidentId),
        typeof(CallId),
        typeof(CustomerId),
    ];

    public static void AddContractDocument(this IServiceCollection services) =>
        services.AddOpenApi(
            "v1",
            options =>
            {
                options.AddSchemaTransformer(
                    (schema, context, _) =>
                    {
                        Describe(schema, context.JsonTypeInfo.Type);
                        return Task.CompletedTask;
                    }
                );
                options.AddOperationTransformer(
                    (operation, context, _) =>
                    {
                        AddExample(
                            operation,
                            $"{context.Description.HttpMethod} {Plain(context.Description.RelativePath)}"
                        );
                        return Task.CompletedTask;
                    }
                );
            }
        );

    public static void MapContractDocument(this IEndpointRouteBuilder routes) =>
        routes.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();

    private static void Describe(OpenApiSchema schema, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (Array.IndexOf(Texts, type) >= 0)
            schema.Type = JsonSchemaType.String;
        if (type == typeof(DateTimeOffset))
            (schema.Type, schema.Format) = (JsonSchemaType.String, "date-time");
        if (type == typeof(JsonText))
            schema.Type = JsonSchemaType.Object;
    }

    /// <summary>As people write it: without the constraints of its parts, and without a stroke at the end.</summary>
    private static string Plain(string? path) => "/" + Constraint().Replace(path ?? "", "}").Trim('/');

    private static void AddExample(OpenApiOperation operation, string route)
    {
        if (!Examples.ByRoute.TryGetValue(route, out var example) || operation.RequestBody?.Content is not { } content)
            return;
        foreach (var media in content.Values)
            media.Example = JsonNode.Parse(example);
    }

    [GeneratedRegex(@":[^}]*\}")]
    private static partial Regex Constraint();
}
