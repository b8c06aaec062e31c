using FsCheck;
using FsCheck.Fluent;

namespace IotOrleans.Simulation.Pure;

/// <summary>Properties on a thousand cases that are the same in every run.</summary>
internal static class Given
{
    private static readonly Config Fixed = Config.QuickThrowOnFailure.WithMaxTest(1_000).WithReplay(20261120, 1);

    public static void Any<T>(Gen<T> cases, Func<T, bool> holds) =>
        Check.One(Fixed, Prop.ForAll(cases.ToArbitrary(), holds));

    public static Gen<string> Digits(int from, int to) =>
        Gen.Choose(from, to).SelectMany(length => Gen.Choose(0, 9).ArrayOf(length)).Select(all => string.Concat(all));
}
