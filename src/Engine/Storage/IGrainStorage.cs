using Orleans.Runtime;

namespace Orleans
{
    /// <summary>One named piece of a grain's state as a storage provider sees it.</summary>
    public interface IGrainState<T>
    {
        T State { get; set; }

        /// <summary>The version the state was read at, or null when nothing was ever stored.</summary>
        string? ETag { get; set; }

        bool RecordExists { get; set; }
    }
}

namespace Orleans.Storage
{
    /// <summary>Where grain state lies. Writes carry the etag they were read with.</summary>
    public interface IGrainStorage
    {
        Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

        /// <exception cref="InconsistentStateException">Somebody else wrote since this state was read.</exception>
        Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

        /// <exception cref="InconsistentStateException">Somebody else wrote since this state was read.</exception>
        Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);
    }

    /// <summary>
    /// A write met another version than the one it was based on; the activation that sees it is stale.
    /// </summary>
    public class InconsistentStateException : Exception
    {
        public InconsistentStateException() { }

        public InconsistentStateException(string message)
            : base(message) { }

        public InconsistentStateException(string message, Exception inner)
            : base(message, inner) { }

        public InconsistentStateException(string message, string? storedEtag, string? currentEtag)
            : base(message) => (StoredEtag, CurrentEtag) = (storedEtag, currentEtag);

        public string? StoredEtag { get; }

        public string? CurrentEtag { get; }
    }
}
