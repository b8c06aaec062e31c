using System.Globalization;
using System.Text;

namespace IotOrleans.FreeSwitch;

/// <summary>
/// One command as it goes onto the wire. A line break in any part would be read as another header or another command,
/// so every part is refused that has one; lengths are counted in UTF-8 bytes.
/// </summary>
public sealed class EslCommand
{
    private EslCommand(string verb, string head, string? body = null)
    {
        Verb = verb;
        Bytes = Encoding.UTF8.GetBytes(head + "\n\n" + body);
    }

    /// <summary>What the log may say of it: the verb alone, for arguments hold passwords and numbers.</summary>
    public string Verb { get; }

    public ReadOnlyMemory<byte> Bytes { get; }

    public static EslCommand Auth(string password) => new("auth", "auth " + OneLine(password));

    /// <summary>
    /// The switch answers nothing else on this connection until the command returns: for quick ones only.
    /// </summary>
    public static EslCommand Api(string line) => new("api", "api " + OneLine(line));

    /// <summary>The reply is immediate; the result follows as a BACKGROUND_JOB event under our own job id.</summary>
    public static EslCommand Background(string line, string job) =>
        new("bgapi", $"bgapi {OneLine(line)}\nJob-UUID: {OneLine(job)}");

    public static EslCommand Events(string format, IEnumerable<string> names) =>
        new("event", $"event {OneLine(format)} {OneLine(string.Join(' ', names))}");

    public static EslCommand MyEvents(string format) => new("myevents", "myevents " + OneLine(format));

    public static EslCommand Connect() => new("connect", "connect");

    public static EslCommand Exit() => new("exit", "exit");

    /// <summary>Keeps an outbound socket open after the hangup, so that its last events are not lost.</summary>
    public static EslCommand Linger(TimeSpan time) =>
        new("linger", string.Create(CultureInfo.InvariantCulture, $"linger {(int)time.TotalSeconds}"));

    /// <summary>
    /// Runs an application on a channel. The argument travels as a body, where spaces, commas and quotes mean nothing.
    /// <paramref name="id"/> comes back as Application-UUID. Without <paramref name="isQueued"/> it would nest inside
    /// the application that runs now.
    /// </summary>
    public static EslCommand Execute(Guid? channel, string application, string argument, Guid id, bool isQueued)
    {
        var head = new StringBuilder(channel is { } uuid ? $"sendmsg {uuid}" : "sendmsg")
            .Append("\ncall-command: execute\nexecute-app-name: ")
            .Append(OneLine(application))
            .Append(CultureInfo.InvariantCulture, $"\nEvent-UUID: {id}");
        if (isQueued)
            head.Append("\nevent-lock: true");
        if (argument.Length == 0)
            return new("sendmsg", head.ToString());
        var length = Encoding.UTF8.GetByteCount(OneLine(argument));
        head.Append(CultureInfo.InvariantCulture, $"\nContent-Type: text/plain\nContent-Length: {length}");
        return new("sendmsg", head.ToString(), argument);
    }

    /// <exception cref="ArgumentException">The text holds a carriage return, a line feed or a zero.</exception>
    public static string OneLine(string text) =>
        text.AsSpan().IndexOfAny('\r', '\n', '\0') < 0
            ? text
            : throw new ArgumentException("A line break or zero in a command would become another command.");
}
