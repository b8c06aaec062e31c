using IotOrleans.Speakers;
using IotOrleans.Tests.Speakers;

namespace IotOrleans.Tests.Browser;

/// <summary>The speaker page in a real browser, against the real hub.</summary>
public sealed class SpeakerPageTests(Chromium browser) : IClassFixture<Chromium>, IAsyncLifetime
{
    private SpeakerHouse _house = null!;

    public async ValueTask InitializeAsync() => _house = await SpeakerHouse.Open();

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task A_person_connects_answers_talks_and_hangs_up()
    {
        var tab = await browser.Open(new(_house.Address, "/speaker"));
        await tab.Picture("enter");
        await tab.Type("#device", "kitchen");
        await tab.Type("#key", "Device:kitchen");
        await tab.Click("#enter button");
        await tab.Sees("#link", "Connected");
        await tab.Sees("#idle", "No calls");
        await tab.Picture("idle");

        await _house.Ring("+79031112233", "Anna Petrova", "kitchen");
        await tab.Sees(".call .who", "Anna Petrova");
        await tab.Sees(".call .number", "+79031112233");
        await tab.Sees(".call .to", "+79161234567");
        await tab.Becomes("document.title === 'Ringing: Anna Petrova'");
        await tab.Becomes("document.querySelector('#said').textContent.includes('Incoming call from Anna Petrova')");
        await tab.SeesNo("#sound");
        await tab.Picture("ringing");
        await tab.Click(".answer");

        await tab.Sees(".call .state", "Talking · 0:0");
        await tab.SeesNo(".answer");
        await tab.Picture("talking");
        await tab.Click(".hangup");
        await tab.Sees("#aside", "Call ended after 0:0");
        await tab.SeesNo(".call");
        Assert.Equal(["ringing kitchen", "answer kitchen", "hangup kitchen"], _house.Calls.Said);
        AtHome(tab);
    }

    [Fact]
    public async Task A_visitor_is_shown_as_one_and_let_in_with_a_button()
    {
        var tab = await Connected("kitchen");
        await _house.RingAtTheDoor("Front door", "https://door.example/1.jpg", "kitchen");
        await tab.Sees(".call .who", "Front door");
        await tab.Sees(".call .number", "At the door");
        await tab.Becomes("document.querySelector('.picture').href === 'https://door.example/1.jpg'");
        await tab.SeesNo(".open");
        await tab.Click(".answer");
        await tab.Click(".open");
        await tab.Sees("#aside", "The door is open");
        Assert.Equal(
            ["answer kitchen", "open_door kitchen"],
            _house.Calls.Said.Where(said => !said.StartsWith("ringing"))
        );
        AtHome(tab);
    }

    [Fact]
    public async Task The_server_hears_that_it_rings_audibly_once_sound_is_allowed()
    {
        var tab = await Connected("kitchen");
        await _house.Ring("+79031112233", null, "kitchen");
        await tab.Sees(".call .who", "+79031112233");
        Assert.Empty(_house.Calls.Said);

        await tab.Click("#sound");

        await tab.SeesNo("#sound");
        await tab.Press('r');
        await tab.Sees("#aside", "Rejected");
        Assert.Equal(["ringing kitchen", "reject kitchen"], _house.Calls.Said);
    }

    [Fact]
    public async Task Keys_answer_and_hang_up()
    {
        var tab = await Connected("kitchen");
        await _house.Ring("+79031112233", "Anna", "kitchen");
        await tab.Sees(".call .who", "Anna");

        await tab.Press('a');
        await tab.Sees(".call .state", "Talking");
        await tab.Press('h');
        await tab.Sees("#aside", "Call ended");
    }

    [Fact]
    public async Task A_withheld_caller_shows_as_withheld()
    {
        var tab = await Connected("kitchen", width: 390, height: 844);
        await _house.Ring(null, null, "kitchen");

        await tab.Sees(".call .who", "Caller withheld");
        await tab.Becomes("!document.body.innerText.includes('null')");
        await tab.Picture("withheld-phone");
    }

    [Fact]
    public async Task Who_answered_elsewhere_is_named_and_the_ring_stops()
    {
        var tab = await Connected("kitchen");
        await using var hall = await _house.Speaker("hall");
        var call = await _house.Ring("+79031112233", "Anna", "kitchen", "hall");
        await tab.Sees(".call .who", "Anna");

        await hall.Answer(call.ToString());

        await tab.Sees("#aside", "Answered by hall");
        await tab.SeesNo(".call");
    }

    [Fact]
    public async Task What_is_unread_stays_until_it_is_acknowledged()
    {
        var (now, kitchen) = (_house.Time.GetUtcNow(), _house.Grain("kitchen"));
        await _house.End(await _house.Ring("+79031112233", "Anna", "kitchen"));
        await kitchen.Tell(new MessageNotice("m1", "+79031112233", "Буду в восемь 🎂", now));
        await kitchen.Tell(new AnnouncementNotice("a1", "Smoke in the kitchen", "alarm", now.AddHours(1)));
        var tab = await Connected("kitchen", dark: true);
        await kitchen.Command(new("c1", "open_door", new("""{"seconds":5}""")), null);

        await tab.Sees(".notice", "Missed call from Anna (+79031112233)");
        await tab.Sees(".notice", "Буду в восемь 🎂");
        await tab.Sees(".notice[data-level=alarm]", "Smoke in the kitchen");
        await tab.Sees(".notice[data-level=command]", "open_door");
        await tab.Picture("unread-dark");

        foreach (var level in (string[])["missed_call", "message", "alarm", "command"])
        {
            await tab.Click($".notice[data-level={level}] button");
            await tab.SeesNo($".notice[data-level={level}]");
        }
        await tab.Sees("#nothing", "Nothing unread");
        var state = await kitchen.Look();
        Assert.Equal(0, state.Unread);
        Assert.True(Assert.Single(state.Commands!).Ok);
    }

    [Fact]
    public async Task After_a_restart_of_the_server_it_comes_back_and_shows_the_present()
    {
        var tab = await Connected("kitchen");
        await _house.Ring("+79031112233", "Anna", "kitchen");
        await tab.Sees(".call .who", "Anna");

        await _house.Restart();

        await tab.SeesNo(".call");
        await tab.Sees("#link", "Connected");
        await _house.Ring("+79031112244", "Boris", "kitchen");
        await tab.Sees(".call .who", "Boris");
    }

    [Fact]
    public async Task A_wrong_key_is_said_to_be_wrong()
    {
        var tab = await browser.Open(new(_house.Address, "/speaker#key=wrong"));

        await tab.Sees("#refused", "This key is not accepted");
        await tab.Picture("refused");
    }

    [Fact]
    public async Task A_key_in_the_address_does_not_stay_there()
    {
        var tab = await Connected("kitchen");

        await tab.Becomes("!location.href.includes('key') && sessionStorage.speaker.includes('Device:kitchen')");
        await tab.Click("#leave");
        await tab.Becomes("sessionStorage.speaker === undefined");
        await tab.Sees("#enter", "Be a speaker");
        AtHome(tab);
    }

    private async Task<Tab> Connected(string device, int width = 1100, int height = 760, bool dark = false)
    {
        var address = new Uri(_house.Address, $"/speaker#device={device}&key=Device:{device}");
        var tab = await browser.Open(address, width, height, dark);
        await tab.Sees("#link", "Connected");
        return tab;
    }

    /// <summary>It asked nobody but its own server, and the browser had nothing to complain about.</summary>
    private void AtHome(Tab tab)
    {
        Assert.All(tab.Requests, request => Assert.Equal(_house.Address.Authority, new Uri(request).Authority));
        Assert.Empty(tab.Complaints);
    }
}
