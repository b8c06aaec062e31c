using IotOrleans.Tests;

namespace IotOrleans.Rules;

public sealed class RuleIndexTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(300)]
    public void An_event_finds_the_rules_that_wait_for_it_however_many_there_are(int count)
    {
        var rules = Rules(count);
        RuleIndex? index = null;

        Assert.Equal(["r0", "r1"], Found(ref index, rules, "smoke"));
        Assert.Equal(["r2"], Found(ref index, rules, "type_2"));
        Assert.Empty(Found(ref index, rules, "leak"));
    }

    [Fact]
    public void Rules_that_have_changed_are_seen_at_once()
    {
        var rules = Rules(100);
        RuleIndex? index = null;
        Assert.Equal(["r0", "r1"], Found(ref index, rules, "smoke"));

        Assert.Equal(["r0"], Found(ref index, RuleList.Without(rules, new("r1"))!, "smoke"));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(200)]
    public void A_word_is_found_in_a_short_list_and_in_a_long_one(int count)
    {
        string[] words = [.. Enumerable.Range(0, count).Select(number => $"type_{number}")];
        WordSet? set = null;

        Assert.True(WordSet.Has(ref set, words, "type_1"));
        Assert.False(WordSet.Has(ref set, words, "smoke"));
        Assert.True(WordSet.Has(ref set, [.. words, "smoke"], "smoke"));
    }

    private static Rule[] Rules(int count) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(number =>
                    Some.Rule(Some.Call(Some.Owner), number < 2 ? "smoke" : $"type_{number}", $"r{number}")
                ),
        ];

    private static string[] Found(ref RuleIndex? index, Rule[] rules, string eventType) =>
        [.. RuleIndex.Find(ref index, rules, eventType).Select(rule => rule.RuleId.Value)];
}
