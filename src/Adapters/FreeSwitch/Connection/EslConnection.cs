using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Channels;

namespace IotOrleans.FreeSwitch;

/// <summary>
/// One connection to a switch, inbound or outbound. Reading and writing go their own ways: a reader that never waits
/// for a handler, and writers that take turns. It ends once, for one reason, and never comes back by itself.
/// </summary>
public sealed class EslConnection : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly EslConnectionOptions _options;
    private readonly TimeProvider _clock;
    private readonly PendingReplies _pending;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _closing = new();
    private readonly Channel<EslEvent> _events;
    private readonly TaskCompletionSource<EslFrame> _greeting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<EslLostException> _lost = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly Task _reading;
    private long _heardAt;

    public EslConnection(Stream stream, EslConnectionOptions options, TimeProvider clock)
    {
        (_stream, _options, _clock) = (stream, options, clock);
        _pending = new PendingReplies(options);
        _events = Channel.CreateBounded<EslEvent>(
            new BoundedChannelOptions(options.EventsMax) { SingleWriter = true, FullMode = BoundedChannelFullMode.Wait }
        );
        _heardAt = clock.GetTimestamp();
        _reading = Task.Run(Read);
    }

    /// <summary>Events except the results of our own jobs. Ends when the connection does, after the last one.</summary>
    public ChannelReader<EslEvent> Events => _events.Reader;

    /// <summary>Completes with the reason when the connection is gone.</summary>
    public Task<EslLostException> Lost => _lost.Task;

    /// <summary>The call of an outbound connection has ended, and the connection lives on for its last words.</summary>
    public bool IsLingering { get; private set; }

    public TimeSpan Silence => _clock.GetElapsedTime(Volatile.Read(ref _heardAt));

    /// <summary>The first frame of an inbound connection, which asks for the password.</summary>
    internal Task Greeting => _greeting.Task;

    /// <exception cref="EslLostException">The connection is gone; the exception says whether anything was
    /// written.</exception>
    /// <exception cref="EslBusyException">Too many commands wait already; nothing was sent.</exception>
    public async Task<EslReply> Ask(EslCommand command) => EslReply.From(await (await Write([command]))[0]);

    /// <summary>The reply as a frame, for <c>connect</c>, whose reply is a whole event.</summary>
    public async Task<EslFrame> AskFrame(EslCommand command) => await (await Write([command]))[0];

    /// <summary>
    /// Puts several commands on the line in one write. Returns when they are written; each reply comes by itself.
    /// </summary>
    public async Task<Task<EslReply>[]> AskAll(params EslCommand[] commands)
    {
        var replies = await Write(commands);
        return [.. replies.Select(async reply => EslReply.From(await reply))];
    }

    /// <summary>Likewise, if it may still be said at the moment when the bytes go out.</summary>
    /// <exception cref="EslBusyException">It may not, and nothing was written.</exception>
    public async Task<Task<EslReply>[]> AskAllIf(Func<bool> isAllowed, params EslCommand[] commands)
    {
        var replies = await Write(commands, isAllowed);
        return [.. replies.Select(async reply => EslReply.From(await reply))];
    }

    /// <summary>To be called before the job's command is sent.</summary>
    public EslJob ExpectJob() => _pending.ExpectJob();

    public void Forget(EslJob job) => _pending.Forget(job);

    /// <summary>Drops the connection, for a reason that everything waiting will see.</summary>
    public void Drop(EslLoss reason, string message, Exception? cause = null)
    {
        var loss = new EslLostException(reason, message, cause: cause);
        if (!_pending.Fail(loss))
            return;
        _events.Writer.TryComplete();
        _greeting.TrySetException(loss);
        _ = _greeting.Task.Exception;
        _lost.TrySetResult(loss);
        _closing.Cancel();
        _stream.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        Drop(EslLoss.ClosedByUs, "We closed the connection.");
        await _reading;
        _closing.Dispose();
    }

    private async Task<Task<EslFrame>[]> Write(EslCommand[] commands, Func<bool>? isAllowed = null)
    {
        // Replies come in the order of the commands, so room is made and bytes are written in one turn.
        await _turn.WaitAsync();
        Task<EslFrame>[] replies;
        try
        {
            if (isAllowed?.Invoke() == false)
                throw new EslBusyException("It may not be said now.");
            replies = _pending.Expect(commands.Length);
            await _stream
                .WriteAsync(Joined(commands), _closing.Token)
                .AsTask()
                .WaitAsync(_options.ReplyTime, _clock, _closing.Token);
        }
        catch (TimeoutException slow)
        {
            Drop(EslLoss.NoReplyInTime, "The switch does not read what we write.", slow);
            throw _pending.Loss!.For(written: true);
        }
        catch (Exception broken) when (IsBrokenLine(broken))
        {
            Drop(EslLoss.SocketFailure, "The line broke while writing.", broken);
            throw _pending.Loss!.For(written: true);
        }
        finally
        {
            _turn.Release();
        }
        return Array.ConvertAll(replies, InTime);
    }

    private async Task<EslFrame> InTime(Task<EslFrame> reply)
    {
        try
        {
            return await reply.WaitAsync(_options.ReplyTime, _clock);
        }
        catch (TimeoutException slow)
        {
            Drop(EslLoss.NoReplyInTime, $"No reply within {_options.ReplyTime.TotalSeconds} s.", slow);
            throw _pending.Loss!.For(written: true);
        }
    }

    private async Task Read()
    {
        var reader = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: 65_536, leaveOpen: true));
        var parser = new EslParser(_options.Limits);
        try
        {
            while (await reader.ReadAsync(_closing.Token) is { Buffer: var buffer } result)
            {
                Volatile.Write(ref _heardAt, _clock.GetTimestamp());
                while (parser.Take(ref buffer) is { } frame)
                    Accept(frame);
                reader.AdvanceTo(buffer.Start, buffer.End);
                if (!result.IsCompleted)
                    continue;
                Drop(
                    EslLoss.EndOfStream,
                    parser.IsInsideFrame ? "The stream ended inside a frame." : "The stream ended."
                );
                return;
            }
        }
        catch (EslProtocolException trouble)
        {
            Drop(EslLoss.ProtocolError, trouble.Message, trouble);
        }
        catch (Exception broken) when (IsBrokenLine(broken))
        {
            Drop(EslLoss.SocketFailure, "The line broke.", broken);
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    private void Accept(EslFrame frame)
    {
        if (frame.IsReply)
            _pending.Reply(frame);
        else if (frame.IsEvent)
            Accept(EslEvent.From(frame, _options.Limits));
        else if (frame.ContentType == "auth/request")
            _greeting.TrySetResult(frame);
        else if (frame.ContentType == "text/disconnect-notice")
            AcceptNotice(frame);
        else if (frame.ContentType == "text/rude-rejection")
            Drop(EslLoss.RudeRejection, frame.BodyText.Trim());
    }

    private void Accept(EslEvent change)
    {
        if (change.Name == "BACKGROUND_JOB")
            _pending.EndJob(change);
        else if (!_events.Writer.TryWrite(change) && _pending.Loss is null)
            Drop(EslLoss.ConsumerTooSlow, $"{_options.EventsMax} events wait to be handled.");
    }

    private void AcceptNotice(EslFrame notice)
    {
        IsLingering = notice.Headers["Content-Disposition"] == "linger";
        if (!IsLingering)
            Drop(EslLoss.DisconnectNotice, notice.BodyText.Split('\n')[0]);
    }

    private static ReadOnlyMemory<byte> Joined(EslCommand[] commands)
    {
        if (commands.Length == 1)
            return commands[0].Bytes;
        var joined = new ArrayBufferWriter<byte>(commands.Sum(c => c.Bytes.Length));
        foreach (var command in commands)
            joined.Write(command.Bytes.Span);
        return joined.WrittenMemory;
    }

    /// <summary>What reading and writing throw when the peer has gone or we have closed.</summary>
    private static bool IsBrokenLine(Exception trouble) =>
        trouble
            is (IOException and not EslLostException and not EslBusyException)
                or ObjectDisposedException
                or OperationCanceledException;
}
