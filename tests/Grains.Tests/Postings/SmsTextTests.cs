using IotOrleans.Postings;

namespace IotOrleans.Tests.Postings;

public sealed class SmsTextTests
{
    [Theory]
    [InlineData("a", 160, 1)]
    [InlineData("a", 161, 2)]
    [InlineData("a", 306, 2)]
    [InlineData("a", 307, 3)]
    [InlineData("€", 80, 1)]
    [InlineData("€", 81, 2)]
    [InlineData("ж", 70, 1)]
    [InlineData("ж", 71, 2)]
    [InlineData("ж", 134, 2)]
    [InlineData("ж", 135, 3)]
    [InlineData("😀", 35, 1)]
    [InlineData("😀", 36, 2)]
    public void A_text_takes_as_many_messages_as_its_alphabet_needs(string character, int times, int parts) =>
        Assert.Equal(parts, SmsText.Parts(string.Concat(Enumerable.Repeat(character, times))));

    [Fact]
    public void No_part_ends_within_a_character() =>
        // 33 pairs fill 66 of 67 units: the next pair begins the next part.
        Assert.Equal(3, SmsText.Parts(string.Concat(Enumerable.Repeat("😀", 67))));

    [Theory]
    [InlineData(65)]
    [InlineData(66)]
    [InlineData(133)]
    public void Who_cuts_every_67_units_cuts_no_character_and_what_is_read_is_what_was_written(int before)
    {
        var text = new string('я', before) + "😀😀" + new string('ж', 80);
        var whole = SmsText.WithoutCutPairs(text);
        Assert.All(whole.Chunk(67), part => Assert.False(char.IsHighSurrogate(part[^1])));
        Assert.Equal(text, whole.Replace("\u2060", "", StringComparison.Ordinal));
        Assert.Equal(SmsText.Parts(text), whole.Chunk(67).Count());
    }

    [Theory]
    [InlineData("Hello, world")]
    [InlineData("Привет 😀")]
    public void A_text_of_one_part_and_one_of_the_gsm_alphabet_stay_as_they_are(string text) =>
        Assert.Equal(text, SmsText.WithoutCutPairs(text));
}
