using IotOrleans.Http;
using IotOrleans.Subscribers;

namespace IotOrleans.Access;

/// <summary>For whom somebody may ask, by a key or by a password.</summary>
internal static class CallerChecks
{
    extension(ICustomerStore customers)
    {
        /// <summary>
        /// A partner has numbers. A customer must be there, and its callers can have no role that rules a house.
        /// </summary>
        public async Task Check(
            FieldErrors errors,
            Role role,
            Msisdn[]? subscribers,
            CustomerId? customer,
            CancellationToken cancellation
        )
        {
            errors.Unless(
                role != Role.Partner || subscribers is { Length: > 0 },
                "subscribers",
                "is required for a partner"
            );
            if (customer is not { } id)
                return;
            errors.Unless(
                await customers.Exists(id, cancellation),
                "customer_id",
                "names something that does not exist"
            );
            errors.Unless(
                role is Role.Operator or Role.Auditor or Role.Telephony,
                "role",
                "of a customer is operator, auditor or telephony"
            );
        }
    }
}
