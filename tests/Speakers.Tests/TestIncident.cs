using IotOrleans.Incidents;
using IotOrleans.Postings;

namespace IotOrleans.Tests.Speakers;

/// <summary>An incident that remembers what it was told of its course, and does nothing by itself.</summary>
public sealed class TestIncidentGrain(TestCalls calls) : Grain, IIncidentGrain
{
    public Task Note(IncidentAttempt happened)
    {
        calls.Noted.Enqueue(happened);
        return Task.CompletedTask;
    }

    public Task Heard(string by)
    {
        calls.Said.Enqueue($"heard {by}");
        return Task.CompletedTask;
    }

    public Task Wake() => Task.CompletedTask;

    public Task Follow(LegReport report) => Task.CompletedTask;

    public Task FollowPosting(PostingReport report) => Task.CompletedTask;

    public Task<Refusal> Join(JoinedEvent joined) => Task.FromResult(Refusal.Ended);

    public Task<IncidentRecord?> Look() => Task.FromResult<IncidentRecord?>(null);

    public Task<Refusal> Acknowledge(string by, string? note) => Task.FromResult(Refusal.NotFound);

    public Task<Refusal> Cancel(string by) => Task.FromResult(Refusal.NotFound);
}
