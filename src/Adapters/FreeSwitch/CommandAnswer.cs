namespace IotOrleans.FreeSwitch;

/// <summary>
/// The switch's answer to a command about a channel. "Done" means taken: the effect is told by events.
/// </summary>
public enum CommandOutcome
{
    Done,

    /// <summary>The channel does not live, or never did. For a hangup that is as good as done.</summary>
    NoSuchChannel,
    Refused,
}

/// <param name="Text">The switch's own words.</param>
public readonly record struct CommandAnswer(CommandOutcome Outcome, string Text)
{
    public bool IsDone => Outcome == CommandOutcome.Done;

    internal static CommandAnswer From(EslReply reply) =>
        reply switch
        {
            { IsNoSuchChannel: true } => new(CommandOutcome.NoSuchChannel, reply.Text),
            { IsRefusal: true } => new(CommandOutcome.Refused, reply.Text),
            _ => new(CommandOutcome.Done, reply.Text),
        };
}
