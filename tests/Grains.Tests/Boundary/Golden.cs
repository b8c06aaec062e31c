using System.Runtime.CompilerServices;

namespace IotOrleans.Tests.Boundary;

/// <summary>A message as a version wrote it, and what it meant by it.</summary>
internal sealed record GoldenEntry(string Name, byte[] Bytes, string[] Lines);

/// <summary>
/// The bytes that each released version put on the wire, and the methods it called: a silo of a later one must still
/// read them, since both serve
/// side by side during an upgrade. Files are never changed after their release. To write the file of the version that
/// is being released: <c>IOT_GOLDEN=0.1.0</c> and run these tests on the Orleans build.
/// </summary>
internal static class Golden
{
    private static readonly string? Version = Environment.GetEnvironmentVariable("IOT_GOLDEN");

    public static bool IsToBeWritten => Version is { Length: > 0 };

    public static IEnumerable<string> Lines(object value) =>
        value is Exception trouble
            ? [$" is {BoundaryTypes.Named(trouble.GetType())}", $".Message = {trouble.Message}"]
            : Filling.Lines(value);

    public static IEnumerable<GoldenEntry> Read() =>
        Directory.GetFiles(Folder(), "*.txt").Order(StringComparer.Ordinal).SelectMany(ReadFile);

    public static void Write(IEnumerable<GoldenEntry> entries) =>
        File.WriteAllLines(
            Path.Combine(Folder(), Version + ".txt"),
            entries
                .OrderBy(entry => entry.Name, StringComparer.Ordinal)
                .SelectMany(entry =>
                    new[] { entry.Name, Convert.ToHexString(entry.Bytes) }.Concat(
                        entry.Lines.Select(line => "  " + line)
                    )
                )
        );

    public static IEnumerable<string> Methods() =>
        Directory.GetFiles(Folder(), "*.methods").SelectMany(File.ReadAllLines).Distinct();

    public static void WriteMethods(IEnumerable<string> methods) =>
        File.WriteAllLines(Path.Combine(Folder(), Version + ".methods"), methods);

    private static IEnumerable<GoldenEntry> ReadFile(string file)
    {
        var rows = File.ReadAllLines(file);
        for (var row = 0; row < rows.Length; )
        {
            var (name, bytes) = (rows[row], Convert.FromHexString(rows[row + 1]));
            var lines = rows.Skip(row + 2).TakeWhile(line => line.StartsWith("  ", StringComparison.Ordinal)).ToArray();
            row += 2 + lines.Length;
            yield return new(name, bytes, [.. lines.Select(line => line[2..])]);
        }
    }

    private static string Folder([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "Golden");
}
