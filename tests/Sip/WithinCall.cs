using System.Text.RegularExpressions;

namespace IotOrleans.Tests.Sip;

/// <summary>A call between two sockets, and what each of them knows of it.</summary>
internal sealed partial class WithinCall(SipSocket caller, SipSocket called) : IAsyncDisposable
{
    public SipSocket Caller => caller;
    public SipSocket Called => called;
    public int Turn { get; set; }
    public string Invite { get; set; } = "";
    public string Accepted { get; set; } = "";

    /// <summary>Where the called one is, as the caller was told.</summary>
    public string Callee => AddressIn(Accepted);

    public string CallerAddress => AddressIn(Invite);

    public string Tag => ";tag=" + Tagged().Match(Line(Accepted, "To")).Groups[1].Value;

    /// <summary>The way back that replies were told, the other way round.</summary>
    public string Routes => Way(Hops(Accepted).Reverse());

    /// <summary>A request of the called one.</summary>
    public string Back(string method, int turn, string more = "", string? way = null) =>
        $"{method} {CallerAddress} SIP/2.0\r\nVia: SIP/2.0/WSS b.invalid;branch=z9hG4bK{Guid.NewGuid():N}\r\n"
        + $"From:{Line(Accepted, "To")}\r\nTo:{Line(Invite, "From")}\r\nCall-ID:{Line(Invite, "Call-ID")}\r\n"
        + $"CSeq: {turn} {method}\r\nContact: <sip:b1@b.invalid;transport=ws>\r\nMax-Forwards: 70\r\n"
        + $"{way ?? Way(Hops(Invite))}{more}Content-Length: 0\r\n\r\n";

    public async ValueTask DisposeAsync()
    {
        await caller.DisposeAsync();
        await called.DisposeAsync();
    }

    public static string AddressIn(string text) => Address().Match(text).Groups[1].Value;

    private static string Line(string text, string name) =>
        text.Split("\r\n").First(line => line.StartsWith(name + ":", StringComparison.Ordinal))[(name.Length + 1)..];

    private static IEnumerable<string> Hops(string text) =>
        text.Split("\r\n")
            .Where(line => line.StartsWith("Record-Route:", StringComparison.Ordinal))
            .SelectMany(line => line["Record-Route:".Length..].Split(','));

    private static string Way(IEnumerable<string> hops) =>
        string.Concat(hops.Select(hop => $"Route: {hop.Trim()}\r\n"));

    [GeneratedRegex("^Contact: <([^>]+)>", RegexOptions.Multiline)]
    private static partial Regex Address();

    [GeneratedRegex(";tag=([^;\r]+)")]
    private static partial Regex Tagged();
}
