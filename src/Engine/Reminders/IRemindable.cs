using Orleans.Runtime;

namespace Orleans
{
    /// <summary>A grain that asks to be woken at times, also across restarts.</summary>
    public interface IRemindable : IGrain
    {
        Task ReceiveReminder(string reminderName, TickStatus status);
    }

    public static class GrainReminderExtensions
    {
        /// <exception cref="ArgumentException">The period is shorter than the engine allows.</exception>
        public static Task<IGrainReminder> RegisterOrUpdateReminder(
            this IGrainBase grain,
            string reminderName,
            TimeSpan dueTime,
            TimeSpan period
        ) => Clock(grain).Register(grain.GrainContext.GrainId, reminderName, dueTime, period);

        public static Task UnregisterReminder(this IGrainBase grain, IGrainReminder reminder) =>
            Clock(grain).Unregister(grain.GrainContext.GrainId, reminder);

        public static Task<IGrainReminder?> GetReminder(this IGrainBase grain, string reminderName) =>
            Clock(grain).Find(grain.GrainContext.GrainId, reminderName);

        public static Task<List<IGrainReminder>> GetReminders(this IGrainBase grain) =>
            Clock(grain).All(grain.GrainContext.GrainId);

        private static Orleans.Runtime.Reminders.ReminderClock Clock(IGrainBase grain) =>
            (Orleans.Runtime.Reminders.ReminderClock?)
                grain.GrainContext.ActivationServices.GetService(typeof(Orleans.Runtime.Reminders.ReminderClock))
            ?? throw new OrleansException("There are no reminders here.");
    }
}

namespace Orleans.Runtime
{
    public interface IGrainReminder
    {
        string ReminderName { get; }
    }

    /// <summary>Which tick this is.</summary>
    public readonly record struct TickStatus(DateTime FirstTickTime, TimeSpan Period, DateTime CurrentTickTime);
}
