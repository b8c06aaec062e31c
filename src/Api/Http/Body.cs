using System.Buffers;
using System.Text.Json;
using System.Text.RegularExpressions;
using IotOrleans.Json;
using IotOrleans.Subscribers;

namespace IotOrleans.Http;

/// <summary>Reads bodies: bounded, strict, and with the name of the member that is wrong.</summary>
public sealed partial class Body
{
    public const int Usual = 1024 * 1024;

    private readonly JsonSerializerOptions _options;

    public Body(NumberPlan numbers)
    {
        _options = new(ContractJson.Options);
        // Before the strict reader of stored numbers: people write them in many ways.
        _options.Converters.Insert(0, new NumberPlanJson(numbers));
        _options.MakeReadOnly(populateMissingResolver: true);
    }

    /// <summary>The body as a <typeparamref name="T"/>, or the problem to answer with.</summary>
    public async ValueTask<(T? Value, IResult? Problem)> Read<T>(HttpContext context, int max = Usual)
        where T : class
    {
        var (result, problem) = await Take(context, max, Parse<T>);
        return problem is null ? result : (null, problem);
    }

    /// <summary>The body as it came, for those who check a signature over it.</summary>
    public static async ValueTask<(byte[] Bytes, IResult? Problem)> ReadBytes(HttpContext context, int max)
    {
        var (bytes, problem) = await Take(context, max, buffer => buffer.ToArray());
        return (bytes ?? [], problem);
    }

    private static async ValueTask<(TResult? Result, IResult? Problem)> Take<TResult>(
        HttpContext context,
        int max,
        Func<ReadOnlySequence<byte>, TResult> parse
    )
    {
        if (!IsJson(context.Request.ContentType))
            return (default, Problems.NotJson);
        if (context.Request.ContentLength > max)
            return (default, Problems.TooLarge(max));
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            if (read.Buffer.Length > max)
            {
                reader.AdvanceTo(read.Buffer.End);
                return (default, Problems.TooLarge(max));
            }
            if (read.IsCompleted)
            {
                var result = parse(read.Buffer);
                reader.AdvanceTo(read.Buffer.End);
                return (result, null);
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    public (T? Value, IResult? Problem) Parse<T>(ReadOnlySequence<byte> bytes)
        where T : class
    {
        try
        {
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = ContractJson.DepthMax });
            var value = JsonSerializer.Deserialize<T>(ref reader, _options);
            if (reader.Read())
                return (null, Problems.Validation("$", "has something after its end"));
            return value is null ? (null, Problems.Validation("$", "must not be null")) : (value, null);
        }
        catch (JsonException trouble)
        {
            return (null, Problems.Validation(Field(trouble), Words(trouble)));
        }
        // A lone surrogate, or bytes that are no UTF-8, inside a text or, told otherwise, in the name of a member.
        catch (Exception trouble) when (trouble is InvalidOperationException or ArgumentException)
        {
            return (null, Problems.Validation("$", "is not valid UTF-8 text"));
        }
        // One of several kinds that does not say which.
        catch (NotSupportedException)
        {
            return (null, Problems.Validation("$", "holds an object without its type"));
        }
    }

    private static bool IsJson(string? contentType) =>
        contentType is not null
        && (
            contentType.StartsWith("application/json", StringComparison.OrdinalIgnoreCase)
            || contentType.Contains("+json", StringComparison.OrdinalIgnoreCase)
        );

    private static string Field(JsonException trouble)
    {
        if (Missing().Match(trouble.Message) is { Success: true } missing)
            return Under(trouble.Path, missing.Groups[1].Value);
        if (Duplicate().Match(trouble.Message) is { Success: true } twice)
            return Under(trouble.Path, twice.Groups[1].Value);
        return Under(trouble.Path, "");
    }

    private static string Under(string? path, string member)
    {
        var parent =
            path is null or "$" ? ""
            : path.StartsWith("$.", StringComparison.Ordinal) ? path[2..]
            : path.TrimStart('$');
        if (member.Length == 0)
            return parent.Length == 0 ? "$" : parent;
        if (parent == member || parent.EndsWith("." + member, StringComparison.Ordinal))
            return parent;
        return parent.Length == 0 ? member : $"{parent}.{member}";
    }

    private static string Words(JsonException trouble)
    {
        if (Missing().IsMatch(trouble.Message))
            return "is required";
        if (Duplicate().IsMatch(trouble.Message))
            return "is given twice";
        if (trouble.Message.Contains("depth", StringComparison.OrdinalIgnoreCase))
            return $"is nested deeper than {ContractJson.DepthMax} levels";
        var words = trouble.Message.Split(" Path: ")[0].Split(" LineNumber: ")[0];
        return words.StartsWith("The JSON value could not be converted", StringComparison.Ordinal)
            ? "has the wrong type or is no word of the contract"
            : words;
    }

    [GeneratedRegex("missing required properties including: '([^']+)'")]
    private static partial Regex Missing();

    [GeneratedRegex("[Dd]uplicate propert\\w+ '([^']+)'")]
    private static partial Regex Duplicate();
}
