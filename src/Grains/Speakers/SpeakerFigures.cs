using System.Diagnostics.Metrics;
using IotOrleans.Events;

namespace IotOrleans.Speakers;

/// <summary>What is counted about speakers.</summary>
public sealed class SpeakerFigures
{
    private readonly Counter<long> _notices;
    private readonly Counter<long> _commands;

    public SpeakerFigures(IMeterFactory meters)
    {
        var meter = meters.Create(Telemetry.Name);
        _notices = meter.CreateCounter<long>(
            "iot_speaker_notices",
            description: "Notices for speakers, by kind and whether anybody was there to be told."
        );
        _commands = meter.CreateCounter<long>(
            "iot_speaker_commands",
            description: "Commands that speakers carried out, by outcome."
        );
    }

    public void Told(SpeakerNotice notice, int connections) =>
        _notices.Add(1, new("kind", Kind(notice)), new("outcome", connections > 0 ? "told" : "away"));

    /// <summary>Told over the device's own address, or by its maker.</summary>
    public void Pushed(SpeakerNotice notice, bool delivered) =>
        _notices.Add(1, new("kind", Kind(notice)), new("outcome", delivered ? "pushed" : "not_pushed"));

    public void CommandDone(bool ok) =>
        _commands.Add(1, new KeyValuePair<string, object?>("outcome", ok ? "ok" : "failed"));

    private static string Kind(SpeakerNotice notice) =>
        notice switch
        {
            RingNotice => "ring",
            AnsweredNotice => "answered",
            EndedNotice => "ended",
            MessageNotice => "message",
            AnnouncementNotice => "announcement",
            CommandNotice => "command",
            _ => "other",
        };
}
