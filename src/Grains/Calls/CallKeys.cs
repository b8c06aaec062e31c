using IotOrleans.Rules;

namespace IotOrleans.Calls;

/// <summary>What a key means to a call that asks for one, and what is said to whoever pressed it.</summary>
internal static class CallKeys
{
    /// <summary>I know, and I see to it.</summary>
    public const string Acknowledge = "1";

    /// <summary>Nothing is the matter: nobody else need be called.</summary>
    public const string FalseAlarm = "2";

    /// <summary>I cannot see to it: call the next one now.</summary>
    public const string Next = "5";

    private static readonly Words English = new(
        "en",
        "Thank you. The alarm is acknowledged.",
        "It is recorded as a false alarm. Nobody else will be called.",
        "The next person is called now.",
        "This key records nothing. Press 1 to acknowledge, 2 for a false alarm, 5 to call the next person.",
        "Press 1 to acknowledge, 2 for a false alarm, 5 to call the next person.",
        "Attention. There is an alarm at your home."
    );

    private static readonly Words Russian = new(
        "ru",
        "Спасибо. Тревога принята.",
        "Записано: ложная тревога. Больше никому звонить не будем.",
        "Звоним следующему.",
        "Эта клавиша ничего не значит. Нажмите 1, если приняли, 2, если тревога ложная, 5, чтобы позвонить следующему.",
        "Нажмите 1, если приняли, 2, если тревога ложная, 5, чтобы позвонить следующему.",
        "Внимание. У вас дома тревога."
    );

    public static bool Decides(string? key) => key is Acknowledge or FalseAlarm or Next;

    /// <summary>Aloud what was recorded, in the language of the message.</summary>
    public static SpokenMessage Answer(string key, SpokenMessage? message)
    {
        var words = Spoken(message);
        var text = key switch
        {
            Acknowledge => words.Acknowledged,
            FalseAlarm => words.CalledOff,
            Next => words.Passed,
            _ => words.Nothing,
        };
        return new(text, Language: words.Language);
    }

    /// <summary>Said when the recorded message cannot be played.</summary>
    public static SpokenMessage InPlaceOf(SpokenMessage? message, bool needsKey)
    {
        var words = Spoken(message);
        return new(needsKey ? $"{words.Alarm} {words.Choice}" : words.Alarm, Language: words.Language);
    }

    public static string Choice(SpokenMessage? message) => Spoken(message).Choice;

    private static Words Spoken(SpokenMessage? message) =>
        message?.Language?.StartsWith("ru", StringComparison.OrdinalIgnoreCase) == true ? Russian : English;

    private sealed record Words(
        string Language,
        string Acknowledged,
        string CalledOff,
        string Passed,
        string Nothing,
        string Choice,
        string Alarm
    );
}
