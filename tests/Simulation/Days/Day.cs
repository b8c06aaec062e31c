using IotOrleans.Devices;

namespace IotOrleans.Simulation;

/// <summary>A day in a house, as its seed makes it: what people and things do, and what goes wrong.</summary>
internal sealed record Day(ulong Seed, House House, Act[] Acts)
{
    public bool IsCalm => !Acts.Any(act => act.IsFault);

    public static Day Of(ulong seed)
    {
        var luck = new Chance(seed).Of("day");
        var house = House.Of(luck.Of("house"));
        var calm = luck.Of("calm").In(15);
        var acts = new List<Act>();
        var at = TimeSpan.FromSeconds(5);
        for (var scene = 1; scene <= luck.Of("scenes").Between(1, 4); scene++)
        {
            at += luck.Of("pause", scene).Span(10_000, luck.Of("soon", scene).In(50) ? 60_000 : 20_000_000);
            acts.AddRange(Scene(luck.Of("scene", scene), house, scene, at));
            if (!calm)
                acts.AddRange(Faults(luck.Of("faults", scene), at));
        }
        return new(seed, house, [.. acts.OrderBy(act => act.At)]);
    }

    public string Script() =>
        $"""
            seed {Seed}
            {House.Settings}
            {string.Join('\n', House.Devices.Select(device => $"{device.DeviceId} {device.Type} {device.Room}"))}
            {string.Join('\n', House.Rules.Select(Words))}
            {string.Join('\n', (object[])Acts)}
            """;

    private static string Words(Rules.Rule rule) =>
        System.Text.Json.JsonSerializer.Serialize(rule, Json.ContractJson.Options);

    private static IEnumerable<Act> Scene(Chance luck, House house, int scene, TimeSpan at)
    {
        DeviceRegistration[] sensors = [.. house.Sensors];
        for (var index = 1; index <= luck.Of("events").Between(1, 3); index++)
        {
            var one = luck.Of("event", index);
            yield return new Happens(
                at + one.Of("when").Span(0, one.Of("soon").In(60) ? 2_000 : 40_000),
                sensors[one.Of("who").Below(sensors.Length)].DeviceId,
                $"e-{scene}-{index}",
                TypeOf(one, house),
                one.Of("payload")
                    .Pick(
                        "{}",
                        "{\"value\":1}",
                        "{\"value\":2}",
                        "{\"value\":3}",
                        "{\"active\":true}",
                        "{\"active\":false}"
                    ),
                one.Of("again").Pick(0, 0, 1, 3)
            );
        }
        if (luck.Of("calls in").In(45))
            yield return new CallsIn(
                at + luck.Of("rings").Span(0, 20_000),
                scene,
                luck.Of("patience").Span(4_000, 70_000)
            );
        for (var index = 1; index <= luck.Of("hands on").Pick(0, 0, 0, 1, 2); index++)
            yield return new HandsOn(
                at + luck.Of("hands on at", index).Span(2_000, 60_000),
                luck.Of("hands on to", index).Below(5)
            );
        if (luck.Of("acknowledged").In(20))
            yield return new Acknowledges(at + luck.Of("acknowledges").Span(200, 60_000));
        if (luck.Of("cancelled").In(20))
            yield return new Cancels(at + luck.Of("cancels").Span(200, 60_000));
        if (luck.Of("dialled").In(15))
            yield return new Dials(at + luck.Of("dials").Span(0, 30_000), scene);
    }

    /// <summary>Mostly something that a rule waits for.</summary>
    private static string TypeOf(Chance luck, House house) =>
        luck.Of("awaited").In(85)
            ? house.Rules[luck.Of("rule").Below(house.Rules.Length)].EventType
            : luck.Of("type").Pick<string>(House.EventTypes);

    private static IEnumerable<Act> Faults(Chance luck, TimeSpan at)
    {
        for (var index = 1; index <= luck.Of("count").Between(0, 4); index++)
        {
            var one = luck.Of("fault", index);
            var when = at + one.Of("when").Span(0, one.Of("soon").In(60) ? 3_000 : 60_000);
            var length = one.Of("length").Span(200, one.Of("long").In(30) ? 60_000 : 6_000);
            yield return one.Of("kind").Below(11) switch
            {
                0 or 1 or 2 => new Dies(when, one.Of("turns").Between(1, 60), one.Of("down").Span(100, 8_000)),
                3 or 4 => new LineBreaks(when, one.Of("switch").Below(2), length),
                5 => new SwitchRestarts(when, one.Of("switch").Below(2), one.Of("down").Span(500, 15_000)),
                6 or 7 => new DatabaseIsTroubled(when, length, TroubleOf(one)),
                8 or 9 => new EventsAreTroubled(
                    when,
                    length,
                    new(one.Of("lost").Pick(0, 40), one.Of("repeated").Pick(0, 40), one.Of("late").Pick(0, 40))
                ),
                _ => new ClockIsSet(when, one.Of("by").Pick(-3600, -2, 2, 90, 3600) * TimeSpan.FromSeconds(1)),
            };
        }
    }

    private static DatabaseTrouble TroubleOf(Chance luck) =>
        luck.Of("trouble").Below(4) switch
        {
            0 => new(100, 0, 0),
            1 => new(20, 0, 30),
            2 => new(0, 50, 0),
            _ => new(10, 20, 20),
        };
}
