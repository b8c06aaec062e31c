using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace IotOrleans.Subscribers;

/// <summary>
/// Reads numbers as people write them ("8 (916) 123-45-67", "00…", "+7…") with the habits of one country.
/// Source of prefixes: ITU-T E.164 national numbering plans. Only the listed countries have national forms.
/// </summary>
public sealed class NumberPlan
{
    /// <summary>Longer texts are no numbers.</summary>
    private const int TextMax = 40;

    private static readonly FrozenDictionary<string, Country> Countries = new[]
    {
        new Country("RU", "7", "8", "810", 10, 10, ["112", "101", "102", "103", "104", "01", "02", "03", "04"]),
        new Country("KZ", "7", "8", "810", 10, 10, ["112", "101", "102", "103", "104"]),
        new Country("BY", "375", "8", "810", 9, 9, ["112", "101", "102", "103", "104"]),
        new Country("UA", "380", "0", "00", 9, 9, ["112", "101", "102", "103", "104"]),
        new Country("DE", "49", "0", "00", 6, 11, ["112", "110"]),
        new Country("FR", "33", "0", "00", 9, 9, ["112", "15", "17", "18", "114"]),
        new Country("GB", "44", "0", "00", 9, 10, ["112", "999"]),
        new Country("IT", "39", null, "00", 6, 11, ["112", "113", "115", "118"]),
        new Country("ES", "34", null, "00", 9, 9, ["112"]),
        new Country("PL", "48", null, "00", 9, 9, ["112", "997", "998", "999"]),
        new Country("TR", "90", "0", "00", 10, 10, ["112", "110", "155"]),
        new Country("US", "1", "1", "011", 10, 10, ["911"]),
        new Country("CA", "1", "1", "011", 10, 10, ["911"]),
        new Country("IN", "91", "0", "00", 10, 10, ["112", "100", "101", "108"]),
        new Country("CN", "86", "0", "00", 9, 11, ["110", "119", "120"]),
    }.ToFrozenDictionary(country => country.Code);

    private static readonly FrozenSet<string> EmergencyEverywhere = Countries
        .Values.SelectMany(country => country.Emergency)
        .ToFrozenSet();

    private static readonly FrozenSet<string> EmergencyInAnyForm = Countries
        .Values.SelectMany(country => country.Emergency.Select(code => country.Prefix + code))
        .Concat(EmergencyEverywhere)
        .ToFrozenSet();

    private readonly Country _home;

    /// <param name="defaultCountry">ISO 3166 code of the country whose national forms are understood.</param>
    /// <exception cref="ArgumentException">The country is not in the table.</exception>
    public NumberPlan(string defaultCountry) =>
        _home = Countries.TryGetValue(defaultCountry, out var country)
            ? country
            : throw new ArgumentException(
                $"NumberPlan:DefaultCountry '{defaultCountry}' is none of {string.Join(", ", Countries.Keys.Order())}."
            );

    /// <summary>
    /// True for numbers of public emergency services of any listed country: short codes, also behind a country code.
    /// </summary>
    public static bool IsEmergency(Msisdn number) => EmergencyInAnyForm.Contains(number.Digits);

    /// <summary>Reads a number of a subscriber or contact; emergency codes are not numbers here.</summary>
    public bool TryRead(string? text, out Msisdn number)
    {
        number = default;
        if (text is not { Length: > 0 and <= TextMax } || Digits(text) is not { } digits)
            return false;
        var international = text.AsSpan().TrimStart().StartsWith("+") ? digits : FromNational(digits);
        return international is not null && Msisdn.TryParse(international, null, out number);
    }

    /// <summary>Reads a number that may be called: a subscriber's, or a short emergency code.</summary>
    public bool TryReadTarget(string? text, out Msisdn number)
    {
        if (text is { Length: <= 8 } && Digits(text) is { } digits && EmergencyEverywhere.Contains(digits))
        {
            number = new(digits);
            return true;
        }
        return TryRead(text, out number);
    }

    private string? FromNational(string digits)
    {
        if (digits.StartsWith("00", StringComparison.Ordinal))
            return digits[2..];
        if (
            digits.StartsWith(_home.InternationalPrefix, StringComparison.Ordinal)
            && digits.Length > _home.NationalMax + 1
        )
        {
            return digits[_home.InternationalPrefix.Length..];
        }
        if (
            _home.Trunk is { } trunk
            && digits.StartsWith(trunk, StringComparison.Ordinal)
            && IsNational(digits[trunk.Length..])
        )
        {
            return _home.Prefix + digits[trunk.Length..];
        }
        if (digits.StartsWith(_home.Prefix, StringComparison.Ordinal) && IsNational(digits[_home.Prefix.Length..]))
        {
            return digits;
        }
        if (digits is ['0', ..])
            return null;
        return IsNational(digits) ? _home.Prefix + digits
            : digits.Length > _home.NationalMax ? digits
            : null;
    }

    private bool IsNational(string digits) => digits.Length >= _home.NationalMin && digits.Length <= _home.NationalMax;

    private static string? Digits(string text)
    {
        var body = text.AsSpan().Trim();
        body = body is ['+', ..] ? body[1..] : body;
        Span<char> digits = stackalloc char[TextMax];
        var count = 0;
        foreach (var sign in body)
        {
            if (char.IsAsciiDigit(sign))
                digits[count++] = sign;
            else if (sign is not (' ' or '-' or '(' or ')' or '.' or '\u00a0'))
                return null;
        }
        return digits[..count].ToString();
    }

    /// <summary>The habits of the default country, for those who must read numbers without us.</summary>
    public NationalForm Home =>
        new(_home.Prefix, _home.Trunk, _home.InternationalPrefix, _home.NationalMin, _home.NationalMax);

    private sealed record Country(
        string Code,
        string Prefix,
        string? Trunk,
        string InternationalPrefix,
        int NationalMin,
        int NationalMax,
        string[] Emergency
    );
}

/// <summary>How numbers are written within one country.</summary>
/// <param name="Trunk">Dialled before a number of the same country; null where there is none.</param>
public sealed record NationalForm(string Prefix, string? Trunk, string International, int NationalMin, int NationalMax);

/// <summary>
/// Reads numbers at the edge with the habits of the configured country; stored JSON needs no such help.
/// </summary>
public sealed class NumberPlanJson(NumberPlan plan) : JsonConverter<Msisdn>
{
    public override Msisdn Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && plan.TryReadTarget(reader.GetString(), out var number)
            ? number
            : throw new JsonException("is not a telephone number");

    public override void Write(Utf8JsonWriter writer, Msisdn value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
