using System.Text.RegularExpressions;
using IotOrleans.Postings;

namespace IotOrleans.Subscriptions;

/// <summary>Where a message of a subscription goes, as its address says.</summary>
/// <param name="Address">A web address, a chat's number or @name, or an address of mail.</param>
public readonly partial record struct NoticeTarget(PostingKind Kind, string Address)
{
    private const string ChatPrefix = "telegram:";
    private const string MailPrefix = "mailto:";

    /// <summary>People read it, and cannot know a second one from the first.</summary>
    public bool IsForPeople => Kind is PostingKind.Telegram or PostingKind.Mail;

    public static NoticeTarget Of(string url) =>
        url.StartsWith(ChatPrefix, StringComparison.Ordinal) ? new(PostingKind.Telegram, url[ChatPrefix.Length..])
        : url.StartsWith(MailPrefix, StringComparison.Ordinal) ? new(PostingKind.Mail, url[MailPrefix.Length..])
        : new(PostingKind.Webhook, url);

    /// <summary>What may be put on the wire; of web addresses nothing is said here.</summary>
    public bool IsWellFormed =>
        Kind switch
        {
            PostingKind.Telegram => Chat().IsMatch(Address),
            PostingKind.Mail => Address.Length <= 254 && MailAddress().IsMatch(Address),
            _ => true,
        };

    [GeneratedRegex(@"^(-?[1-9][0-9]{0,17}|@[A-Za-z][A-Za-z0-9_]{3,31})\z")]
    private static partial Regex Chat();

    // As RFC 5321 has it without quotes; of what an address of the form "mailto:" may carry beside it, nothing.
    [GeneratedRegex(@"^[A-Za-z0-9!#$&'*+/=^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\z")]
    private static partial Regex MailAddress();
}

/// <summary>Which ways to people are set up; without one nobody can subscribe by it.</summary>
public sealed record NoticeWays(bool Telegram, bool Mail)
{
    public bool Has(PostingKind kind) =>
        kind switch
        {
            PostingKind.Telegram => Telegram,
            PostingKind.Mail => Mail,
            _ => true,
        };
}
