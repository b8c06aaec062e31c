namespace IotOrleans.Tests;

/// <summary>Everything in one file and back.</summary>
public sealed class BackupTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task After_a_restore_nothing_that_was_open_is_called_again_and_new_events_are()
    {
        var file = Path.Combine(Path.GetTempPath(), $"backup-{Guid.NewGuid():N}");
        await using var house = new LoneHouse(database);
        await house.Open();
        var storm = new Storm(house.Ask, database.Source, house.Ledger);
        await storm.Prepare("+79161112204");
        (int Exit, string Said) saved = default;
        await storm.Rage(async () => saved = await house.Command("backup", file));
        Assert.True(saved.Exit == 0, saved.Said);
        await storm.BooksAgree();

        var refused = await house.Command("restore", file);
        Assert.Equal(1, refused.Exit);
        Assert.Contains("Stop it before a restore", refused.Said, StringComparison.Ordinal);

        await house.Kill();
        var orders = house.Ledger.Orders.Count;
        var restored = await house.Command("restore", file);
        Assert.True(restored.Exit == 0, restored.Said);
        database.Source.Clear();
        await house.Start();

        // Nothing is open, so that nothing is left that could be called.
        Assert.Equal(0, await Count("incidents where due_at is not null"));
        Assert.Equal(0, await Count("calls where due_at is not null"));
        Assert.Equal(await Count("calls"), await Count("cdrs"));
        Assert.Equal(orders, house.Ledger.Orders.Count);

        var again = new Storm(house.Ask, database.Source, house.Ledger) { Name = "after" };
        await again.Login();
        await again.Rage(() => Task.CompletedTask);
        await again.Ended();
        var made = house.Ledger.Orders.Where(order => order.Channel is not null).GroupBy(order => order.Asked);
        Assert.All(made, calls => Assert.Single(calls));
        File.Delete(file);
    }

    [Fact]
    public async Task A_file_that_is_no_backup_changes_nothing()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "no backup");
        await using var house = new LoneHouse(database);
        await house.Open();
        await house.Kill();
        var before = await Count("users");
        var (exit, said) = await house.Command("restore", file);
        Assert.Equal(1, exit);
        Assert.Contains("pg_restore failed", said, StringComparison.Ordinal);
        Assert.Equal(before, await Count("users"));
        await house.Start();
        File.Delete(file);
    }

    private async Task<long> Count(string rows)
    {
        await using var command = database.Source.CreateCommand($"select count(*) from {rows}");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
