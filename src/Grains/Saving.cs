namespace IotOrleans;

internal static class Saving
{
    extension<T>(IPersistentState<T> box)
        where T : new()
    {
        /// <summary>Writes the next state; memory shows it only once it is durable.</summary>
        public async Task Save(T next)
        {
            var before = box.State;
            box.State = next;
            try
            {
                await box.WriteStateAsync();
            }
            catch
            {
                box.State = before;
                throw;
            }
        }

        public async Task Forget()
        {
            await box.ClearStateAsync();
            box.State = new();
        }
    }
}
