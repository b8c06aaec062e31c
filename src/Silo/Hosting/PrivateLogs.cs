namespace IotOrleans.Hosting;

internal static class PrivateLogs
{
    /// <summary>A log for what runs before, and outlives, the application's own services.</summary>
    public static ILogger PrivateLog(this WebApplicationBuilder builder) =>
        LoggerFactory
            .Create(log => log.AddSimpleConsole().AddConfiguration(builder.Configuration.GetSection("Logging")))
            .CreateLogger("IotOrleans.Postgres");
}
