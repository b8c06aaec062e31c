namespace IotOrleans.Access;

/// <summary>Customers of the house: whom number pools, users and keys may belong to.</summary>
/// <remarks>All members throw <see cref="Events.JournalUnavailableException"/> without a database.</remarks>
public interface ICustomerStore
{
    /// <returns>AlreadyDone when this customer exists under this name, Conflict when under another.</returns>
    Task<Refusal> Add(Customer customer, CancellationToken cancellation);

    Task<bool> Exists(CustomerId id, CancellationToken cancellation);

    Task<Page<Customer>> List(PageRequest page, CancellationToken cancellation);
}

public sealed record Customer(CustomerId CustomerId, string Name, DateTimeOffset CreatedAt);
