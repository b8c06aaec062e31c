using System.Globalization;
using IotOrleans.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace IotOrleans.Postgres;

public sealed class MigrationsTests(EmptyDatabase database) : IClassFixture<EmptyDatabase>
{
    private static readonly Migration First = Migration.From("0001_first.sql", "create table first (id int);");
    private static readonly Migration Second = Migration.From("0002_second.sql", "create table second (id int);");

    [Fact]
    public async Task Eight_processes_that_start_at_once_apply_every_script_once()
    {
        await using var schema = await Schema.Create(database, "eight");

        var applied = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Migrations.Apply(schema.Source, Migrations.Known, NullLogger.Instance))
        );

        Assert.Equal(Migrations.Known.Count, applied.Sum());
        Assert.Equal(0, await Migrations.Apply(schema.Source, NullLogger.Instance));
    }

    [Fact]
    public async Task A_script_whose_contents_changed_after_it_was_applied_is_refused_by_name()
    {
        await using var schema = await Schema.Create(database, "changed");
        await Apply(schema, First, Second);
        var edited = Migration.From("0001_first.sql", "create table first (id bigint);");

        var refused = await Assert.ThrowsAsync<MigrationException>(() => Apply(schema, edited, Second));

        Assert.Contains("0001_first", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gap_in_what_the_database_says_is_refused()
    {
        await using var schema = await Schema.Create(database, "gap");
        await Apply(schema, First, Second);
        await schema.Run("delete from schema_version where version = 1");

        var refused = await Assert.ThrowsAsync<MigrationException>(() => Apply(schema, First, Second));

        Assert.Contains("lacks migration 1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_that_fails_leaves_nothing_behind_and_the_next_start_tries_it_again()
    {
        await using var schema = await Schema.Create(database, "failing");
        var broken = Migration.From("0002_second.sql", "create table second (id int); select 1/0;");

        var failed = await Assert.ThrowsAsync<MigrationException>(() => Apply(schema, First, broken));

        Assert.Contains("0002_second failed: division by zero", failed.Message, StringComparison.Ordinal);
        Assert.Equal(1, await Apply(schema, First, Second));
    }

    [Fact]
    public async Task An_older_program_goes_on_with_a_newer_database()
    {
        await using var schema = await Schema.Create(database, "newer");
        await Apply(schema, First, Second);

        Assert.Equal(0, await Apply(schema, First));
    }

    [Fact]
    public void Line_ends_of_the_checkout_do_not_change_a_checksum()
    {
        var unix = Migration.From("0001_a.sql", "select 1;\nselect 2;\n");
        var windows = Migration.From("0001_a.sql", "select 1;\r\nselect 2;\r\n");

        Assert.Equal(unix.Checksum, windows.Checksum);
    }

    [Theory]
    [InlineData("1_short.sql")]
    [InlineData("0001.sql")]
    [InlineData("abcd_name.sql")]
    public void A_script_without_a_four_digit_number_is_refused(string file) =>
        Assert.Throws<MigrationException>(() => Migration.From(file, ""));

    [Fact]
    public void The_scripts_of_the_program_are_numbered_one_by_one() =>
        Assert.Equal(Enumerable.Range(1, Migrations.Known.Count), Migrations.Known.Select(m => m.Number));

    private static Task<int> Apply(Schema schema, params Migration[] known) =>
        Migrations.Apply(schema.Source, known, NullLogger.Instance);

    /// <summary>A name space of its own in the class's database, as empty as a new database.</summary>
    private sealed class Schema(NpgsqlDataSource source) : IAsyncDisposable
    {
        public NpgsqlDataSource Source => source;

        public static async Task<Schema> Create(TestDatabase database, string name)
        {
            await using var command = database.Source.CreateCommand(
                string.Create(CultureInfo.InvariantCulture, $"create schema {name}")
            );
            await command.ExecuteNonQueryAsync();
            return new(NpgsqlDataSource.Create(database.ConnectionString + $";Search Path={name}"));
        }

        public async Task Run(string sql)
        {
            await using var command = source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }

        public ValueTask DisposeAsync() => source.DisposeAsync();
    }
}
