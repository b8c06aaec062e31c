using System.Net;
using System.Net.Sockets;
using System.Text;
using IotOrleans.FreeSwitch.Simulator;
using IotOrleans.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace IotOrleans.FreeSwitch;

public sealed class LoginTests
{
    [Fact]
    public async Task A_wrong_password_is_refused_by_name()
    {
        await using var room = await SwitchRoom.Open();
        room.Options.Password = "wrong";

        Assert.Equal(EslLoss.PasswordRefused, (await Fails(room.Options)).Reason);
    }

    [Fact]
    public async Task Nobody_there_is_told_from_somebody_who_says_nothing()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var options = new FreeSwitchOptions
        {
            Port = ((IPEndPoint)listener.LocalEndpoint).Port,
            ConnectMilliseconds = 100,
        };

        Assert.Equal(EslLoss.NoReplyInTime, (await Fails(options)).Reason);
        listener.Stop();
        Assert.Equal(EslLoss.SocketFailure, (await Fails(options)).Reason);
    }

    [Theory]
    [InlineData(
        "Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n",
        EslLoss.RudeRejection
    )]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n\r\n", EslLoss.EndOfStream)]
    [InlineData("", EslLoss.EndOfStream)]
    public async Task Whoever_else_answers_is_not_taken_for_a_switch(string greeting, EslLoss reason)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var failing = Fails(new FreeSwitchOptions { Port = ((IPEndPoint)listener.LocalEndpoint).Port });

        using (var peer = await listener.AcceptSocketAsync())
            await peer.SendAsync(Encoding.UTF8.GetBytes(greeting));

        Assert.Equal(reason, (await failing).Reason);
    }

    [Fact]
    public async Task Neither_the_password_nor_a_whole_number_is_ever_logged()
    {
        var log = new HeardLog();
        var simulator = new SwitchSimulator(
            new SimulatorOptions { Password = "s3cret" },
            TimeProvider.System,
            NullLogger<SwitchSimulator>.Instance
        );
        await simulator.StartAsync(CancellationToken.None);
        using var link = new FreeSwitchLink(
            new FreeSwitchOptions { Port = simulator.Port, Password = "s3cret" },
            TimeProvider.System,
            log.For<FreeSwitchLink>()
        );
        await link.StartAsync(CancellationToken.None);
        await link.Events.ReadAsync();
        await link.Originate(SwitchRoom.Order(Guid.NewGuid(), "79161234500"));
        await link.StopAsync(CancellationToken.None);
        await link.Originate(SwitchRoom.Order(Guid.NewGuid(), "79161234500"));
        await simulator.StopAsync(CancellationToken.None);

        Assert.Contains(log.Lines, line => line.Contains("*********00"));
        Assert.DoesNotContain(log.Lines, line => line.Contains("s3cret") || line.Contains("79161234"));
    }

    private static async Task<EslLostException> Fails(FreeSwitchOptions options) =>
        await Assert.ThrowsAsync<EslLostException>(() =>
            EslLogin.Open(options, TimeProvider.System, CancellationToken.None)
        );
}
