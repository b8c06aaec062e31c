using System.Globalization;
using IotOrleans.Access;
using IotOrleans.Json;
using IotOrleans.Subscribers;
using Microsoft.Extensions.DependencyInjection;

namespace IotOrleans.Http;

/// <summary>The query string of one request, read with the name of whatever is wrong in it.</summary>
public sealed class Query(HttpContext context)
{
    private readonly FieldErrors _errors = new();

    public IResult? Problem => _errors.Any ? Problems.Validation(_errors) : null;

    /// <summary>Null sees all; a partner sees his own numbers.</summary>
    public Msisdn[]? Subscribers => context.Caller().Subscribers;

    public T? Id<T>(string name)
        where T : struct, IParsable<T>
    {
        if (Text(name) is not { } text)
            return null;
        if (T.TryParse(text, CultureInfo.InvariantCulture, out var id))
            return id;
        _errors.Add(name, "is not valid");
        return null;
    }

    public T? Word<T>(string name)
        where T : struct, Enum
    {
        if (Text(name) is not { } text)
            return null;
        foreach (var value in Enum.GetValues<T>())
        {
            if (System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()) == text)
                return value;
        }
        _errors.Add(name, "is no word of the contract");
        return null;
    }

    public Msisdn? Number(string name)
    {
        if (Text(name) is not { } text)
            return null;
        // A plus that was not escaped arrives as a space.
        var plan = context.RequestServices.GetRequiredService<NumberPlan>();
        if (plan.TryRead(text.StartsWith(' ') ? "+" + text[1..] : text, out var number))
            return number;
        _errors.Add(name, "is not a telephone number");
        return null;
    }

    public DateTimeOffset? Time(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (UtcTimeJson.TryRead(text.Replace(' ', '+'), out var time))
            return time;
        _errors.Add(name, "must be a time in RFC 3339 form with an offset");
        return null;
    }

    /// <summary>A number from zero up; zero when it is absent.</summary>
    public long Count(string name)
    {
        if (Text(name) is not { } text)
            return 0;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            return count;
        _errors.Add(name, "must be a whole number from 0 up");
        return 0;
    }

    public string? Text(string name)
    {
        var text = context.Request.Query[name].ToString();
        if (text.Length == 0)
            return null;
        _errors.Line(text, name);
        return text;
    }

    public PageRequest Page(string list)
    {
        var limit = PageRequest.LimitDefault;
        if (
            Text("limit") is { } text
            && (
                !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit)
                || limit is < 1 or > PageRequest.LimitMax
            )
        )
        {
            _errors.Add("limit", $"must be between 1 and {PageRequest.LimitMax}");
        }
        if (Text("cursor") is not { } cursor)
            return new(limit, null);
        if (!context.RequestServices.GetRequiredService<Cursors>().TryRead(list, cursor, out var before))
            _errors.Add("cursor", "is not one that we gave for this list");
        return new(limit, before);
    }
}
