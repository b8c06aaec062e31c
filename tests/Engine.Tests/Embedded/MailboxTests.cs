namespace IotOrleans.Tests.Engine;

public sealed class MailboxTests
{
    private static readonly MethodPlan Plan = MethodPlan.For(
        typeof(IDisposable).GetMethod(nameof(IDisposable.Dispose))!
    );

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Calls_are_taken_in_the_order_in_which_they_came_and_those_that_may_interleave_before_others(int seed)
    {
        var chance = new Random(seed);
        var mailbox = new Mailbox();
        var expected = new List<Call>();
        for (var step = 0; step < 5_000; step++)
        {
            switch (chance.Next(5))
            {
                case < 3:
                    var call = Plan.NewCall([]);
                    call.MayInterleave = chance.Next(4) == 0;
                    mailbox.Add(call);
                    expected.Add(call);
                    break;
                case 3:
                    Assert.Same(Taken(expected, _ => true), mailbox.TakeFirst());
                    break;
                default:
                    Assert.Same(Taken(expected, call => call.MayInterleave), mailbox.TakeInterleaving());
                    break;
            }
            Assert.Equal(expected.Count, mailbox.Count);
            Assert.Equal(expected.Exists(call => call.MayInterleave), mailbox.HasInterleaving);
            Assert.Same(expected.FirstOrDefault(), mailbox.First);
        }

        Assert.Equal(expected, mailbox.TakeAll());
        Assert.Equal((0, null), (mailbox.Count, mailbox.First));
    }

    private static Call? Taken(List<Call> calls, Predicate<Call> which)
    {
        var found = calls.Find(which);
        if (found is not null)
            calls.Remove(found);
        return found;
    }
}
