using System.Globalization;
using System.Text;

namespace IotOrleans.FreeSwitch.Simulator;

/// <summary>The verbs of the Event Socket.</summary>
internal sealed partial class SimulatedPeer
{
    private const string NotFound = "-ERR command not found";
    private const string Farewell = "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n";
    private bool _isAuthed;
    private string? _linger;
    private bool _isGone;

    private bool IsRestricted => Controlled is not null && !_board.Options.IsOutboundFull;

    /// <summary>
    /// The call is over: the client may stay for its last events if it asked to. Under the board's lock.
    /// </summary>
    public void CallEnded()
    {
        if (_linger is not { } time)
        {
            Leave();
            return;
        }
        Notice($"Content-Disposition: linger\nLinger-Time: {time}\nContent-Length: 0\n\n");
        if (int.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            _board.After(TimeSpan.FromSeconds(seconds), () => Leave());
    }

    /// <summary>False when the connection is over.</summary>
    private async Task<bool> Obey(PeerCommand command)
    {
        if (Controlled is null && !_isAuthed)
            return Introduce(command);
        if (IsRestricted && command.Verb is ("api" or "bgapi" or "event" or "linger"))
        {
            Reply(NotFound);
            return true;
        }
        switch (command.Verb)
        {
            case "exit":
                _board.Under(_ => Leave("+OK bye"));
                return false;
            case "api" when command.Line.Length > 3:
                await Api(command);
                break;
            case "bgapi" when command.Words.Length > 0:
                Background(command);
                break;
            default:
                _board.Under(_ => Reply(Answer(command)));
                break;
        }
        return !_isGone;
    }

    private bool Introduce(PeerCommand command)
    {
        if (command.Verb != "auth")
            Reply(NotFound);
        else if (_isAuthed = command.Rest == _board.Options.Password)
            Reply("+OK accepted");
        else
            Leave("-ERR invalid");
        return !_isGone;
    }

    private async Task Api(PeerCommand command)
    {
        var result = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var words = command.Rest.Split(' ', 2);
        _board.Under(board =>
        {
            _isBlocked = true;
            board.Api(words[0], words.ElementAtOrDefault(1) ?? "", text => result.TrySetResult(text));
        });
        var text = await result.Task.WaitAsync(_cutting.Token);
        _board.Under(_ =>
        {
            text = text.Length == 0 ? "-ERR no reply\n" : text;
            PostReply(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Content-Type: api/response\nContent-Length: {Encoding.UTF8.GetByteCount(text)}\n\n{text}"
                )
            );
            _isBlocked = false;
            _heldEvents.ForEach(PostEvent);
            _heldEvents.Clear();
        });
    }

    private void Background(PeerCommand command)
    {
        var job = command.Headers["Job-UUID"] ?? Guid.NewGuid().ToString();
        var words = command.Rest.Split(' ', 2);
        var arguments = words.ElementAtOrDefault(1) ?? "";
        _board.Under(board =>
        {
            Reply($"+OK Job-UUID: {job}\nJob-UUID: {job}");
            board.Api(words[0], arguments, text => board.EndJob(job, words[0], arguments, Controlled?.Uuid, text));
        });
    }

    private string Answer(PeerCommand command) =>
        command.Verb switch
        {
            "event" or "events" => Subscriptions.Add(command.Words)
                ? $"+OK event listener enabled {Subscriptions.Format}"
                : "-ERR no keywords supplied",
            "nixevent" => Subscriptions.Remove(command.Words) ? "+OK events nixed" : "-ERR no keywords supplied",
            "noevents" => NoEvents(),
            "filter" when command.Words.Length > 0 => Filter(command.Words),
            "sendmsg" => SendMessage(command),
            "myevents" when Controlled is not null || command.Words.Length > 0 => MyEvents(command.Words),
            "connect" when Controlled is { } channel => Connect(channel),
            "linger" or "nolinger" => Linger(command),
            _ => NotFound,
        };

    private string NoEvents()
    {
        var isAny = Subscriptions.IsAny;
        Subscriptions.RemoveAll();
        return isAny ? "+OK no longer listening for events" : "-ERR not listening for events";
    }

    private string Filter(string[] words)
    {
        switch (words)
        {
            case ["delete", var name, .. var value]:
                Subscriptions.Unfilter(name, string.Join(' ', value));
                return $"+OK filter deleted. [{name}][{string.Join(' ', value)}]";
            case [var name, _, ..]:
                var wanted = string.Join(' ', words[1..]);
                Subscriptions.Filter(name, wanted);
                return $"+OK filter added. [{name}]=[{wanted}]";
            default:
                return "-ERR invalid syntax";
        }
    }

    /// <summary>
    /// On an inbound connection the real one says +OK to any uuid, and then delivers nothing for a wrong one.
    /// </summary>
    private string MyEvents(string[] words)
    {
        if (Controlled is { } channel)
            return Subscriptions.AddMine(channel.Uuid, words.FirstOrDefault() ?? "")
                ? "+OK Events Enabled"
                : "-ERR aready enabled.";
        var isUuid = Guid.TryParse(words.FirstOrDefault(), out var uuid) && _board.Find(uuid.ToString()) is not null;
        if (words.Length > 1 && !isUuid)
            return "-ERR invalid uuid";
        Subscriptions.AddMine(uuid, words.ElementAtOrDefault(1) ?? "");
        return "+OK Events Enabled";
    }

    private string Linger(PeerCommand command)
    {
        if (Controlled is null)
            return "-ERR not controlling a session";
        _linger = command.Verb == "linger" ? command.Words.FirstOrDefault() ?? "-1" : null;
        return _linger switch
        {
            null => "+OK will not linger",
            "-1" => "+OK will linger",
            _ => $"+OK will linger {_linger} seconds",
        };
    }

    /// <summary>
    /// The whole channel in the headers of the reply, all values percent-encoded, the reply's own text as well.
    /// </summary>
    private string Connect(SimulatedChannel channel)
    {
        var state = channel.AnsweredAt is null ? "RINGING" : "ACTIVE";
        var control = _board.Options.IsOutboundFull ? "full" : "single-channel";
        var head = channel.Describe(_board.Begin("CHANNEL_DATA"), "CS_EXECUTE", state, 4).HeaderText();
        PostReply(
            $"{head}Content-Type: command/reply\nReply-Text: %2BOK%0A\nSocket-Mode: async\nControl: {control}\n\n"
        );
        return "";
    }

    private string SendMessage(PeerCommand command)
    {
        var uuid = command.Words.FirstOrDefault() ?? command.Headers["session-id"] ?? Controlled?.Uuid.ToString() ?? "";
        if (_board.Find(uuid) is not { } channel)
            return Controlled is null ? $"-ERR invalid session id [{uuid}]" : "+OK";
        var kind = command.Headers["call-command"];
        if (kind == "hangup")
            _board.End(channel, command.Headers["hangup-cause"] ?? "NORMAL_CLEARING");
        else if (kind == "execute")
        {
            var argument = command.Headers["execute-app-arg"] ?? command.Body;
            var id = command.Headers["Event-UUID"] ?? Guid.NewGuid().ToString();
            var app = new RunningApp(command.Headers["execute-app-name"] ?? "", argument, id);
            // The reply comes first: it says only that the message was taken.
            Reply("+OK");
            _board.Execute(channel, app, command.Headers["event-lock"] == "true");
            return "";
        }
        return "+OK";
    }

    private void Reply(string text)
    {
        if (text.Length > 0)
            PostReply($"Content-Type: command/reply\nReply-Text: {text}\n\n");
    }

    private void Leave(string? reply = null)
    {
        if (reply is not null)
            Reply(reply);
        var disposition = Controlled is null ? "" : "Content-Disposition: disconnect\n";
        Notice($"{disposition}Content-Length: {Farewell.Length}\n\n{Farewell}");
        _isGone = true;
        _outgoing.Writer.TryComplete();
    }

    private void Notice(string rest)
    {
        var session = Controlled is { } channel ? $"Controlled-Session-UUID: {channel.Uuid}\n" : "";
        Post($"Content-Type: text/disconnect-notice\n{session}{rest}");
    }
}
