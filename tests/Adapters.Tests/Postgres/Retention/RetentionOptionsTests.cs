using System.ComponentModel.DataAnnotations;
using IotOrleans.Retention;
using Microsoft.Extensions.Configuration;

namespace IotOrleans.Postgres;

/// <summary>For how long what is kept.</summary>
public sealed class RetentionOptionsTests
{
    [Theory]
    [InlineData("EventDays", "6", 7)]
    [InlineData("EventDays", "-1", 7)]
    [InlineData("CdrDays", "36501", 1)]
    [InlineData("AuditDays", "-7", 1)]
    [InlineData("ImportDays", "99999", 1)]
    [InlineData("MaskDays", "6", 7)]
    public void A_number_of_days_that_cannot_be_is_refused_by_its_name(string setting, string days, int least)
    {
        var refused = Assert.Single(Refused(setting, days));
        Assert.Equal(
            $"Retention__{setting} is {days}: 0 is for ever, else it is {least} to 36500 days.",
            refused.ErrorMessage
        );
    }

    [Theory]
    [InlineData("EventDays", "7")]
    [InlineData("EventDays", "0")]
    [InlineData("CdrDays", "1")]
    [InlineData("AuditDays", "36500")]
    [InlineData("ImportDays", "0")]
    [InlineData("MaskDays", "7")]
    public void What_can_be_is_taken(string setting, string days) => Assert.Empty(Refused(setting, days));

    private static List<ValidationResult> Refused(string setting, string days)
    {
        var options = new RetentionOptions();
        new ConfigurationBuilder()
            .AddInMemoryCollection([new("Retention:" + setting, days)])
            .Build()
            .GetSection("Retention")
            .Bind(options);
        var refused = new List<ValidationResult>();
        Validator.TryValidateObject(options, new(options), refused, validateAllProperties: true);
        return refused;
    }
}
