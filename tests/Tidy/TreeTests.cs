using System.Text.RegularExpressions;

namespace IotOrleans.Tidy;

/// <summary>What a stranger meets who opens the folder.</summary>
public sealed partial class TreeTests
{
    private const int RootMax = 18;
    private const int ReadmeLinesMax = 80;
    private const int DecisionLinesMax = 40;

    // Put together here so that this file is not its own offender.
    private static readonly string[] Machine = ["/ro" + "ot/", "/wo" + "rk/", "../sha" + "red/", "shared/des" + "ign"];

    private static readonly string[] Registries =
    [
        "nuget" + ".org",
        "npm" + "js.org",
        "deb.deb" + "ian.org",
        "pypi" + ".org",
        "crates" + ".io",
    ];

    [Fact]
    public void The_root_can_be_taken_in_at_a_glance()
    {
        var entries = Tree.Files.Select(file => file.Split('/')[0]).Distinct().Where(name => name[0] != '.').ToList();

        Assert.True(entries.Count <= RootMax, $"{entries.Count}: {string.Join(' ', entries)}");
    }

    [Fact]
    public void Nothing_knows_the_machine_it_was_written_on() => NoText(Machine, StringComparison.Ordinal);

    [Fact]
    public void Nothing_names_the_host_of_a_package_registry() =>
        NoText(Registries, StringComparison.OrdinalIgnoreCase);

    [Fact]
    public void The_front_page_fits_on_two_screens() =>
        CodeTests.None(
            from file in Tree.Files
            where file == "README.md" && Tree.Lines(file).Length > ReadmeLinesMax
            select $"{file} has {Tree.Lines(file).Length} lines, {ReadmeLinesMax} are enough"
        );

    [Fact]
    public void A_decision_fits_on_one_screen() =>
        CodeTests.None(
            from file in Tree.Documents
            where file.StartsWith("docs/decisions/", StringComparison.Ordinal)
            where Tree.Lines(file).Length > DecisionLinesMax
            select $"{file} has {Tree.Lines(file).Length} lines, {DecisionLinesMax} are enough"
        );

    [Fact]
    public void Every_link_of_a_document_leads_to_a_file() =>
        CodeTests.None(
            from file in Tree.Documents
            from Match link in Link().Matches(Tree.Read(file))
            let target = Uri.UnescapeDataString(link.Groups["target"].Value)
            where !target.Contains("://", StringComparison.Ordinal)
            where !target.StartsWith("mailto:", StringComparison.Ordinal)
            where !Tree.Has(Path.Combine(Path.GetDirectoryName(file)!, target))
            select $"{file} -> {target}"
        );

    [Fact]
    public void Scripts_can_be_run_and_are_read_by_the_shell_without_complaint()
    {
        var scripts = Tree.Texts.Where(file => Tree.Lines(file) is ["#!/usr/bin/env bash", ..]).ToList();

        Assert.Contains("run", scripts);
        Assert.Contains(".ci/run", scripts);
        foreach (var script in scripts)
        {
            var path = Path.Combine(Tree.Root, script);
            Assert.True(File.GetUnixFileMode(path).HasFlag(UnixFileMode.UserExecute), $"{script} is not executable");
            using var bash = System.Diagnostics.Process.Start("bash", ["-n", path]);
            bash.WaitForExit();
            Assert.True(bash.ExitCode == 0, $"bash -n {script}");
        }
    }

    [Fact]
    public void Migrations_are_numbered_without_a_gap()
    {
        var scripts = Tree.Files.Where(file => file.StartsWith("sql/", StringComparison.Ordinal)).Select(f => f[4..8]);

        Assert.Equal(Enumerable.Range(1, scripts.Count()).Select(number => $"{number:0000}"), scripts);
    }

    private static void NoText(string[] texts, StringComparison comparison) =>
        CodeTests.None(
            from file in Tree.Texts
            from line in Tree.Lines(file).Index()
            from text in texts
            where line.Item.Contains(text, comparison)
            select $"{file}:{line.Index + 1} {line.Item.Trim()}"
        );

    [GeneratedRegex(@"\]\((?<target>[^)#\s]+)(#[^)]*)?\)")]
    private static partial Regex Link();
}
