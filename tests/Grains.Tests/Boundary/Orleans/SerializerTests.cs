using IotOrleans.Events;
using IotOrleans.Incidents;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace IotOrleans.Tests.Boundary;

/// <summary>Everything that travels goes through the real serializer of Orleans and comes back as it was.</summary>
public sealed class SerializerTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection()
        .AddSerializer(serializer =>
            serializer.AddAssembly(typeof(Refusal).Assembly).AddAssembly(typeof(Incident).Assembly)
        )
        .BuildServiceProvider();

    private Serializer Serializer => _services.GetRequiredService<Serializer>();

    public static TheoryData<string> Names => [.. All.Keys.Order(StringComparer.Ordinal)];

    private static Dictionary<string, Type> All { get; } =
        BoundaryTypes
            .Messages.Concat(
                BoundaryTypes.Parts.Where(type => type is { IsGenericTypeDefinition: false, IsAbstract: false })
            )
            .Concat(BoundaryTypes.Exceptions)
            .Distinct()
            .ToDictionary(BoundaryTypes.Named);

    [Theory, MemberData(nameof(Names))]
    public void A_filled_instance_comes_back_as_it_was(string name)
    {
        var sent = Made(All[name]);
        var received = Serializer.Deserialize<object>(Serializer.SerializeToArray(sent));
        Assert.NotNull(received);
        Assert.Equal(sent.GetType(), received.GetType());
        Assert.Equal(Golden.Lines(sent), Golden.Lines(received));
        Assert.NotEmpty(Golden.Lines(sent));
    }

    /// <summary>What the versions that were ever let out said is still understood, word for word.</summary>
    [Fact]
    public void What_earlier_versions_wrote_is_read_as_they_meant_it()
    {
        if (Golden.IsToBeWritten)
            Golden.Write(All.Select(one => Entry(one.Key, Made(one.Value))));
        Assert.NotEmpty(Golden.Read());
        foreach (var entry in Golden.Read())
        {
            var read = Serializer.Deserialize<object>(entry.Bytes);
            var lines = Golden.Lines(read!).ToHashSet();
            Assert.All(entry.Lines, line => Assert.True(lines.Contains(line), $"{entry.Name}: {line} was lost"));
            // A member of a later version is not in the old bytes and reads as its default.
            Assert.True(lines.Count == entry.Lines.Length, $"{entry.Name} reads more than was written");
        }
    }

    [Fact]
    public void A_member_that_a_later_version_adds_reads_as_its_default_and_is_skipped_by_the_earlier_one()
    {
        var earlier = Serializer.SerializeToArray(new Reading("r-1", 20));
        Assert.Equal(new LaterReading("r-1", 20), Serializer.Deserialize<LaterReading>(earlier));
        var later = Serializer.SerializeToArray(new LaterReading("r-1", 20, "hall", [1, 2]));
        Assert.Equal(new Reading("r-1", 20), Serializer.Deserialize<Reading>(later));
    }

    [Fact]
    public void An_exception_arrives_as_itself_with_its_words()
    {
        var sent = new JournalUnavailableException("disk full", new TimeoutException("no answer"));
        var received = Serializer.Deserialize<Exception>(Serializer.SerializeToArray<Exception>(sent));
        Assert.IsType<JournalUnavailableException>(received);
        Assert.Equal("disk full", received.Message);
        Assert.Equal("no answer", Assert.IsType<TimeoutException>(received.InnerException).Message);
    }

    public void Dispose() => _services.Dispose();

    private GoldenEntry Entry(string name, object value) =>
        new(name, Serializer.SerializeToArray(value), [.. Golden.Lines(value)]);

    private static object Made(Type type) =>
        type.IsSubclassOf(typeof(Exception))
            ? Activator.CreateInstance(type, $"{type.Name} happened")!
            : Filling.Of(type);
}

[GenerateSerializer, Immutable, Alias("iot.test.reading")]
public sealed record Reading(string Name, int Value);

[GenerateSerializer, Immutable, Alias("iot.test.later-reading")]
public sealed record LaterReading(string Name, int Value, string? Room = null, int[]? History = null);
