using IotOrleans.Health;
using IotOrleans.Speakers;

namespace IotOrleans.Hosting;

internal static class Mapping
{
    /// <summary>The doors of this process: all of them, or health and figures for a silo.</summary>
    public static void MapHouse(this WebApplication app)
    {
        if (app.Services.GetService<Access.KeyRing>() is null)
        {
            // Begins to listen to the meters now, not at the first question.
            app.Services.GetRequiredService<PrometheusText>();
            app.MapHealth();
            app.MapMetrics();
            return;
        }
        app.MapApi();
        app.MapSpeakers();
    }
}
