using System.Security.Claims;
using IotOrleans.Speakers;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;

namespace IotOrleans.Tests.Speakers;

/// <summary>The line before one socket: its order, and its bound.</summary>
public sealed class SpeakerConnectionTests
{
    private readonly Socket _socket = new();
    private readonly SpeakerConnection _line;

    public SpeakerConnectionTests() => _line = new(new("kitchen"), _socket, _socket.Proxy);

    [Fact]
    public void What_is_pending_goes_before_what_came_while_it_was_asked_for()
    {
        Assert.True(_line.Hold());
        Assert.True(_line.Tell(Notice("live")));
        Assert.Empty(_socket.Sent);

        _line.Release([Notice("pending-1"), Notice("pending-2")]);
        _line.Tell(Notice("later"));

        Assert.Equal(["pending-1", "pending-2", "live", "later"], _socket.Sent);
    }

    [Fact]
    public void It_is_held_by_one_at_a_time()
    {
        Assert.True(_line.Hold());
        Assert.False(_line.Hold());
        _line.Release([]);
        Assert.True(_line.Hold());
    }

    [Fact]
    public void A_slow_socket_gets_one_thing_at_a_time_and_in_order()
    {
        _socket.IsSlow = true;
        _line.Tell(Notice("1"));
        _line.Tell(Notice("2"));
        Assert.True(_line.Hold());
        _line.Tell(Notice("3"));
        Assert.Equal(["1"], _socket.Sent);

        _socket.Finish();
        Assert.Equal(["1"], _socket.Sent);
        _line.Release([Notice("pending")]);
        for (var sent = 2; sent <= 4; sent++)
        {
            Assert.Equal(sent, _socket.Sent.Count);
            _socket.Finish();
        }

        Assert.Equal(["1", "pending", "2", "3"], _socket.Sent);
        _line.Tell(Notice("4"));
        Assert.Equal("4", _socket.Sent[^1]);
    }

    [Fact]
    public void A_line_that_is_full_is_closed_for_good()
    {
        _socket.IsSlow = true;
        for (var index = 0; index <= SpeakerConnection.WaitingMax; index++)
            Assert.True(_line.Tell(Notice($"{index}")));

        Assert.False(_line.Tell(Notice("too many")));
        Assert.True(_line.Tell(Notice("of no consequence")));
        Assert.Equal(["0"], _socket.Sent);
    }

    [Fact]
    public void Dropping_asks_the_speaker_to_come_again_and_dismissing_does_not()
    {
        _line.Drop();
        Assert.Equal(["close"], _socket.Ends);
        _line.Dismiss();
        Assert.Equal(["close", "abort"], _socket.Ends);
    }

    private static EndedNotice Notice(string cause) => new(new(Guid.Empty), cause);

    private sealed class Socket : HubCallerContext, IConnectionLifetimeNotificationFeature
    {
        private TaskCompletionSource _sending = new();

        public Socket() => Features.Set<IConnectionLifetimeNotificationFeature>(this);

        public List<string> Sent { get; } = [];

        public List<string> Ends { get; } = [];

        public bool IsSlow { get; set; }

        public IClientProxy Proxy => new Wire(this);

        public override string ConnectionId => "connection";

        public override string? UserIdentifier => null;

        public override ClaimsPrincipal? User => null;

        public override IDictionary<object, object?> Items { get; } = new Dictionary<object, object?>();

        public override IFeatureCollection Features { get; } = new FeatureCollection();

        public override CancellationToken ConnectionAborted => default;

        public CancellationToken ConnectionClosedRequested { get; set; }

        public void RequestClose() => Ends.Add("close");

        public override void Abort() => Ends.Add("abort");

        /// <summary>Ends the sending that is under way; what follows it has begun when this returns.</summary>
        public void Finish()
        {
            var sending = _sending;
            _sending = new();
            sending.SetResult();
        }

        private sealed class Wire(Socket socket) : IClientProxy
        {
            public Task SendCoreAsync(string method, object?[] args, CancellationToken cancellationToken = default)
            {
                socket.Sent.Add(((CallEndedShape)args[0]!).Cause);
                return socket.IsSlow ? socket._sending.Task : Task.CompletedTask;
            }
        }
    }
}
