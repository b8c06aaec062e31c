using Orleans.Runtime;

namespace Orleans;

public static class GrainExtensions
{
    /// <exception cref="ArgumentException">This is neither a grain nor a reference to one.</exception>
    public static GrainId GetGrainId(this IAddressable grain) =>
        grain switch
        {
            Grain self => self.Activation.GrainId,
            GrainReference reference => reference.GrainId,
            IGrainBase self => self.GrainContext.GrainId,
            _ => throw new ArgumentException("Neither a grain nor a reference to one.", nameof(grain)),
        };

    public static string GetPrimaryKeyString(this IAddressable grain) => grain.GetGrainId().Key.Value;

    /// <summary>
    /// A reference to the same grain by another of its interfaces; for a grain, a reference to itself.
    /// </summary>
    public static TGrainInterface AsReference<TGrainInterface>(this IAddressable grain)
        where TGrainInterface : IAddressable =>
        grain switch
        {
            Grain self => self.Activation.Engine.Factory.GetGrain<TGrainInterface>(self.Activation.GrainId),
            GrainReference reference => reference.Engine.Factory.GetGrain<TGrainInterface>(reference.GrainId),
            _ => throw new ArgumentException("Neither a grain nor a reference to one.", nameof(grain)),
        };
}
