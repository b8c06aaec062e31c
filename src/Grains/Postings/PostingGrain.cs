using IotOrleans.Devices;
using IotOrleans.Events;
using IotOrleans.Journal;

namespace IotOrleans.Postings;

[Orleans.Placement.PreferLocalPlacement]
internal sealed class PostingGrain(IPostingBook book, Carrier carrier, PostingFigures figures, TimeProvider clock)
    : Grain,
        IPostingGrain
{
    private Posting? _posting;

    // The mark before a hand-over that may be on the disk, when it was not followed by the hand-over.
    private (int Version, DateTimeOffset At)? _idleMark;
    private Alarm? _alarm;

    private Guid Id => Guid.ParseExact(Keys.Name(this.GetPrimaryKeyString()), "D");

    private DateTimeOffset Now => clock.GetUtcNow();

    public async Task<Answer<Posting>> Post(PostingOrder order)
    {
        if (await Load() is { } known)
            return new(Refusal.AlreadyDone, known);
        await Save(PostingMoves.New(Id, order, Now), isNew: true);
        figures.Ordered(order.Kind);
        // Whoever ordered it need not wait until it is handed over.
        await this.AsReference<IPostingGrain>().Wake();
        return _posting!;
    }

    public async Task Wake()
    {
        if (await Load() is not { } posting)
            return;
        if (posting.IsSettled)
            await Tell();
        else if (posting.DueAt > Now)
            SetAlarm();
        else if (posting.Status == PostingStatus.Sending && _idleMark == (posting.Version, posting.UpdatedAt))
            await Carry();
        else if (posting.Status == PostingStatus.Sending)
            await Became(posting.AfterDoubt("cut off while it was handed over", Now));
        else
            await HandOver();
    }

    public async Task<Refusal> Confirm(bool delivered, string? detail)
    {
        if (await Load() is not { } posting)
            return Refusal.NotFound;
        if (posting.Confirmed(delivered, detail, Now) is not { } next)
            return Refusal.AlreadyDone;
        await Became(next);
        return Refusal.None;
    }

    public async Task Read(DeviceId by)
    {
        if (await Load() is { } posting && posting.ReadOn(by, Now) is { } next)
            await Became(next);
    }

    public async Task<Refusal> Replay()
    {
        if (await Load() is not { } posting)
            return Refusal.NotFound;
        if (posting.Anew(Now) is not { } next)
            return Refusal.Conflict;
        await Save(next);
        await this.AsReference<IPostingGrain>().Wake();
        return Refusal.None;
    }

    public async Task<Posting?> Look() => await Load();

    private async Task HandOver()
    {
        var begun = _posting!.Begin(Now);
        try
        {
            await Save(begun);
        }
        catch (JournalUnavailableException)
        {
            // Found on the disk later, it must not look like a hand-over that was cut off: that is doubted, and a
            // doubtful SMS is not sent as often as one likes.
            _idleMark = (begun.Version + 1, begun.UpdatedAt);
            throw;
        }
        await Carry();
    }

    private async Task Carry()
    {
        _idleMark = null;
        var delivery = await carrier.Carry(_posting!);
        figures.Tried(_posting!.Order.Kind, delivery.Delivered);
        await Became(_posting.After(delivery, Now));
    }

    private async Task Became(Posting next)
    {
        await Save(next);
        SetAlarm();
        if (next.IsSettled)
            await Tell();
    }

    private async Task Tell()
    {
        if (_posting is { Order.IncidentId: { } incident } posting)
            await GrainFactory.Incident(incident).FollowPosting(posting.ToReport());
    }

    private void SetAlarm()
    {
        if (_posting is { DueAt: { } due })
            _alarm = Alarm.Set(this, _alarm, due - Now, Wake);
        else
            _alarm?.Clear();
    }

    private async ValueTask<Posting?> Load() => _posting ??= await book.Read(Id);

    private async Task Save(Posting next, bool isNew = false)
    {
        next = next with { Version = isNew ? 1 : _posting!.Version + 1 };
        try
        {
            await book.Save(next);
        }
        catch (JournalUnavailableException)
        {
            // What is in memory may not be what is on disk: begin again from there.
            _posting = null;
            throw;
        }
        catch (StaleOwnerException)
        {
            _posting = null;
            DeactivateOnIdle();
            throw;
        }
        _posting = next;
    }
}
