using IotOrleans.Http;

namespace IotOrleans.Access;

/// <summary>Customers of the house. Pools, users and keys are given to them where those are made.</summary>
public static class CustomerEndpoints
{
    public static void MapCustomers(this IEndpointRouteBuilder routes)
    {
        var customers = routes
            .MapGroup("/customers")
            .WithTags("Access")
            .RequireAuthorization(Policies.Command)
            .Audited();
        customers.MapGet("", List).WithSummary("All customers").Produces<Listing<Customer>>();
        customers
            .MapPost("", Add)
            .WithSummary("A new customer, whom mask pools, users and keys may belong to")
            .Accepts<NewCustomer>("application/json")
            .Produces<Customer>(201)
            .ProducesProblem(409);
    }

    private static Task<IResult> List(HttpContext context, ICustomerStore store) =>
        context.List("customers", (_, page) => store.List(page, context.RequestAborted));

    private static async Task<IResult> Add(HttpContext context, Body bodies, ICustomerStore store, TimeProvider clock)
    {
        var (body, problem) = await bodies.Read<NewCustomer>(context);
        if (body is null)
            return problem!;
        var errors = new FieldErrors();
        errors.Line(body.Name, "name", 128);
        if (errors.Any)
            return Problems.Validation(errors);
        var customer = new Customer(body.CustomerId, body.Name, clock.GetUtcNow());
        return await store.Add(customer, context.RequestAborted) switch
        {
            Refusal.None => TypedResults.Created("/api/v1/customers", customer),
            Refusal.AlreadyDone => TypedResults.Ok(customer),
            var refusal => Problems.Of(refusal),
        };
    }

    public sealed record NewCustomer(CustomerId CustomerId, string Name);
}
