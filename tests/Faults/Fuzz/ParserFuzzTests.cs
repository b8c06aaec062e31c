using System.Buffers;
using System.Diagnostics;
using IotOrleans.FreeSwitch;

namespace IotOrleans.Tests;

/// <summary>The parsers alone, so that many more bytes pass through them.</summary>
public sealed class ParserFuzzTests(ITestOutputHelper output)
{
    [Fact]
    public void The_parser_of_the_switchs_stream_gives_frames_or_says_that_it_is_none()
    {
        var nasty = new Nasty(new(Seed.Next(output)));
        var (until, streams, refused, facts) = (Stopwatch.StartNew(), 0, 0, 0);
        while (until.Elapsed < FuzzHouse.Time / 4)
        {
            var bytes = nasty.Switch();
            var parser = new EslParser(EslLimits.Default);
            var input = new ReadOnlySequence<byte>(bytes);
            streams++;
            try
            {
                while (parser.Take(ref input) is { } frame)
                {
                    if (!frame.IsEvent)
                        continue;
                    facts += ChannelEvents.From(EslEvent.From(frame, EslLimits.Default)).Count();
                }
            }
            catch (EslProtocolException)
            {
                refused++;
            }
        }
        output.WriteLine($"{streams} streams, {refused} of them refused, {facts} facts");
        Assert.True(facts > 0);
        Assert.InRange(refused, 1, streams - 1);
    }
}
