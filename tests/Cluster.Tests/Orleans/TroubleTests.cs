using IotOrleans.Calls;
using IotOrleans.FreeSwitch;
using IotOrleans.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace IotOrleans.Tests;

/// <summary>What a silo says of the world's failures is caught by its name on another one.</summary>
public sealed class TroubleTests
{
    private static readonly SwitchUnreachableException Trouble = new(
        "The line broke.",
        new EslLostException(EslLoss.EndOfStream, "The stream ended.")
    );

    [Fact]
    public void A_line_that_is_down_is_known_as_that_on_another_silo_with_its_cause()
    {
        var received = Assert.IsType<SwitchUnreachableException>(Sent(GrainHosting.Know));
        Assert.Equal(Trouble.Message, received.Message);
        Assert.IsType<EslLostException>(received.InnerException);
    }

    /// <summary>Why it has to be made known.</summary>
    [Fact]
    public void A_cause_that_is_not_made_known_does_not_arrive() =>
        Assert.ThrowsAny<Exception>(() => Assert.IsType<EslLostException>(Sent(_ => { }).InnerException));

    private static Exception Sent(Action<ExceptionSerializationOptions> known)
    {
        using var services = new ServiceCollection()
            .Configure(known)
            .AddSerializer(serializer => serializer.AddAssembly(typeof(SwitchUnreachableException).Assembly))
            .BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer>();
        return serializer.Deserialize<Exception>(serializer.SerializeToArray<Exception>(Trouble))!;
    }
}
