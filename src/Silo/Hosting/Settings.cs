using Microsoft.Extensions.Logging.Console;

namespace IotOrleans.Hosting;

/// <summary>
/// The few names of the contract that are not sections: --data, --role, IOT_DATA, the default address.
/// </summary>
public static class Settings
{
    public const string DefaultAddress = "http://127.0.0.1:8080";

    public static void Read(WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        SecretReferences.Resolve(configuration, configuration);
        if (configuration["Data"] is null && Environment.GetEnvironmentVariable("IOT_DATA") is { Length: > 0 } folder)
        {
            configuration["Data"] = folder;
        }
        if (configuration["urls"] is null)
            builder.WebHost.UseUrls(DefaultAddress);
        // Requests are counted, not told one by one; what matters is logged by the slices themselves.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("System.Net.Http", LogLevel.Warning);
        if (builder.Configuration.GetValue<bool>("Logs:Access"))
        {
            builder.Logging.ClearProviders().AddConsole(console => console.FormatterName = TracedLines.FormatterName);
            builder.Logging.AddConsoleFormatter<TracedLines, ConsoleFormatterOptions>();
        }
        else if (builder.Environment.IsProduction())
            builder.Logging.ClearProviders().AddJsonConsole();
    }
}
