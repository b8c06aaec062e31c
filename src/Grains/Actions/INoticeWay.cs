using IotOrleans.Postings;

namespace IotOrleans.Actions;

/// <summary>A way by which people are told in words: a chat, mail.</summary>
public interface INoticeWay
{
    PostingKind Kind { get; }

    /// <summary>How long the other side may take to say that it has it; less than a hand-over may take.</summary>
    TimeSpan Patience { get; }

    /// <summary>
    /// Says it once. Whatever broke off before the other side could have taken it may be tried again; after that it is
    /// unsure.
    /// </summary>
    Task<Delivery> Tell(Notice notice, CancellationToken cancellation);
}

/// <summary>What somebody is told. All of it stays the same when it is tried again.</summary>
/// <param name="Text">Its first line stands for the whole.</param>
public sealed record Notice(
    string MessageId,
    string Target,
    string Text,
    Guid? SubscriptionId,
    DateTimeOffset OrderedAt
);
