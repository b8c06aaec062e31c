using IotOrleans.Hosting;

namespace IotOrleans.Tests;

/// <summary>A house in Production with a secret that everybody knows does not start.</summary>
public sealed class SampleSecretTests
{
    private const string Nowhere = "Host=127.0.0.1;Port=1;Database=none;Username=iotorleans;Password=k2f9Wq7TzX";

    [Theory]
    [InlineData("IOT_ADMIN_PASSWORD", "--IOT_ADMIN_PASSWORD=correct-horse-battery")]
    [InlineData("FreeSwitch__Password", "--FreeSwitch:Host=192.0.2.1")]
    [InlineData("FreeSwitch__Password", "--FreeSwitch:Host=192.0.2.1", "--FreeSwitch:Password=ClueCon")]
    [InlineData("FreeSwitch__Password", "--FreeSwitch:Switches:0:Host=192.0.2.1")]
    [InlineData("ConnectionStrings__Postgres", "--ConnectionStrings:Postgres=Host=127.0.0.1;Port=1;Password=postgres")]
    [InlineData("ConnectionStrings__Replica", "--ConnectionStrings:Replica=Host=127.0.0.1;Port=1;Password=postgres")]
    [InlineData("Sms__Password", "--Sms:Password=CHANGE-sendsms")]
    [InlineData("Queue__Uri", "--Queue:Uri=amqp://guest:guest@127.0.0.1:1/")]
    [InlineData("MASK_KEY", "--MASK_KEY=changeme")]
    [InlineData("IOT_API_KEY", "--IOT_API_KEY=none")]
    public async Task Production_does_not_start_with_a_sample_secret_and_names_the_setting(
        string setting,
        params string[] settings
    )
    {
        string[] args = ["--environment=Production", $"--ConnectionStrings:Postgres={Nowhere}", .. settings];
        var refused = await Assert.ThrowsAsync<HouseException>(() => House.Start(args));
        Assert.StartsWith($"{setting} holds a sample that everybody knows.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_secrets_of_its_own_it_goes_on_to_the_database()
    {
        string[] args =
        [
            "--environment=Production",
            $"--ConnectionStrings:Postgres={Nowhere}",
            "--IOT_ADMIN_PASSWORD=q8RbX2mVt5",
            "--FreeSwitch:Host=192.0.2.1",
            "--FreeSwitch:Password=v6NcJ4hYe1",
        ];
        var trouble = await Assert.ThrowsAnyAsync<Exception>(() => House.Start(args));
        Assert.DoesNotContain("sample", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_set_wrongly_is_told_although_the_database_is_away()
    {
        string[] args = [$"--ConnectionStrings:Postgres={Nowhere}", "--Queue:Uri=http://127.0.0.1:1/"];
        var refused = await Assert.ThrowsAsync<HouseException>(() => House.Start(args));
        Assert.Equal("Queue__Uri must begin with amqp:// or amqps://.", refused.Message);
    }
}
