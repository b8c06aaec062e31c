using IotOrleans.Calls;
using IotOrleans.Events;
using IotOrleans.Incidents;
using IotOrleans.Postings;
using IotOrleans.Rules;
using IotOrleans.Speakers;
using Microsoft.Extensions.DependencyInjection;

namespace IotOrleans;

public static class GrainParts
{
    /// <summary>What grains share and no adapter brings: their figures, and those who carry out actions.</summary>
    public static IServiceCollection AddGrainParts(this IServiceCollection services) =>
        services
            .AddSingleton<EventFigures>()
            .AddSingleton<CallFigures>()
            .AddSingleton<LegsHere>()
            .AddSingleton<SpeakerFigures>()
            .AddSingleton<OutsideSpeakers>()
            .AddSingleton<PostingFigures>()
            .AddSingleton<Carrier>()
            .AddSingleton<IncidentActions>();

    /// <summary>Pure, so that a front-end without grains of its own rehearses too.</summary>
    public static IServiceCollection AddRehearsals(this IServiceCollection services) =>
        services.AddSingleton<IRehearsals, Rehearsals>();
}
