using System.Buffers;
using System.Globalization;
using System.Text;

namespace IotOrleans.FreeSwitch.Simulator;

/// <summary>
/// A command as a client wrote it: its line, the headers under it, and a body where one was announced.
/// </summary>
internal sealed record PeerCommand(string Line, EslHeaders Headers, string Body)
{
    /// <summary>Commands are understood in any case.</summary>
    public string Verb => Line.Split(' ', 2)[0].ToLowerInvariant();
    public string Rest => Line.Split(' ', 2) is [_, var rest] ? rest : "";
    public string[] Words => Rest.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>
/// Cuts a client's bytes into commands. LF and CRLF are both line ends; empty lines before a command mean nothing.
/// </summary>
internal sealed class CommandReader
{
    private const int BytesMax = 1024 * 1024;
    private readonly List<string> _lines = [];
    private int? _bodyLength;

    public PeerCommand? Take(ref ReadOnlySequence<byte> input)
    {
        while (_bodyLength is null)
        {
            if (input.PositionOf((byte)'\n') is not { } end)
                return input.Length > BytesMax ? throw new EslProtocolException("A command has no end.") : null;
            Accept(Encoding.UTF8.GetString(input.Slice(0, end)).TrimEnd('\r'));
            input = input.Slice(input.GetPosition(1, end));
        }
        if (input.Length < _bodyLength)
            return null;

        var body = Encoding.UTF8.GetString(input.Slice(0, _bodyLength.Value));
        input = input.Slice(_bodyLength.Value);
        var command = new PeerCommand(_lines[0], Headers(), body);
        _lines.Clear();
        _bodyLength = null;
        return command;
    }

    private void Accept(string line)
    {
        if (line.Length > 0)
            _lines.Add(line);
        else if (_lines.Count > 0)
            _bodyLength = int.TryParse(Headers()["Content-Length"], CultureInfo.InvariantCulture, out var bytes)
                ? Math.Clamp(bytes, 0, BytesMax)
                : 0;
    }

    private EslHeaders Headers()
    {
        var headers = new EslHeaders();
        foreach (var line in _lines.Skip(1))
        {
            var words = line.Split(':', 2);
            headers.Add(words[0], words.Length == 2 ? words[1].TrimStart(' ') : "");
        }
        return headers;
    }
}
