using IotOrleans.Actions;
using IotOrleans.Devices;

namespace IotOrleans.Postings;

/// <summary>How a posting goes on. All changes are pure; null means "late or repeated".</summary>
internal static class PostingMoves
{
    /// <summary>Between the tries; after the last of them it has failed.</summary>
    private static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromSeconds(5),
        TimeSpan.FromSeconds(30),
        TimeSpan.FromMinutes(2),
        TimeSpan.FromMinutes(10),
        TimeSpan.FromHours(1),
    ];

    /// <summary>Whoever has subscribed may be away for a day; what comes meanwhile waits, too.</summary>
    private const int SubscriberTries = 28;

    /// <summary>
    /// For so long after its order a posting uses up no try when the other side asks for a pause, and no such pause is
    /// longer than what is left of it, or than an hour when less is left.
    /// </summary>
    private static readonly TimeSpan HeldUpMax = TimeSpan.FromDays(1);

    /// <summary>A hand-over that has not ended by then was cut off with its silo.</summary>
    private static readonly TimeSpan HandOver = TimeSpan.FromSeconds(30);

    public static Posting New(Guid id, PostingOrder order, DateTimeOffset now) =>
        new(id, order, PostingStatus.Queued, 0, now, now, null, Version: 1, DueAt: now);

    extension(Posting posting)
    {
        /// <summary>Nothing more is tried by itself.</summary>
        public bool IsSettled => posting.DueAt is null;

        /// <summary>Before it is handed over: after a crash nobody may think that it was never tried.</summary>
        public Posting Begin(DateTimeOffset now) =>
            posting with
            {
                Status = PostingStatus.Sending,
                Attempts = posting.Attempts + 1,
                UpdatedAt = now,
                DueAt = now + HandOver,
            };

        public Posting After(Delivery delivery, DateTimeOffset now) =>
            delivery.Delivered ? posting.Settle(PostingStatus.Sent, delivery.Detail, now)
            : delivery.Unsure ? posting.AfterDoubt(delivery.Detail, now)
            : delivery is { MayRetry: true, RetryAfter: { } pause } ? posting.HeldUp(delivery.Detail, now, pause)
            : delivery.MayRetry ? posting.Again(delivery.Detail, now)
            : posting.Settle(PostingStatus.Failed, delivery.Detail, now);

        /// <summary>
        /// It may have been taken. A webhook says its id, so the receiver knows it again; an SMS is sent once more for
        /// life-safety, and otherwise nobody knows. Who reads a chat or his mail would read it twice, too.
        /// </summary>
        public Posting AfterDoubt(string? detail, DateTimeOffset now) =>
            posting.Order.Kind is PostingKind.Webhook or PostingKind.IncomingSms ? posting.Again(detail, now)
            : posting.Order.LifeSafety && posting.Attempts < 2
                ? posting.Again($"{detail}; it is sent once more and may arrive twice", now)
            : posting.Settle(PostingStatus.Unknown, detail, now);

        public Posting? Confirmed(bool delivered, string? detail, DateTimeOffset now) =>
            posting.Status is PostingStatus.Delivered || (!delivered && posting.Status is PostingStatus.Failed)
                ? null
                : posting.Settle(delivered ? PostingStatus.Delivered : PostingStatus.Failed, detail, now);

        public Posting? ReadOn(DeviceId by, DateTimeOffset now) =>
            posting.Order.Kind == PostingKind.IncomingSms && posting.Status != PostingStatus.Read
                ? posting.Settle(PostingStatus.Read, $"read on {by}", now)
                : null;

        public Posting? Anew(DateTimeOffset now) =>
            posting.Status is PostingStatus.Failed or PostingStatus.Unknown
                ? posting with
                {
                    Status = PostingStatus.Queued,
                    Attempts = 0,
                    UpdatedAt = now,
                    DueAt = now,
                    Detail = "begun anew by hand",
                }
                : null;

        public PostingReport ToReport() => new(posting.PostingId, posting.Status, posting.UpdatedAt, posting.Detail);

        private Posting Again(string? detail, DateTimeOffset now) =>
            posting.Attempts >= posting.TriesMax
                ? posting.Settle(PostingStatus.Failed, detail, now)
                : posting.Wait(Pauses[Math.Min(posting.Attempts, Pauses.Length) - 1], detail, now);

        /// <summary>
        /// The other side takes only so many at a time: that is no failure, and the pause is its own. What waits for
        /// the same end of it comes again one after another.
        /// </summary>
        private Posting HeldUp(string? detail, DateTimeOffset now, TimeSpan asked)
        {
            var left = posting.CreatedAt + HeldUpMax - now;
            var isTry = left <= TimeSpan.Zero;
            if (isTry && posting.Attempts >= posting.TriesMax)
                return posting.Settle(PostingStatus.Failed, detail, now);
            var pause = Between(Pauses[0], asked, Between(Pauses[^1], left, HeldUpMax));
            var waits = posting.Wait(pause + (posting.Place * Between(Pauses[0], pause, Pauses[^1])), detail, now);
            return isTry ? waits : waits with { Attempts = posting.Attempts - 1 };
        }

        private Posting Wait(TimeSpan pause, string? detail, DateTimeOffset now) =>
            posting with
            {
                Status = PostingStatus.Queued,
                Detail = detail,
                UpdatedAt = now,
                DueAt = now + pause,
            };

        /// <summary>Among all that wait, from 0 to 1; the same whenever it is asked.</summary>
        private double Place =>
            BitConverter.ToUInt32(posting.PostingId.ToByteArray(), sizeof(uint) * 3) / (double)uint.MaxValue;

        private int TriesMax => posting.Order.SubscriptionId is null ? Pauses.Length + 1 : SubscriberTries;

        private Posting Settle(PostingStatus status, string? detail, DateTimeOffset now) =>
            posting with
            {
                Status = status,
                Detail = detail,
                UpdatedAt = now,
                DueAt = null,
            };
    }

    private static TimeSpan Between(TimeSpan least, TimeSpan wanted, TimeSpan most) =>
        TimeSpan.FromTicks(Math.Clamp(wanted.Ticks, least.Ticks, most.Ticks));
}
