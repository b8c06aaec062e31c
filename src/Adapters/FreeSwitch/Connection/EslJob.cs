namespace IotOrleans.FreeSwitch;

/// <summary>
/// A background job that we are about to start. It is registered before it is sent, for its result may be quick.
/// </summary>
public sealed class EslJob
{
    private readonly TaskCompletionSource<EslReply> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Id { get; } = Guid.NewGuid().ToString();

    /// <summary>The text of the BACKGROUND_JOB event; fails when the connection is lost first.</summary>
    public Task<EslReply> Result => _result.Task;

    internal void Complete(EslReply reply) => _result.TrySetResult(reply);

    internal void Fail(EslLostException loss)
    {
        _result.TrySetException(loss);
        // A job whose owner has gone away has nobody to tell.
        _ = _result.Task.Exception;
    }
}
