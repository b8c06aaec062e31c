using IotOrleans.Incidents;
using IotOrleans.Postings;
using IotOrleans.Subscribers;

namespace IotOrleans.Simulation;

/// <summary>The postings as one process has them.</summary>
internal sealed class ModelPostings(World world, Life life) : IPostingBook
{
    private Rows Rows => world.Database.Rows;

    public Task Save(Posting posting) =>
        world.Database.Write(
            life,
            NamedId.Of($"{posting.PostingId}", $"{posting.Version}"),
            () =>
            {
                Rows.Save(posting);
                return true;
            }
        );

    public Task<Posting?> Read(Guid id) =>
        world.Database.Read(life, "posting", () => Rows.Postings.GetValueOrDefault(id));

    public Task<Guid[]> ReadDue(DateTimeOffset now, int limit) =>
        world.Database.Read(
            life,
            "due postings",
            () =>
                Rows
                    .Postings.Values.Where(posting => posting.DueAt <= now)
                    .OrderBy(posting => posting.DueAt)
                    .Take(limit)
                    .Select(posting => posting.PostingId)
                    .ToArray()
        );

    public Task<IncidentId?> LastAsked(Msisdn number, DateTimeOffset since) =>
        world.Database.Read(
            life,
            "last asked",
            () =>
                Rows
                    .Postings.Values.LastOrDefault(posting =>
                        posting.Order.Target == number.ToString()
                        && posting.Order is { Kind: PostingKind.Sms, IncidentId: not null }
                        && posting.CreatedAt >= since
                    )
                    ?.Order.IncidentId
        );
}
