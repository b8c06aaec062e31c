using System.Buffers;
using System.Runtime.CompilerServices;

namespace IotOrleans.FreeSwitch;

/// <summary>Bytes that a FreeSWITCH 1.10.12 has really sent, and the dialogues they come from.</summary>
internal static class Recorded
{
    public static IEnumerable<string> Names() =>
        Directory
            .EnumerateFiles(Folder(), "*.bin", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Folder(), file))
            .Order(StringComparer.Ordinal);

    public static byte[] Bytes(string name) => File.ReadAllBytes(Path.Combine(Folder(), name));

    /// <summary>All frames of a recording, taken in one piece.</summary>
    public static List<EslFrame> Frames(string name) => Frames(Bytes(name), new EslParser(EslLimits.Default), out _);

    public static List<EslFrame> Frames(byte[] bytes, EslParser parser, out long left)
    {
        var frames = new List<EslFrame>();
        var input = new ReadOnlySequence<byte>(bytes);
        while (parser.Take(ref input) is { } frame)
            frames.Add(frame);
        left = input.Length;
        return frames;
    }

    public static IEnumerable<EslEvent> Events(string name) =>
        Frames(name).Where(frame => frame.IsEvent).Select(frame => EslEvent.From(frame, EslLimits.Default));

    /// <summary>What the client said, command by command, and the reply that each of them got.</summary>
    public static IEnumerable<(string Command, EslFrame Reply)> Dialogue(string name)
    {
        var commands = new List<string>();
        var command = "";
        foreach (var line in File.ReadLines(Path.Combine(Folder(), name + ".txt")).Where(l => l.StartsWith(">>>")))
        {
            var said = line.Length > 4 ? line[4..].Replace("\\r", "\r", StringComparison.Ordinal) : "";
            command += said + "\n";
            if (said.Trim('\r').Length > 0)
                continue;
            if (command.Trim().Length > 0)
                commands.Add(command);
            command = "";
        }
        return commands.Zip(Frames(name + ".bin").Where(frame => frame.IsReply));
    }

    private static string Folder([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "Recorded");
}
