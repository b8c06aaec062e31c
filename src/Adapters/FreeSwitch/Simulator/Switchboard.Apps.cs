namespace IotOrleans.FreeSwitch.Simulator;

/// <summary>What the dialplan applications do, as far as they can be told apart without sound.</summary>
internal sealed partial class Switchboard
{
    /// <summary>Runs an application now, inside whatever runs already, or after it when it is to wait.</summary>
    public void Execute(SimulatedChannel channel, RunningApp app, bool isQueued = false)
    {
        if (!channel.IsAlive)
            return;
        if (isQueued && channel.Running.Count > 0)
            channel.Waiting.Enqueue(app);
        else
            Run(channel, app);
    }

    /// <summary>Breaks off what plays, and what waits to be played.</summary>
    public void BreakOff(SimulatedChannel channel, bool isAll)
    {
        if (isAll)
            channel.Waiting.Clear();
        foreach (var app in channel.Running.Where(app => app.IsPrompt).Reverse().ToList())
            Finish(channel, app);
    }

    private void Run(SimulatedChannel channel, RunningApp app)
    {
        switch (app.Name)
        {
            case "answer":
            case "pre_answer":
            case "ring_ready":
            case "set":
            case "export":
            case "unset":
                Tell("CHANNEL_EXECUTE", channel, app);
                RunAtOnce(channel, app);
                Tell("CHANNEL_EXECUTE_COMPLETE", channel, app);
                break;
            case "park":
                Tell("CHANNEL_EXECUTE", channel, app);
                Park(channel);
                break;
            case "hangup":
                Tell("CHANNEL_EXECUTE", channel, app);
                End(channel, app.Argument.Length > 0 ? app.Argument : "NORMAL_CLEARING");
                break;
            case "playback" or "speak" or "say" or "sleep" or "play_and_get_digits":
                Play(channel, app);
                break;
            case "bridge":
                RunBridge(channel, app);
                break;
            case "conference":
                Tell("CHANNEL_EXECUTE", channel, app);
                channel.Room = app.Argument.Split('@')[0];
                break;
            case "socket" when HandOver is { } handOver:
                Tell("CHANNEL_EXECUTE", channel, app);
                handOver(channel);
                break;
            default:
                // The real one has said +OK to the command by now, and hangs up.
                End(channel, "DESTINATION_OUT_OF_ORDER");
                break;
        }
    }

    private void RunAtOnce(SimulatedChannel channel, RunningApp app)
    {
        if (app.Name == "answer")
            Answer(channel);
        else if (app.Name is "pre_answer" or "ring_ready" && channel.ProgressAt is null)
        {
            channel.ProgressAt = clock.GetUtcNow();
            Raise(app.Name == "ring_ready" ? "CHANNEL_PROGRESS" : "CHANNEL_PROGRESS_MEDIA", channel);
        }
        else if (app.Name is "set" or "export" && app.Argument.Split('=', 2) is [var variable, var value])
            channel[variable] = value;
        else if (app.Name == "unset")
            channel[app.Argument] = null;
    }

    private void Play(SimulatedChannel channel, RunningApp app)
    {
        channel.Running.Add(app);
        Tell("CHANNEL_EXECUTE", channel, app);
        if (app.IsFile && app.File.Contains("missing", StringComparison.Ordinal))
        {
            app.Response = "FILE NOT FOUND";
            Finish(channel, app);
            return;
        }
        if (app.IsFile)
            Raise("PLAYBACK_START", channel, change => change.With("Playback-File-Path", app.File));
        After(TimeSpan.FromMilliseconds(options.PromptMilliseconds), () => PromptHeard(channel, app));
    }

    private void PromptHeard(SimulatedChannel channel, RunningApp app)
    {
        if (!channel.Running.Contains(app))
            return;
        if (app.IsFile)
            NoteHeard(channel, app.File);
        if (app.Name != "play_and_get_digits")
        {
            Finish(channel, app);
            return;
        }
        After(DigitPatience(app), () => Finish(channel, app));
        PressKeys(channel);
    }

    /// <summary>The time for all tries together: the prompt itself is not played again.</summary>
    private static TimeSpan DigitPatience(RunningApp app) =>
        app.Argument.Split(' ') is [_, _, var tries, var ms, ..]
        && int.TryParse(tries, out var times)
        && int.TryParse(ms, out var wait)
            ? TimeSpan.FromMilliseconds((double)times * wait)
            : TimeSpan.FromSeconds(5);

    private void Collect(SimulatedChannel channel, char key)
    {
        if (channel.Running.LastOrDefault() is not { Name: "play_and_get_digits" } app)
            return;
        var words = app.Argument.Split(' ');
        var isEnough = false;
        if (words.ElementAtOrDefault(4)?.Contains(key, StringComparison.Ordinal) == true)
            isEnough = app.Digits.Length > 0;
        else
        {
            app.Digits += key;
            isEnough = int.TryParse(words.ElementAtOrDefault(1), out var most) && app.Digits.Length >= most;
        }
        if (!isEnough)
            return;
        channel[words.ElementAtOrDefault(7) ?? "digits"] = app.Digits;
        Finish(channel, app);
    }

    /// <summary>
    /// An application's time is up. It ends only after those that are nested in it: last in, first out.
    /// </summary>
    private void Finish(SimulatedChannel channel, RunningApp app)
    {
        if (!channel.Running.Contains(app))
            return;
        app.IsOver = true;
        while (channel.Running.LastOrDefault() is { IsOver: true } last)
        {
            channel.Running.Remove(last);
            Complete(channel, last);
        }
        if (channel.Running.Count == 0 && channel.IsAlive && channel.Waiting.TryDequeue(out var next))
            Run(channel, next);
    }

    private void Complete(SimulatedChannel channel, RunningApp app)
    {
        if (app.Name == "bridge")
            channel.BridgeApp = null;
        if (app.Name == "playback" && app.Response == "_none_")
            app.Response = "FILE PLAYED";
        if (app.IsFile && app.Response != "FILE NOT FOUND")
            Raise(
                "PLAYBACK_STOP",
                channel,
                change => change.With("Playback-File-Path", app.File).With("Playback-Status", "done")
            );
        Tell("CHANNEL_EXECUTE_COMPLETE", channel, app);
        if (app.IsPrompt && channel.IsAlive)
            PressKeys(channel);
        if (app.IsWhole && channel.IsAlive)
            End(channel, "NORMAL_CLEARING");
    }

    private void EndApps(SimulatedChannel channel)
    {
        channel.Waiting.Clear();
        foreach (var app in channel.Running.AsEnumerable().Reverse().ToList())
            app.IsOver = true;
        if (channel.Running.LastOrDefault() is { } last)
            Finish(channel, last);
    }

    private void RunBridge(SimulatedChannel channel, RunningApp app)
    {
        channel.Running.Add(app);
        channel.BridgeApp = app;
        Tell("CHANNEL_EXECUTE", channel, app);
        if (OriginateText.Parse($"{app.Argument} &park()") is not { } order || Name(order) is not { } uuid)
        {
            Finish(channel, app);
            return;
        }
        Ring(order, uuid, new RunningApp("park", "", NewId()), Placed);

        void Placed(string result)
        {
            if (result.StartsWith('-'))
            {
                channel["originate_disposition"] = result[5..].Trim();
                Finish(channel, app);
            }
            else if (_channels.TryGetValue(uuid, out var other) && channel.IsAlive)
            {
                channel["originate_disposition"] = "SUCCESS";
                Answer(channel);
                Bridge(channel, other);
            }
        }
    }

    private void Tell(string name, SimulatedChannel channel, RunningApp app) =>
        Raise(
            name,
            channel,
            change =>
                change
                    .With("Application", app.Name)
                    .With("Application-Data", app.Argument)
                    .With("Application-Response", name == "CHANNEL_EXECUTE" ? null : app.Response)
                    .With("Application-UUID", app.Id)
        );
}
