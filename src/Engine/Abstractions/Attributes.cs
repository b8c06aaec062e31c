namespace Orleans
{
    /// <summary>Crosses grain boundaries: the Orleans build generates a serializer for it.</summary>
    [AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum)]
    public sealed class GenerateSerializerAttribute : Attribute
    {
        /// <summary>Whether members of a primary constructor have ids of their own.</summary>
        public bool IncludePrimaryConstructorParameters { get; init; } = true;
    }

    /// <summary>The number of a member on the wire; never reused for another.</summary>
    [AttributeUsage(
        AttributeTargets.Field
            | AttributeTargets.Property
            | AttributeTargets.Class
            | AttributeTargets.Struct
            | AttributeTargets.Enum
            | AttributeTargets.Method
    )]
    public sealed class IdAttribute(uint id) : Attribute
    {
        public uint Id => id;
    }

    /// <summary>The name of a type or method on the wire, which outlives a renaming.</summary>
    [AttributeUsage(
        AttributeTargets.Class
            | AttributeTargets.Struct
            | AttributeTargets.Enum
            | AttributeTargets.Interface
            | AttributeTargets.Method
    )]
    public sealed class AliasAttribute(string alias) : Attribute
    {
        public string Alias => alias;
    }

    /// <summary>Promises not to change after it was sent; nothing is copied here in any case.</summary>
    [AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Parameter)]
    public sealed class ImmutableAttribute : Attribute;

    /// <summary>The type part of the ids of this grain class.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class GrainTypeAttribute(string grainType) : Attribute
    {
        public string GrainType => grainType;
    }
}

namespace Orleans.Concurrency
{
    /// <summary>The caller does not wait, and hears nothing of how it went.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class OneWayAttribute : Attribute;

    /// <summary>May run while another call of the same grain waits for something.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class AlwaysInterleaveAttribute : Attribute;

    /// <summary>Every call of this grain may run while others wait for something.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class ReentrantAttribute : Attribute;
}

namespace Orleans.Placement
{
    /// <summary>A new activation lives in the process of its first caller. Here there is no other.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class PreferLocalPlacementAttribute : Attribute;
}

namespace Orleans.Runtime
{
    /// <summary>A constructor parameter that is a named piece of the grain's state.</summary>
    [AttributeUsage(AttributeTargets.Parameter)]
    public sealed class PersistentStateAttribute(string stateName, string? storageName = null) : Attribute
    {
        public string StateName => stateName;

        public string? StorageName => storageName;
    }
}
