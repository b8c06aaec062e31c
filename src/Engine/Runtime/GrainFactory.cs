using Orleans.Runtime.Observers;

namespace Orleans.Runtime;

internal sealed class GrainFactory(GrainEngine engine, GrainClasses classes) : IClusterClient
{
    public IServiceProvider ServiceProvider => engine.Services;

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
    {
        ArgumentException.ThrowIfNullOrEmpty(primaryKey);
        return (TGrainInterface)
            GrainReference.Make(
                typeof(TGrainInterface),
                new(classes.Of(typeof(TGrainInterface)).Name, new(primaryKey)),
                engine
            );
    }

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable =>
        (TGrainInterface)GrainReference.Make(typeof(TGrainInterface), grainId, engine);

    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver => ObserverReference.Make<TGrainObserverInterface>(obj);

    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver => ((ObserverReference)(object)obj).Delete();
}
