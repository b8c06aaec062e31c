namespace IotOrleans.Simulation;

/// <summary>Makes a day that went wrong shorter as long as it still goes wrong in the same way.</summary>
internal static class Shrinker
{
    private const int RunsMax = 400;

    public static string Explain(Day day)
    {
        var first = World.Run(day).Broken[0];
        var shorter = Shrink(day, Kind(first));
        var outcome = World.Run(shorter, tells: true);
        return $"""
            Seed {day.Seed} breaks a promise: {first}
            Live it again with ./test simulate --seed {day.Seed}

            The shortest day found that breaks it ({shorter.Acts.Length} of {day.Acts.Length} acts): {outcome.Broken[0]}
            {shorter.Script()}

            How it went:
            {string.Join('\n', outcome.Said)}
            """;
    }

    public static Day Shrink(Day day, string kind)
    {
        var runs = 0;
        for (var size = Math.Max(1, day.Acts.Length / 2); ; size = Math.Max(1, size / 2))
        {
            var isShorter = false;
            for (var from = 0; from < day.Acts.Length && runs < RunsMax; )
            {
                var less = day with { Acts = [.. day.Acts[..from], .. day.Acts.Skip(from + size)] };
                runs++;
                if (World.Run(less).Broken is [var broken, ..] && Kind(broken) == kind)
                    (day, isShorter) = (less, true);
                else
                    from += size;
            }
            var rules = Lean(day, kind, ref runs);
            isShorter |= rules.House.Rules.Length < day.House.Rules.Length;
            day = rules;
            if ((size == 1 && !isShorter) || runs >= RunsMax)
                return day;
        }
    }

    /// <summary>Without the rules, and the devices, that have no part in it.</summary>
    private static Day Lean(Day day, string kind, ref int runs)
    {
        foreach (var rule in day.House.Rules)
        {
            var less = day with
            {
                House = day.House with { Rules = [.. day.House.Rules.Where(other => other != rule)] },
            };
            if (runs++ < RunsMax && World.Run(less).Broken is [var broken, ..] && Kind(broken) == kind)
                day = less;
        }
        foreach (var device in day.House.Devices)
        {
            var isNeeded = day.Acts.OfType<Happens>().Any(act => act.Device == device.DeviceId);
            var less = day with
            {
                House = day.House with { Devices = [.. day.House.Devices.Where(one => one != device)] },
            };
            if (!isNeeded && runs++ < RunsMax && World.Run(less).Broken is [var broken, ..] && Kind(broken) == kind)
                day = less;
        }
        return day;
    }

    /// <summary>The words of it without names and numbers, which differ in a shorter day.</summary>
    public static string Kind(string broken) =>
        string.Join(
            ' ',
            broken.Split('\n')[0].Split(' ').Where(word => word.All(c => char.IsLetter(c) || c is ',' or ':'))
        );
}
