using System.Buffers;
using System.Globalization;
using System.Text;

namespace IotOrleans.FreeSwitch;

/// <summary>
/// Cuts a stream of bytes into frames. Counts bytes, never characters; keeps nothing but the header block it is in;
/// does no input or output itself. One parser serves one stream, and none after it has thrown.
/// </summary>
public sealed class EslParser(EslLimits limits)
{
    private EslHeaders _headers = new();
    private long _headerBytes;
    private long _scanned;
    private int? _bodyLength;

    /// <summary>The stream ended inside a frame if it ends while this is true.</summary>
    public bool IsInsideFrame => _headers.Count > 0;

    /// <summary>
    /// Takes a whole frame off the front of the input, or nothing yet; what was used is cut off the input.
    /// </summary>
    /// <exception cref="EslProtocolException">The bytes are no Event Socket stream, or go beyond the
    /// limits.</exception>
    public EslFrame? Take(ref ReadOnlySequence<byte> input)
    {
        while (_bodyLength is null)
        {
            if (!TakeLine(ref input))
                return null;
        }
        if (input.Length < _bodyLength)
            return null;

        var frame = new EslFrame(_headers, input.Slice(0, _bodyLength.Value).ToArray());
        input = input.Slice(_bodyLength.Value);
        (_headers, _headerBytes, _bodyLength) = (new(), 0, null);
        return frame;
    }

    private bool TakeLine(ref ReadOnlySequence<byte> input)
    {
        // The part that was searched before is not searched again: a trickling peer must not cost us a square.
        var end = input.Slice(_scanned).PositionOf((byte)'\n');
        if (end is null)
        {
            _scanned = input.Length;
            Bound(_headerBytes + _scanned);
            return false;
        }
        Accept(input.Slice(0, end.Value));
        input = input.Slice(input.GetPosition(1, end.Value));
        _scanned = 0;
        return true;
    }

    private void Accept(in ReadOnlySequence<byte> bytes)
    {
        Bound(_headerBytes += bytes.Length + 1);
        var line = bytes.IsSingleSegment ? bytes.FirstSpan : bytes.ToArray();
        if (line.EndsWith((byte)'\r'))
            line = line[..^1];

        if (line.Length > 0)
            AddHeader(line);
        else if (_headers.Count > 0)
            _bodyLength = BodyLength();
        else
            _headerBytes = 0; // Stray newlines before a block are usual after some replies.
    }

    private void AddHeader(ReadOnlySpan<byte> line)
    {
        if (_headers.Count >= limits.HeaderLinesMax)
            throw new EslProtocolException($"A header block has more than {limits.HeaderLinesMax} lines.");

        // The raw value in a reply to `getvar` may span lines, and these have no colon. They are kept as they are.
        var colon = line.IndexOf((byte)':');
        if (colon <= 0)
            _headers.Add(Encoding.UTF8.GetString(line), "");
        else
            _headers.Add(
                Encoding.UTF8.GetString(line[..colon]),
                Encoding.UTF8.GetString(line[(colon + 1)..].TrimStart((byte)' '))
            );
    }

    private int BodyLength()
    {
        int? length = null;
        foreach (var (name, text) in _headers)
        {
            if (!name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                continue;
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                throw new EslProtocolException("Content-Length is not a number of bytes.");
            if (value > limits.BodyBytesMax)
                throw new EslProtocolException($"A body of {value} bytes is above {limits.BodyBytesMax}.");
            if (length is not null && length != value)
                throw new EslProtocolException("Content-Length is given twice, with different values.");
            length = value;
        }
        return length ?? 0;
    }

    private void Bound(long bytes)
    {
        if (bytes > limits.HeaderBytesMax)
            throw new EslProtocolException($"A header block is longer than {limits.HeaderBytesMax} bytes.");
    }
}
