using IotOrleans.Access;
using IotOrleans.Events;
using IotOrleans.Hooks;
using IotOrleans.Http;
using IotOrleans.Postings;

namespace IotOrleans.Subscriptions;

/// <summary>Whether a subscription can be as it is asked for.</summary>
internal static class SubscriptionChecks
{
    private const int UrlMax = 2_048;
    private const int SecretBytesMin = 16;

    public static void Check(
        SubscriptionEndpoints.SubscriptionBody body,
        Caller caller,
        SubscriptionOptions options,
        NoticeWays ways,
        FieldErrors errors
    )
    {
        if (NoticeTarget.Of(body.Url) is { IsForPeople: true } target)
            CheckPeople(body, target, ways, errors);
        else
            CheckWeb(body, caller.Role == Role.Partner && !options.PartnersAnywhere, errors);
        errors.Unless(body.Msisdn is not { } number || caller.MaySee(number), "msisdn", "is not one of yours");
    }

    private static void CheckPeople(
        SubscriptionEndpoints.SubscriptionBody body,
        NoticeTarget target,
        NoticeWays ways,
        FieldErrors errors
    )
    {
        var isChat = target.Kind == PostingKind.Telegram;
        if (!ways.Has(target.Kind))
            errors.Unless(false, "url", isChat ? "no Telegram bot is configured" : "no mail server is configured");
        else
            errors.Unless(
                target.IsWellFormed,
                "url",
                isChat ? "must be telegram: and a chat's number or @name" : "must be mailto: and one address"
            );
        errors.Unless(
            body.EventTypes.Length is > 0 and <= Subscription.EventTypesMax
                && Array.TrueForAll(body.EventTypes, SubscriptionWords.IsOfMaskedCalls),
            "event_types",
            "must be masked_call, masked_call.missed, or masked_call. and a status: of nothing else people are told"
        );
        errors.Unless(body.Secret is null, "secret", "is for web addresses only");
    }

    private static void CheckWeb(SubscriptionEndpoints.SubscriptionBody body, bool mustBeSecure, FieldErrors errors)
    {
        errors.Unless(
            body.Url.Length <= UrlMax
                && Uri.TryCreate(body.Url, UriKind.Absolute, out var url)
                && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && !mustBeSecure))
                && url.UserInfo.Length == 0,
            "url",
            mustBeSecure
                ? "must be an https address without user and password, telegram: or mailto:"
                : "must be an http or https address, telegram: or mailto:"
        );
        errors.Unless(
            body.EventTypes.Length is > 0 and <= Subscription.EventTypesMax
                && Array.TrueForAll(
                    body.EventTypes,
                    word => word == SubscriptionWords.AllEvents || EventTypes.IsWord(word)
                ),
            "event_types",
            $"must be 1 to {Subscription.EventTypesMax} event types, or *, incident_closed, cdr, masked_call"
        );
        errors.Unless(
            body.Secret is null || (StandardWebhooks.TryKey(body.Secret, out var key) && key.Length >= SecretBytesMin),
            "secret",
            $"must be whsec_ and at least {SecretBytesMin} bytes in base64"
        );
    }
}
