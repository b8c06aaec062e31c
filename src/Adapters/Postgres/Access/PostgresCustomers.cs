using IotOrleans.Postgres;
using Npgsql;

namespace IotOrleans.Access;

/// <summary>Customers in PostgreSQL. One that was made stays: masks that ended long ago are still its own.</summary>
public sealed class PostgresCustomers(NpgsqlDataSource database) : ICustomerStore
{
    private const string New = """
        insert into customers (customer_id, name, created_at) values ($1, $2, $3) on conflict do nothing
        """;

    private const string NameOf = "select name from customers where customer_id = $1";

    private const string Listed = """
        select seq, customer_id, name, created_at from customers where seq < $1 order by seq desc limit $2
        """;

    public async Task<Refusal> Add(Customer customer, CancellationToken cancellation)
    {
        var (id, name) = (customer.CustomerId.Value, customer.Name);
        if (await Select.Run(database, New, cancellation, id, name, customer.CreatedAt) == 1)
            return Refusal.None;
        return await Name(id, cancellation) == name ? Refusal.AlreadyDone : Refusal.Conflict;
    }

    public async Task<bool> Exists(CustomerId id, CancellationToken cancellation) =>
        await Name(id.Value, cancellation) is not null;

    public Task<Page<Customer>> List(PageRequest page, CancellationToken cancellation) =>
        Select.Page(
            database,
            Listed,
            page,
            row => new Customer(new(row.GetString(1)), row.GetString(2), row.GetFieldValue<DateTimeOffset>(3)),
            cancellation
        );

    private Task<string?> Name(string id, CancellationToken cancellation) =>
        Select.One(database, NameOf, row => row.GetString(0), cancellation, id);
}
