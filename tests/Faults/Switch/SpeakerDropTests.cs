using System.Text.Json;
using IotOrleans.Tests.Speakers;
using Microsoft.AspNetCore.SignalR.Client;

namespace IotOrleans.Tests;

/// <summary>Speakers whose socket breaks in the middle of an answer.</summary>
public sealed class SpeakerDropTests(WholeHouse house, ITestOutputHelper output) : IClassFixture<WholeHouse>
{
    private const string Number = "+79163330010";
    private const int Rounds = 12;

    [Fact]
    public async Task Of_an_answer_that_was_cut_and_another_exactly_one_counts_and_the_call_has_one_record()
    {
        var random = new Random(Seed.Next(output));
        var kitchenKey = await house.Register("drop-kitchen", "speaker", Number);
        var hallKey = await house.Register("drop-hall", "speaker", Number);
        await using var hall = await SpeakerClient.Connect(house.Address, hallKey);
        for (var round = 0; round < Rounds; round++)
        {
            var kitchen = await SpeakerClient.Connect(house.Address, kitchenKey);
            var body = $$"""{"msisdn": "{{Number}}", "caller": "+74951234567"}""";
            var call = (await house.Post("simulate/incoming-call", body, 202)).GetProperty("call_id").GetString()!;
            await Task.WhenAll(kitchen.Hears<IncomingCall>(), hall.Hears<IncomingCall>());

            // It is on the wire, and nobody is there any more to hear the reply.
            await kitchen.Hub.SendAsync("Answer", call);
            if (random.Next(2) == 0)
                await Task.Delay(random.Next(10));
            await kitchen.DisposeAsync();
            var mine = await hall.Answer(call);
            Assert.True(mine.Ok || mine.Reason == "answered_elsewhere", mine.Reason);
            var leg = await house.Until($"calls/{call}", leg => leg.GetProperty("phase").GetString() == "answered");
            Assert.Equal(mine.Ok ? "drop-hall" : "drop-kitchen", leg.GetProperty("answered_by").GetString());
            await hall.Hears<CallAnswered>();

            house.Switch.HangUp(Guid.Parse(call));
            await hall.Hears<CallEnded>();
            var records = await house.Until(
                $"cdrs?msisdn={Uri.EscapeDataString(Number)}&limit=100",
                page => Of(page, call).Length > 0
            );
            Assert.Equal(
                mine.Ok ? "drop-hall" : "drop-kitchen",
                Assert.Single(Of(records, call)).GetProperty("answered_by").GetString()
            );
        }
    }

    private static JsonElement[] Of(JsonElement page, string call) =>
        [
            .. page.GetProperty("items")
                .EnumerateArray()
                .Where(record => record.GetProperty("call_id").GetString() == call),
        ];
}
