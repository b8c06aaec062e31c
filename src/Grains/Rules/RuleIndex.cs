namespace IotOrleans.Rules;

/// <summary>
/// The rules of one owner by the event they wait for, so that an event costs the same however many rules wait for
/// others. A few are looked through; an index is made when there are many, and anew when they have changed.
/// </summary>
internal sealed class RuleIndex
{
    private const int Few = 16;

    private readonly Rule[] _of;
    private readonly Dictionary<string, Rule[]> _byType;

    private RuleIndex(Rule[] rules)
    {
        _of = rules;
        _byType = rules.GroupBy(rule => rule.EventType).ToDictionary(group => group.Key, group => group.ToArray());
    }

    /// <param name="index">Kept by the owner; null as long as its rules are few.</param>
    /// <param name="rules">All of the owner; never changed in place.</param>
    public static Rule[] Find(ref RuleIndex? index, Rule[] rules, string eventType)
    {
        if (rules.Length == 0)
            return rules;
        if (rules.Length <= Few)
            return Array.FindAll(rules, rule => rule.EventType == eventType);
        if (index is null || !ReferenceEquals(index._of, rules))
            index = new(rules);
        return index._byType.GetValueOrDefault(eventType, []);
    }
}

/// <summary>A list of words that is asked often and changed seldom; hashed when it is long.</summary>
internal sealed class WordSet
{
    private const int Few = 16;

    private readonly string[] _of;
    private readonly HashSet<string> _words;

    private WordSet(string[] words) => (_of, _words) = (words, [.. words]);

    /// <param name="set">Kept by the owner; null as long as the list is short.</param>
    /// <param name="words">Never changed in place.</param>
    public static bool Has(ref WordSet? set, string[] words, string word)
    {
        if (words.Length <= Few)
            return Array.IndexOf(words, word) >= 0;
        if (set is null || !ReferenceEquals(set._of, words))
            set = new(words);
        return set._words.Contains(word);
    }
}
