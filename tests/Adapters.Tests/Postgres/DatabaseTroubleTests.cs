using Npgsql;

namespace IotOrleans.Postgres;

/// <summary>What is the database's trouble, to be waited out, and what is a mistake of ours.</summary>
public sealed class DatabaseTroubleTests
{
    public static TheoryData<Exception> Troubles =>
        [
            new NpgsqlException("Exception while reading from stream"),
            new TimeoutException(),
            new IOException(),
            new ObjectDisposedException("System.Threading.ManualResetEventSlim"),
            Refusal("57P01"),
            Refusal("53300"),
            Refusal("25006"),
        ];

    [Theory]
    [MemberData(nameof(Troubles), DisableDiscoveryEnumeration = true)]
    public void A_database_that_is_away_or_breaks_off_is_waited_for(Exception trouble) =>
        Assert.True(DatabaseTrouble.Is(trouble));

    [Fact]
    public void A_statement_that_is_wrong_is_a_mistake_and_not_waited_for()
    {
        Assert.False(DatabaseTrouble.Is(Refusal("42601")));
        Assert.False(DatabaseTrouble.Is(Refusal("22021")));
        Assert.False(DatabaseTrouble.Is(new InvalidOperationException()));
    }

    private static PostgresException Refusal(string state) => new("refused", "ERROR", "ERROR", state);
}
