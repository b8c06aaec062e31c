using IotOrleans.Tests;

namespace IotOrleans.Deploy;

/// <summary>Who may say and hear what at the broker that is shipped.</summary>
public sealed class MosquittoTests(Mosquitto broker) : IClassFixture<Mosquitto>
{
    [Fact]
    public async Task A_stranger_is_refused()
    {
        string[][] strangers =
        [
            [],
            ["-u", "iotorleans", "-P", "guessed"],
            ["-u", "lamp"],
            ["-u", "nobody", "-P", Mosquitto.Password],
        ];
        foreach (var login in strangers)
        {
            var (exit, said) = await broker.Tries(login);
            Assert.NotEqual(0, exit);
            Assert.Contains("not authorised", said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_house_reads_everything_and_commands_everything()
    {
        await using var house = await broker.Listens("iotorleans", "#");
        await broker.Says("iotorleans", "devices/lamp/commands/light", "on");
        await broker.Says("lamp", "devices/lamp/state", "lit");
        await broker.Says("iotorleans", "anything/at/all", "said");
        await Hears(house, "anything/at/all said");
        Assert.Equal(
            ["devices/lamp/commands/light on", "devices/lamp/state lit", "anything/at/all said"],
            Heard(house)
        );
    }

    [Fact]
    public async Task A_device_hears_its_own_commands_and_nothing_else()
    {
        await using var lamp = await broker.Listens("lamp", "#", "devices/door/commands/open", "devices/+/state");
        await broker.Says("iotorleans", "devices/door/commands/open", "now");
        await broker.Says("door", "devices/door/state", "open");
        await broker.Says("lamp", "devices/lamp/state", "lit");
        await broker.Says("iotorleans", "notices", "all");
        await broker.Says("iotorleans", "devices/lamp/commands/light", "last");
        await Hears(lamp, "devices/lamp/commands/light last");
        Assert.Equal(["devices/lamp/commands/light last"], Heard(lamp));
    }

    [Fact]
    public async Task What_a_device_says_under_another_name_is_heard_by_nobody()
    {
        await using var house = await broker.Listens("iotorleans", "#");
        await using var door = await broker.Listens("door", "devices/door/commands/#");
        foreach (var topic in (string[])["devices/door/state", "devices/door/commands/open", "devices/lamps", "lamp"])
            await broker.Says("lamp", topic, "forged");
        await broker.Says("lamp", "devices/lamp/state", "last");
        await Hears(house, "devices/lamp/state last");
        await broker.Says("iotorleans", "devices/door/commands/close", "now");
        await Hears(door, "devices/door/commands/close now");
        await Hears(house, "devices/door/commands/close now");
        Assert.Equal(["devices/lamp/state last", "devices/door/commands/close now"], Heard(house));
        Assert.Equal(["devices/door/commands/close now"], Heard(door));
    }

    [Fact]
    public async Task It_is_well_by_its_own_health_check_and_hides_its_passwords()
    {
        // As a container's is, the check is made again until it holds.
        await using var house = await broker.Listens("iotorleans", "$SYS/broker/uptime");
        await house.Until(broker.IsHealthy);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, broker.ModeOfPasswords);
    }

    private static Task Hears(Peer listener, string line) =>
        listener.Until(() => Task.FromResult(Heard(listener).Contains(line)));

    private static string[] Heard(Peer listener) =>
        // The client's own words begin with a capital, and no topic does.
        [.. listener.Said.Split('\n').Where(line => line.Length > 0 && !char.IsAsciiLetterUpper(line[0]))];
}
