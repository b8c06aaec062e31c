using IotOrleans.Events;

namespace IotOrleans.Simulation.Pure;

/// <summary>State that is shown is state that is kept.</summary>
public sealed class SavingTests
{
    [Fact]
    public async Task A_state_that_could_not_be_written_is_not_shown()
    {
        var box = new Box { State = "before" };

        await Assert.ThrowsAsync<JournalUnavailableException>(() => box.Save(new Words("after")));

        Assert.Equal("before", box.State.Text);
    }

    internal sealed record Words(string Text)
    {
        public Words()
            : this("") { }

        public static implicit operator Words(string text) => new(text);
    }

    private sealed class Box : IPersistentState<Words>
    {
        public Words State { get; set; } = "";

        public string? Etag => null;

        public bool RecordExists => true;

        public Task ReadStateAsync() => Task.CompletedTask;

        public Task WriteStateAsync() => Task.FromException(new JournalUnavailableException());

        public Task ClearStateAsync() => Task.CompletedTask;
    }
}
