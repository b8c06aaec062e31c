using FsCheck;
using FsCheck.Fluent;
using IotOrleans.Subscribers;

namespace IotOrleans.Simulation.Pure;

/// <summary>How numbers are read, whatever people write.</summary>
public sealed class NumberProperties
{
    private static readonly NumberPlan[] Plans = [new("RU"), new("DE"), new("US"), new("FR"), new("IT")];
    private static readonly Gen<NumberPlan> Plan = Gen.Elements(Plans);

    [Fact]
    public void What_was_read_is_read_the_same_when_it_is_written() =>
        Given.Any(
            Plan.Zip(Given.Digits(1, 16)),
            one => !one.Item1.TryRead(one.Item2, out var number) || ReadsAs(one.Item1, number.ToString(), number)
        );

    [Fact]
    public void Signs_between_the_digits_say_nothing() =>
        Given.Any(
            Plan.Zip(Given.Digits(5, 14)).Zip(Gen.Elements(' ', '-', '.', '(', ')')),
            one =>
            {
                var ((plan, digits), sign) = one;
                var spaced = string.Join(sign, digits.Chunk(3).Select(part => new string(part)));
                return plan.TryRead(digits, out var plain) == plan.TryRead(spaced, out var other) && plain == other;
            }
        );

    [Fact]
    public void Whatever_is_written_is_a_whole_number_or_is_refused() =>
        Given.Any(
            Plan.Zip(ArbMap.Default.GeneratorFor<string>()),
            one => !one.Item1.TryRead(one.Item2, out var number) || Msisdn.TryParse(number.Digits, null, out _)
        );

    [Fact]
    public void No_number_of_a_subscriber_is_one_of_the_emergency_services() =>
        Given.Any(
            Plan.Zip(Given.Digits(2, 4)),
            one =>
                !one.Item1.TryReadTarget(one.Item2, out var number) || NumberPlan.IsEmergency(number) || !number.IsShort
        );

    private static bool ReadsAs(NumberPlan plan, string text, Msisdn number) =>
        plan.TryRead(text, out var again) && again == number;
}
