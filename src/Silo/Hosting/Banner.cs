namespace IotOrleans.Hosting;

/// <summary>What a person who starts the house sees: where it is, what is real, what stands in.</summary>
internal static class Banner
{
    public static void Print(WebApplication app, Database database, Telephony? telephony)
    {
        Console.WriteLine();
        Console.WriteLine($"IotOrleans is ready at {string.Join(", ", app.Urls)}");
        Console.WriteLine(
            $"  database  {(database.IsPrivate ? "private PostgreSQL, real and kept" : "the configured PostgreSQL")}"
        );
        Console.WriteLine($"  grains    {GrainHosting.Name}");
        if (telephony is not null)
        {
            Console.WriteLine(
                telephony.IsSimulated ? "  switch    SIMULATED: nobody is really called" : "  switch    FreeSWITCH"
            );
        }
        Console.WriteLine("  speaker   /speaker");
        Console.WriteLine("  contract  /openapi/v1.json");
        Console.WriteLine();
    }
}
