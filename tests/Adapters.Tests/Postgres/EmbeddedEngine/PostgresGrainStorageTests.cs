using System.Text.Json;
using System.Text.Json.Serialization;
using IotOrleans.Tests;
using Npgsql;
using Orleans.Storage;

namespace IotOrleans.Postgres;

public sealed class PostgresGrainStorageTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private readonly PostgresGrainStorage _storage = new(database.Source, "house");
    private readonly GrainId _lamp = GrainId.Create("lamp", "d:" + Guid.NewGuid().ToString("N"));

    [Fact]
    public async Task What_was_written_is_read_and_what_was_not_is_new()
    {
        var written = new Box<Lamp> { State = new("кухня", 3, Colour.WarmWhite) };
        Assert.Equal((null, false), (written.ETag, written.RecordExists));

        await _storage.WriteStateAsync("lamp", _lamp, written);
        var read = await Read(_lamp);
        var never = await Read(GrainId.Create("lamp", "d:never"));

        Assert.Equal(("1", true), (written.ETag, written.RecordExists));
        Assert.Equal((written.State, "1", true), (read.State, read.ETag, read.RecordExists));
        Assert.Equal((new(), null, false), (never.State, never.ETag, never.RecordExists));
    }

    [Fact]
    public async Task A_person_can_read_the_state_in_the_table()
    {
        await _storage.WriteStateAsync("lamp", _lamp, new Box<Lamp> { State = new("кухня", 3, Colour.WarmWhite) });

        await using var look = database.Source.CreateCommand(
            "select payload::text from grain_state where key_text = $1"
        );
        look.Parameters.AddWithValue(_lamp.Key.ToString());

        Assert.Equal("""{"room": "кухня", "times": 3, "colour": "warm_white"}""", await look.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_write_that_is_based_on_an_old_version_is_refused_and_changes_nothing()
    {
        var owner = new Box<Lamp>();
        await _storage.WriteStateAsync("lamp", _lamp, owner);
        var stale = await Read(_lamp);
        owner.State = new("hall", 2);
        await _storage.WriteStateAsync("lamp", _lamp, owner);

        stale.State = new("garage", 9);
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.WriteStateAsync("lamp", _lamp, stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.ClearStateAsync("lamp", _lamp, stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() =>
            _storage.WriteStateAsync("lamp", _lamp, new Box<Lamp>())
        );

        Assert.Equal((owner.State, "2"), ((await Read(_lamp)).State, (await Read(_lamp)).ETag));
        Assert.Equal("1", stale.ETag);
    }

    [Fact]
    public async Task A_version_of_a_row_that_is_gone_is_refused()
    {
        var owner = new Box<Lamp> { ETag = "7" };

        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.WriteStateAsync("lamp", _lamp, owner));

        Assert.False((await Read(_lamp)).RecordExists);
    }

    [Fact]
    public async Task Of_many_first_writes_at_once_one_wins_and_there_is_one_row()
    {
        var results = await Task.WhenAll(
            Enumerable
                .Range(0, 32)
                .Select(async number =>
                {
                    try
                    {
                        await _storage.WriteStateAsync("lamp", _lamp, new Box<Lamp> { State = new("room", number) });
                        return 1;
                    }
                    catch (InconsistentStateException)
                    {
                        return 0;
                    }
                })
        );

        Assert.Equal(1, results.Sum());
        Assert.Equal("1", (await Read(_lamp)).ETag);
    }

    [Fact]
    public async Task A_cleared_state_keeps_its_version_so_that_a_stale_owner_is_still_refused()
    {
        var owner = new Box<Lamp> { State = new("hall", 1) };
        await _storage.WriteStateAsync("lamp", _lamp, owner);
        var stale = await Read(_lamp);

        await _storage.ClearStateAsync("lamp", _lamp, owner);

        Assert.Equal((new(), "2", false), (owner.State, owner.ETag, owner.RecordExists));
        var read = await Read(_lamp);
        Assert.Equal((new(), "2", false), (read.State, read.ETag, read.RecordExists));
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.WriteStateAsync("lamp", _lamp, stale));
        await _storage.WriteStateAsync("lamp", _lamp, owner);
        Assert.Equal("3", owner.ETag);
    }

    [Fact]
    public async Task Clearing_what_was_never_stored_is_no_error()
    {
        var box = new Box<Lamp>();

        await _storage.ClearStateAsync("lamp", _lamp, box);

        Assert.Null(box.ETag);
    }

    [Fact]
    public async Task Ids_that_look_like_the_same_number_have_rows_of_their_own()
    {
        await _storage.WriteStateAsync("lamp", GrainId.Create("lamp", "d:0100"), new Box<Lamp>());

        Assert.False((await Read(GrainId.Create("lamp", "d:100"))).RecordExists);
        Assert.False((await Read(GrainId.Create("lamp", "s:0100"))).RecordExists);
        Assert.True((await Read(GrainId.Create("lamp", "d:0100"))).RecordExists);
    }

    [Fact]
    public async Task Two_houses_in_one_database_do_not_see_each_other()
    {
        await _storage.WriteStateAsync("lamp", _lamp, new Box<Lamp>());
        var other = new Box<Lamp>();

        await new PostgresGrainStorage(database.Source, "other").ReadStateAsync("lamp", _lamp, other);

        Assert.False(other.RecordExists);
    }

    [Fact]
    public async Task Many_that_wake_at_once_each_get_their_own_state()
    {
        var lamps = Enumerable.Range(0, 50).Select(number => GrainId.Create("lamp", $"d:many-{number}")).ToArray();
        foreach (var (number, lamp) in lamps.Index().Where(pair => pair.Index % 2 == 0))
            await _storage.WriteStateAsync("lamp", lamp, new Box<Lamp> { State = new($"room {number}", number) });

        var read = await Task.WhenAll(lamps.Select(Read));

        foreach (var (number, box) in read.Index())
        {
            var (state, etag) = number % 2 == 0 ? (new Lamp($"room {number}", number), "1") : (new(), null);
            Assert.Equal((state, etag, etag is not null), (box.State, box.ETag, box.RecordExists));
        }
    }

    [Fact]
    public async Task A_kind_that_comes_last_in_the_row_is_still_found()
    {
        // jsonb keeps members by length, so "$type" does not stay in front.
        var box = new Box<Sensor>
        {
            State = new SmokeSensor { Id = "s", Ppm = 7 },
        };
        await _storage.WriteStateAsync("sensor", _lamp, box);
        var read = new Box<Sensor>();

        await _storage.ReadStateAsync("sensor", _lamp, read);

        Assert.Equal(7, Assert.IsType<SmokeSensor>(read.State).Ppm);
    }

    [Fact]
    public async Task Rows_of_an_older_and_of_a_newer_version_are_read()
    {
        await Insert("""{"room": "hall"}""");
        Assert.Equal(new Lamp("hall", 0), (await Read(_lamp)).State);

        await Update("""{"room": "hall", "times": 2, "smell": "roses"}""");
        Assert.Equal(new Lamp("hall", 2), (await Read(_lamp)).State);

        Task Insert(string payload) => Write(new Box<JsonElement> { State = JsonElement.Parse(payload) });
        Task Update(string payload) => Write(new Box<JsonElement> { State = JsonElement.Parse(payload), ETag = "1" });
        Task Write(Box<JsonElement> box) => _storage.WriteStateAsync("lamp", _lamp, box);
    }

    [Fact]
    public async Task Text_with_a_zero_character_is_refused_by_the_database_and_leaves_the_row_as_it_was()
    {
        var box = new Box<Lamp> { State = new("hall", 1) };
        await _storage.WriteStateAsync("lamp", _lamp, box);
        box.State = new("a\0b", 2);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => _storage.WriteStateAsync("lamp", _lamp, box));

        Assert.Equal(PostgresErrorCodes.UntranslatableCharacter, refused.SqlState);
        Assert.Equal(("1", "hall"), (box.ETag, (await Read(_lamp)).State.Room));
    }

    [Fact]
    public async Task A_statement_that_the_table_lacks_is_named()
    {
        var queries = new StoredQueries(database.Source);

        var missing = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
            await queries.Command("Nobody", [])
        );

        Assert.Contains("'Nobody'", missing.Message, StringComparison.Ordinal);
    }

    private async Task<Box<Lamp>> Read(GrainId grain)
    {
        var box = new Box<Lamp>();
        await _storage.ReadStateAsync("lamp", grain, box);
        return box;
    }

    private enum Colour
    {
        None,
        WarmWhite,
    }

    private sealed record Lamp(string? Room, int Times, Colour? Colour = null)
    {
        public Lamp()
            : this(null, 0) { }
    }

    [JsonPolymorphic]
    [JsonDerivedType(typeof(SmokeSensor), "smoke")]
    private class Sensor
    {
        public string? Id { get; set; }
    }

    private sealed class SmokeSensor : Sensor
    {
        public int Ppm { get; set; }
    }

    private sealed class Box<T> : IGrainState<T>
        where T : new()
    {
        public T State { get; set; } = new();

        public string? ETag { get; set; }

        public bool RecordExists { get; set; }
    }
}
