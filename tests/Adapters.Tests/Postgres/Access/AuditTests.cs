using System.Security.Cryptography;
using IotOrleans.Access;
using IotOrleans.Events;
using IotOrleans.Tests;
using Npgsql;

namespace IotOrleans.Postgres;

public sealed class AuditTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    private readonly PostgresAccess _access = new(database.Source);
    private readonly House _house = new(database.Source);

    public async ValueTask InitializeAsync() => await _house.Run("truncate audit_log, secrets");

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task An_entry_is_read_as_it_was_written()
    {
        var full = new AuditEntry(Noon, "admin", "POST", "/api/v1/users", "201", "10.0.0.1", "trace", "olga")
        {
            // Such a text is refused by jsonb.
            Before = new("""{"name": "O\u0000lga"}"""),
            After = new("[1,  2]"),
        };
        var bare = new AuditEntry(Noon, "?", "POST", "/api/v1/auth/token", "401", null, null);
        await _access.Audit(full, default);
        await _access.Audit(bare, default);

        Assert.Equal([bare, full], (await _access.AuditLog(Paging.First, default)).Items);
    }

    [Theory]
    [InlineData("update audit_log set who = 'nobody'")]
    [InlineData("delete from audit_log")]
    public async Task The_log_only_grows(string attempt)
    {
        await _access.Audit(Some(0), default);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => _house.Run(attempt));

        Assert.Equal("audit_log is append-only", refused.MessageText);
        Assert.Equal([Some(0)], (await _access.AuditLog(Paging.First, default)).Items);
    }

    [Fact]
    public async Task The_log_is_read_page_by_page_while_it_grows()
    {
        for (var n = 0; n < 7; n++)
            await _access.Audit(Some(n), default);

        var read = await Paging.All(
            page => _access.AuditLog(page, default),
            limit: 3,
            between: () => _access.Audit(Some(99), default)
        );

        Assert.Equal(Enumerable.Range(0, 7).Reverse().Select(Some), read);
    }

    [Fact]
    public async Task Of_many_who_ask_for_a_secret_at_once_all_read_the_same()
    {
        var read = await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(_ =>
                    new PostgresAccess(database.Source).Secret("tokens", () => RandomNumberGenerator.GetBytes(32))
                )
        );

        Assert.All(read, secret => Assert.Equal(read[0], secret));
        Assert.Equal(read[0], await _access.Secret("tokens", () => []));
        Assert.NotEqual(read[0], await _access.Secret("others", () => [1]));
    }

    [Fact]
    public async Task A_database_that_is_away_is_said_in_the_words_of_the_contract()
    {
        await using var away = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Username=nobody;Database=none");
        var access = new PostgresAccess(away);

        await Assert.ThrowsAsync<JournalUnavailableException>(() => access.Found("admin", "hash", default));
        await Assert.ThrowsAsync<JournalUnavailableException>(() => access.FindKey("hash", default));
        await Assert.ThrowsAsync<JournalUnavailableException>(() => access.Audit(Some(0), default));
    }

    private static AuditEntry Some(int n) => new(Noon, "admin", "DELETE", $"/api/v1/users/{n}", "204", null, null);
}
