using System.Text.Json;
using Npgsql;

namespace IotOrleans.Tests;

/// <summary>Masks while the database is away: what is known is answered, what must be kept is refused.</summary>
public sealed class MaskOutageTests(WholeHouse house) : IClassFixture<WholeHouse>
{
    private const string Shown = "+78107000001";
    private const string Real = "+79266000001";

    [Fact]
    public async Task Without_the_database_masks_are_looked_up_and_not_made_until_it_is_back_by_itself()
    {
        var made = await house.Post("api-keys", """{"name": "gate", "role": "telephony"}""", 201);
        var key = made.GetProperty("key").GetString();
        await house.Post("masks", $$"""{"real": "{{Real}}", "shown": "{{Shown}}"}""", 201);
        await house.Until("masks/lookup/real/" + Shown, _ => true, 404);
        Assert.Equal(200, (await Look()).Status);

        await Shut(isShut: true);
        try
        {
            var (status, body) = await Look();
            Assert.Equal((200, Real), (status, body.GetProperty("real").GetString()));
            var (refused, problem) = await house.Ask(
                HttpMethod.Post,
                "masks",
                """{"real": "+79266000002", "shown": "+78107000002"}"""
            );
            Assert.True(refused == 503, $"{refused}: {problem}");
            Assert.Equal("urn:iotorleans:problem:unavailable", problem.GetProperty("type").GetString());
            Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
        }
        finally
        {
            await Shut(isShut: false);
        }
        await house.Until("masks?limit=1", page => page.GetProperty("items").GetArrayLength() == 1, 503);

        Task<(int Status, JsonElement Body)> Look() => house.Ask(HttpMethod.Get, "/lookup/real/" + Shown, key: key);
    }

    private async Task Shut(bool isShut)
    {
        var where = new NpgsqlConnectionStringBuilder(house.ConnectionString);
        var name = where.Database;
        (where.Database, where.Pooling) = ("postgres", false);
        await using var admin = new NpgsqlConnection(where.ConnectionString);
        await admin.OpenAsync();
        var sql = $"alter database {name} with allow_connections {(isShut ? "false" : "true")}";
        await using (var alter = new NpgsqlCommand(sql, admin))
            await alter.ExecuteNonQueryAsync();
        if (!isShut)
            return;
        await using var end = new NpgsqlCommand(
            $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'",
            admin
        );
        await end.ExecuteNonQueryAsync();
    }
}
