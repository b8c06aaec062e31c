using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text;

namespace IotOrleans.Postgres;

public sealed class GrainRowKeyTests
{
    // Every one of these is a number to the ADO.NET provider.
    private static readonly string[] LooksLikeANumber =
    [
        "100",
        "0100",
        "00100",
        "deadBEEF",
        "DEADbeef",
        "12+34",
        "4930123456",
        "1",
        "ffffffffffffffff",
        "0123456789abcdef0123456789abcdef",
        "0123456789abcdef0123456789abcdef+ext",
    ];

    [Theory]
    [InlineData("", 0x02CC5D05u)]
    [InlineData("a", 0x550D7456u)]
    [InlineData("abc", 0x32D153FFu)]
    [InlineData("Nobody inspects the spammish repetition", 0xE2293B2Fu)]
    public void XxHash32_gives_the_published_values(string text, uint hash) =>
        Assert.Equal(hash, XxHash32.Hash(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void A_state_name_is_hashed_as_Orleans_hashes_it() => Assert.Equal(-78817639, GrainRowKey.Hash("device"));

    [Fact]
    public void A_key_of_letters_is_text() => Assert.Equal(new(1584789234, 0, 0, "lamp-1"), GrainRowKey.Of("lamp-1"));

    [Fact]
    public void A_key_of_hexadecimal_digits_is_the_number_they_say() =>
        Assert.Equal(new(-190025453, 0, 66, null), GrainRowKey.Of("42"));

    [Fact]
    public void A_number_with_a_plus_keeps_what_follows_as_text()
    {
        var key = GrainRowKey.Of("12+34");

        Assert.Equal((0, 0x12, "34"), (key.N0, key.N1, key.Text));
    }

    [Fact]
    public void A_guid_is_cut_into_two_numbers_as_its_bytes_lie_in_memory()
    {
        var guid = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");
        var bytes = guid.ToByteArray();

        var bare = GrainRowKey.Of(guid.ToString("N"));
        var extended = GrainRowKey.Of(guid.ToString("N") + "+room");

        Assert.Equal(
            (BitConverter.ToInt64(bytes, 0), BitConverter.ToInt64(bytes, 8), null),
            (bare.N0, bare.N1, bare.Text)
        );
        Assert.Equal((bare.N0, bare.N1, "room"), (extended.N0, extended.N1, extended.Text));
        Assert.NotEqual(bare.IdHash, extended.IdHash);
    }

    [Fact]
    public void Bare_keys_that_look_like_numbers_would_collide()
    {
        Assert.Equal(GrainRowKey.Of("100"), GrainRowKey.Of("0100"));
        Assert.Equal(GrainRowKey.Of("deadBEEF"), GrainRowKey.Of("DEADbeef"));
    }

    [Fact]
    public void Every_key_that_we_make_is_stored_as_text_whatever_the_id_looks_like()
    {
        foreach (var id in LooksLikeANumber)
        {
            Assert.Null(GrainRowKey.Of(id) is { N0: 0, N1: 0 } ? "taken for text" : null);
            foreach (var prefix in "dsnrilme")
            {
                var key = $"{prefix}:{id}";
                Assert.Equal((0L, 0L, key), (GrainRowKey.Of(key).N0, GrainRowKey.Of(key).N1, GrainRowKey.Of(key).Text));
            }
        }
    }

    [Fact]
    public void Keys_are_made_with_a_letter_and_a_colon_in_front_and_nowhere_else()
    {
        var made = DispatchProxy.Create<IGrainFactory, RecordedKeys>();
        var keys = ((RecordedKeys)(object)made).Keys;
        foreach (var method in typeof(Keys).GetMethods(BindingFlags.Public | BindingFlags.Static))
        {
            if (method.GetParameters() is [{ ParameterType: var first }, ..] && first == typeof(IGrainFactory))
            {
                var id = method.GetParameters().Skip(1).Select(p => Sample(p.ParameterType));
                method.Invoke(null, [made, .. id]);
            }
        }

        Assert.True(keys.Count >= 8, $"Only {keys.Count} kinds of keys were found.");
        Assert.All(keys, key => Assert.Matches("^[a-z]:.", key));
        Assert.Distinct(keys.Select(key => key[0]));
    }

    [Fact]
    public void No_two_kinds_of_grains_use_the_same_state_name()
    {
        // The provider's rows bear the name of the state and the key, not the kind of the grain.
        var names =
            from type in Assembly.Load("IotOrleans.Grains").GetTypes()
            from constructor in type.GetConstructors(
                BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic
            )
            from parameter in constructor.GetParameters()
            from attribute in parameter.CustomAttributes
            where attribute.AttributeType.Name == nameof(PersistentStateAttribute)
            select (string)attribute.ConstructorArguments[0].Value!;

        Assert.Distinct(names);
    }

    private static object? Sample(Type type) =>
        type == typeof(string) ? "fs1"
        : type == typeof(Guid) ? Guid.Empty
        : type.GetConstructor([typeof(string)]) is { } text ? text.Invoke(["100"])
        : type.GetConstructor([typeof(Guid)]) is { } guid ? guid.Invoke([Guid.Empty])
        : throw new InvalidOperationException($"How is a {type} made?");

    /// <summary>A factory that makes nothing and remembers which keys it was asked for.</summary>
    [SuppressMessage("Performance", "CA1852", Justification = "DispatchProxy derives from it.")]
    private class RecordedKeys : DispatchProxy
    {
        public List<string> Keys { get; } = [];

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            Keys.Add((string)args![0]!);
            return null;
        }
    }
}
