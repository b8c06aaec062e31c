using System.Diagnostics.Metrics;
using IotOrleans.Calls;
using Microsoft.Extensions.DependencyInjection;

namespace IotOrleans.Tests.Calls;

public sealed class CallFiguresTests
{
    private static readonly CallLeg Leg = Some.Opened([Some.Call(Some.Owner)]).Legs[0];

    [Fact]
    public void The_way_from_event_to_order_counts_once_however_often_the_order_could_not_be_sent()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        var seconds = new List<double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Meter.Scope == meters && instrument.Name == "iot_event_to_originate_seconds")
                listening.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => seconds.Add(value));
        listener.Start();
        var figures = new CallFigures(meters);

        figures.Ordered(Leg, OrderOutcome.NotSent, Leg.StartedAt.AddSeconds(1));
        figures.Ordered(Leg, OrderOutcome.Unknown, Leg.StartedAt.AddSeconds(6));
        figures.Ordered(Leg, OrderOutcome.Taken, Leg.StartedAt.AddSeconds(11));

        Assert.Equal([11], seconds);
    }
}
