using IotOrleans.Access;
using IotOrleans.Tests;
using Npgsql;

namespace IotOrleans.Postgres;

public sealed class UserTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    private readonly PostgresAccess _access = new(database.Source);

    public async ValueTask InitializeAsync()
    {
        await using var command = database.Source.CreateCommand("truncate users");
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task The_first_administrator_is_made_only_when_there_is_no_user_at_all()
    {
        Assert.True(await _access.Found("admin", "hash", default));
        Assert.False(await _access.Found("admin", "other", default));
        Assert.False(await _access.Found("root", "other", default));

        var admin = await _access.FindUser("admin", default);
        Assert.Equal((Role.Admin, "hash", true), (admin!.Role, admin.PasswordHash, admin.Active));
        Assert.Null(await _access.FindUser("root", default));
    }

    [Fact]
    public async Task Of_two_founders_at_once_the_second_waits_for_the_first_and_founds_nothing()
    {
        await using var first = await database.Source.OpenConnectionAsync();
        await using var founding = await first.BeginTransactionAsync();
        await Run(first, "select pg_advisory_xact_lock(1768911969)");
        var second = _access.Found("second", "hash", default);
        await database.UntilSomebodyWaits();
        await Run(
            first,
            """
            insert into users (username, role, password_hash, stamp, active, created_at)
            values ('first', 'admin', 'hash', 'stamp', true, now())
            """
        );
        await founding.CommitAsync();

        Assert.False(await second);
        Assert.Equal("first", Assert.Single(await All()).Username);
    }

    [Fact]
    public async Task Sixteen_founders_make_one_administrator()
    {
        var made = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(n => _access.Found($"admin-{n}", "hash", default))
        );

        Assert.Single(made, founded => founded);
        Assert.Single(await All());
    }

    [Fact]
    public async Task A_user_is_read_as_he_was_added_and_a_name_is_taken_once()
    {
        var partner = Some("partner") with { Role = Role.Partner, Subscribers = [new("79160000010")] };

        Assert.True(await _access.AddUser(partner, default));
        Assert.False(await _access.AddUser(partner with { Role = Role.Admin }, default));

        Assert.Equivalent(partner, await _access.FindUser("partner", default), strict: true);
        Assert.Null(await _access.FindUser("nobody", default));
    }

    [Fact]
    public async Task Users_are_listed_page_by_page_while_new_ones_are_added()
    {
        for (var n = 0; n < 7; n++)
            await _access.AddUser(Some($"user-{n}"), default);
        var added = 0;

        var read = await Paging.All(
            page => _access.Users(page, default),
            limit: 2,
            between: () => _access.AddUser(Some($"new-{added++}"), default)
        );

        Assert.Equal(Enumerable.Range(0, 7).Reverse().Select(n => $"user-{n}"), read.Select(user => user.Username));
    }

    [Fact]
    public async Task A_change_replaces_the_user_and_clears_his_failures()
    {
        await _access.AddUser(Some("olga"), default);
        await _access.CountLogin("olga", failed: true, Noon, default);
        var changed = Some("olga") with { Role = Role.Auditor, PasswordHash = "new", Stamp = "new", Active = false };

        Assert.True(await _access.ChangeUser(changed, default));

        var read = await _access.FindUser("olga", default);
        Assert.Equivalent(changed with { LastFailureAt = Noon }, read, strict: true);
        Assert.False(await _access.ChangeUser(Some("nobody"), default));
    }

    [Fact]
    public async Task Failed_logins_are_counted_in_a_row()
    {
        await _access.AddUser(Some("olga"), default);

        Assert.Equal(1, await _access.CountLogin("olga", failed: true, Noon, default));
        Assert.Equal(2, await _access.CountLogin("olga", failed: true, Noon.AddMinutes(1), default));
        Assert.Equal(Noon.AddMinutes(1), (await _access.FindUser("olga", default))!.LastFailureAt);
        Assert.Equal(0, await _access.CountLogin("olga", failed: false, Noon.AddMinutes(2), default));
        Assert.Equal(0, await _access.CountLogin("nobody", failed: true, Noon, default));
    }

    [Fact]
    public async Task The_last_active_administrator_is_neither_removed_nor_lowered_nor_locked()
    {
        var admin = Some("admin") with { Role = Role.Admin };
        await _access.AddUser(admin, default);
        await _access.AddUser(Some("away") with { Role = Role.Admin, Active = false }, default);
        await _access.AddUser(Some("olga"), default);

        Assert.False(await _access.RemoveUser("admin", default));
        Assert.False(await _access.ChangeUser(admin with { Role = Role.Operator }, default));
        Assert.False(await _access.ChangeUser(admin with { Active = false }, default));
        Assert.True(await _access.ChangeUser(admin with { PasswordHash = "new" }, default));
        Assert.True(await _access.RemoveUser("away", default));
        Assert.True(await _access.RemoveUser("olga", default));
        Assert.False(await _access.RemoveUser("olga", default));
        Assert.Equal("admin", Assert.Single(await All()).Username);
    }

    [Fact]
    public async Task Administrators_who_remove_and_lower_each_other_at_once_leave_one()
    {
        for (var round = 0; round < 20; round++)
        {
            var (one, other) = (Some($"one-{round}"), Some($"other-{round}"));
            await _access.AddUser(one with { Role = Role.Admin }, default);
            await _access.AddUser(other with { Role = Role.Admin }, default);
            foreach (
                var user in (await All()).Where(user =>
                    user.Username != one.Username && user.Username != other.Username
                )
            )
                await _access.RemoveUser(user.Username, default);

            var done = await Task.WhenAll(
                _access.RemoveUser(one.Username, default),
                _access.ChangeUser(other with { Role = Role.Operator }, default)
            );

            Assert.Single(done, yes => yes);
            Assert.Single(await All(), user => user is { Role: Role.Admin, Active: true });
        }
    }

    private static User Some(string name) => new(name, Role.Operator, "hash", "stamp", Active: true, Noon);

    private Task<List<User>> All() => Paging.All(page => _access.Users(page, default), limit: 100);

    private static async Task Run(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
