using System.Globalization;
using IotOrleans.Floor;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

if (args is not [var form, var port, .. var others])
{
    await Console.Error.WriteLineAsync(
        "floor events PORT [SWITCH_HOST:PORT] | hub PORT | lookup PORT COUNT | bare PORT"
    );
    return 2;
}
var builder = WebApplication.CreateEmptyBuilder(new());
builder.WebHost.UseKestrelCore();
builder.WebHost.ConfigureKestrel(kestrel =>
    kestrel.ListenLocalhost(
        int.Parse(port, CultureInfo.InvariantCulture),
        listen => listen.Protocols = HttpProtocols.Http1
    )
);
builder.Logging.ClearProviders();
if (form == "hub")
    SpeakerHub.Add(builder.Services);
await using var app = builder.Build();
switch (form)
{
    case "events":
        await Answer.Events(app, others is [var address] ? address : null);
        break;
    case "hub":
        SpeakerHub.Map(app);
        break;
    case "lookup":
        app.Run(Lookup.Over(int.Parse(others[0], CultureInfo.InvariantCulture)));
        break;
    default:
        app.Run(Answer.Nothing);
        break;
}
await app.RunAsync();
return 0;
