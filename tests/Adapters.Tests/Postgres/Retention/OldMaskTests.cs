using IotOrleans.Masks;
using IotOrleans.Subscribers;
using IotOrleans.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace IotOrleans.Postgres;

/// <summary>Files of masks go after a while, and masks that were when the operator has said so.</summary>
public sealed class OldMaskTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private readonly OldHouse _old = new(database.Source);

    public async ValueTask InitializeAsync() =>
        await _old.House.Run("truncate masks, mask_sessions, mask_imports cascade");

    public ValueTask DisposeAsync() => _old.DisposeAsync();

    [Fact]
    public async Task A_million_lines_that_were_never_applied_go_a_thousand_at_a_time()
    {
        await Import("ready", 31, lines: 1_000_000);
        await Import("ready", 29, lines: 3);
        await _old.House.Run(
            """
            create table if not exists most (lines bigint);
            create or replace function note_most() returns trigger language plpgsql as $$
            begin
                insert into most select count(*) from gone;
                return null;
            end $$;
            create or replace trigger note_most after delete on mask_import_rows referencing old table as gone
                for each statement execute function note_most();
            """
        );

        await _old.Work();

        Assert.Equal("3 1", await _old.Counts("mask_import_rows", "mask_imports"));
        Assert.Equal(1_000L, await _old.House.Ask<long>("select max(lines) from most"));
        Assert.Equal(1_000_000, _old.Removed("mask_import_rows"));
        await _old.House.Run("drop trigger note_most on mask_import_rows; drop table most");
    }

    [Fact]
    public async Task A_file_goes_with_its_rejects_whatever_came_of_it_and_its_masks_stay()
    {
        foreach (var status in new[] { "applied", "failed", "applying", "reading" })
            await Import(status, 31, lines: status == "applying" ? 2 : 0, rejects: 2);
        await Import("applied", 29, rejects: 2);
        await _old.House.Run(
            """
            insert into masks (real, shown, import_id)
            select 79260000001, 78100000001, import_id from mask_imports limit 1
            """
        );

        await _old.Work();

        Assert.Equal("1 2 0 1", await _old.Counts("mask_imports", "mask_import_rejects", "mask_import_rows", "masks"));
    }

    [Fact]
    public async Task A_file_of_which_a_line_is_gone_cannot_be_applied()
    {
        var id = await Import("ready", 31, lines: 1_500);
        // The second thousand is refused, as by a database that ends just then.
        await _old.House.Run(
            """
            create or replace function refuse_most() returns trigger language plpgsql as $$
            begin
                if old.line = 1 then raise exception 'not now'; end if;
                return old;
            end $$;
            create trigger refuse_most before delete on mask_import_rows for each row execute function refuse_most();
            """
        );
        await _old.House.Run(
            """
            update mask_import_rows set line = 1501 where line = 1;
            update mask_import_rows set line = 1 where line = 1500
            """
        );

        await _old.Work();
        await _old.House.Run("drop trigger refuse_most on mask_import_rows");

        Assert.Equal("500", await _old.Counts("mask_import_rows"));
        var imports = new PostgresMaskImports(
            database.Source,
            new Replica(database.Source, null, _old.Clock, NullLogger<Replica>.Instance),
            new NumberPlan("RU"),
            _old.Clock
        );
        Assert.Equal(Refusal.Conflict, (await imports.Apply(id, null, default)).Refusal);
        Assert.Equal("it was not applied in time", (await imports.Find(id, default))!.Detail);
        Assert.Equal("0", await _old.Counts("masks"));
    }

    [Fact]
    public async Task Masks_and_sessions_that_have_ended_stay_unless_the_operator_says_for_how_long()
    {
        foreach (var (n, daysAgo) in new[] { (1, 401), (2, 399) })
        {
            await _old.House.Run(
                $"""
                insert into masks (real, shown, ended_at) values (7926000000{n}, 7810000000{n}, '{_old.At(daysAgo)}');
                insert into mask_sessions (a, b, shown, ended_at)
                values (7926000001{n}, 7926000002{n}, 7810000001{n}, '{_old.At(daysAgo)}')
                """
            );
        }
        await _old.House.Run(
            $"""
            insert into masks (real, shown, created_at) values (79260000003, 78100000003, '{_old.At(900)}');
            insert into masks (real, shown, ended_at, rests_until)
            values (79260000004, 78100000004, '{_old.At(401)}', '{_old.At(-1)}');
            insert into mask_sessions (a, b, shown, created_at)
            values (79260000031, 79260000032, 78100000013, '{_old.At(900)}')
            """
        );
        await _old.Work();
        Assert.Equal("4 3", await _old.Counts("masks", "mask_sessions"));

        await _old.Work(new() { MaskDays = 400 });
        Assert.Equal(
            "78100000002 78100000003 78100000004",
            await _old.House.Ask<string>("select string_agg(shown::text, ' ' order by shown) from masks")
        );
        Assert.Equal("2", await _old.Counts("mask_sessions"));
    }

    [Fact]
    public async Task Who_has_not_heard_of_masks_for_a_day_reads_all_of_them_anew()
    {
        await _old.House.Run("insert into masks (real, shown) values (79260000001, 78100000001)");
        var mirror = new MaskMirror(database.Source, _old.Clock, NullLogger<MaskMirror>.Instance);
        await mirror.StartAsync(CancellationToken.None);
        await Knows(mirror, "78100000001");

        // It has ended and is gone, and a mirror that was cut off has heard of neither.
        await _old.House.Run("delete from masks");
        _old.Clock.Advance(TimeSpan.FromDays(2));
        await _old.House.Run("insert into masks (real, shown) values (79260000002, 78100000002)");
        await Knows(mirror, "78100000002");
        Assert.Null(mirror.RealOf(new("78100000001")));
        await mirror.StopAsync(CancellationToken.None);
    }

    private static async Task Knows(MaskMirror mirror, string shown)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (mirror.RealOf(new(shown)) is null)
            await Task.Delay(20, late.Token);
    }

    private async Task<Guid> Import(string status, int daysAgo, int lines = 0, int rejects = 0)
    {
        var id = Guid.NewGuid();
        await _old.House.Run(
            $"""
            insert into mask_imports (import_id, status, created_by, created_at, updated_at)
            values ('{id}', '{status}', 'admin', '{_old.At(daysAgo)}', '{_old.At(daysAgo)}');
            insert into mask_import_rows (import_id, line, real, shown)
            select '{id}', n, 79260000000 + n, 78100000000 + n from generate_series(1, {lines}) as n;
            insert into mask_import_rejects (import_id, line, reason)
            select '{id}', n, 'it is none' from generate_series(1, {rejects}) as n
            """
        );
        return id;
    }
}
