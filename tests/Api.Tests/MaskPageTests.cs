using IotOrleans.Tests.Browser;

namespace IotOrleans.Tests;

/// <summary>The operators' page in a real browser, from the file to the log.</summary>
public sealed class MaskPageTests(WholeHouse house, Chromium browser)
    : IClassFixture<WholeHouse>,
        IClassFixture<Chromium>
{
    [Fact]
    public async Task An_operator_imports_looks_searches_releases_and_exports()
    {
        var tab = await SignedIn();
        await Search(tab, "+78001234502");
        await tab.Sees("#none", "No masks.");
        await Import(
            tab,
            "real,shown\n+79261234501,+78001234501\n+79261234502,+78001234502\nabc,+78001234503\n"
                + "+79261234501,+78001234509\n+79261234504,+78001234504\n"
        );
        await tab.Sees("#verdict", "Nothing is changed yet");
        await tab.Sees("#counts", "5 lines · 3 good · 0 existing · 2 rejected");
        await tab.Sees("#rejected tbody tr:nth-child(1)", "4");
        await tab.Sees("#rejected tbody tr:nth-child(2)", "5");
        await tab.Picture("masks-import");
        await tab.Type("#lines", "2-3");
        await tab.Click("#apply button");
        await tab.Sees("#verdict", "The import is applied");
        await tab.Sees("#counts", "2 new masks");
        await tab.Sees("#made tbody tr:nth-child(1)", "+78001234502");

        await tab.Click("#tabs [data-view=list]");
        await Search(tab, "");
        await tab.Sees("#masks tbody", "+79261234501");
        await tab.Sees("#masks tbody", "+78001234502");
        var active = (await house.Get("masks/figures")).GetProperty("active").GetInt64();
        await tab.Sees("#figures", $"Active masks\n{active}");
        await tab.Picture("masks-list");
        await Search(tab, "+78001234502");
        await tab.Becomes("document.querySelectorAll('#masks tbody tr').length === 1");
        await tab.Click("#masks tbody button");
        await tab.Click("#masks tbody button.sure");
        await tab.SeesNo("#masks tbody tr");
        var (status, _) = await house.Ask(HttpMethod.Get, "/lookup/real/+78001234502");
        Assert.Equal(404, status);

        await tab.Click("#export");
        await tab.Becomes("performance.getEntriesByType('resource').some(e => e.name.endsWith('/masks/export.csv'))");
        Assert.Empty(tab.Complaints);
        Assert.All(tab.Requests, asked => Assert.StartsWith(Origin, asked.Replace("blob:", "")));
    }

    [Fact]
    public async Task A_file_of_real_numbers_shows_which_numbers_the_pool_gave_them()
    {
        await house.Post("mask-pools", """{"name": "page", "from": "+78001234801", "to": "+78001234803"}""", 201);
        var tab = await SignedIn();
        await tab.Becomes("document.querySelectorAll('#from option').length > 1");
        await tab.Evaluate("document.querySelector('#from').value = 'page'");
        await Import(tab, "+79261234801\n+79261234802\nabc\n+79261234803\n+79261234801\n");
        await tab.Sees("#counts", "5 lines · 3 good · 0 existing · 2 rejected");
        await tab.Click("#apply button");
        await tab.Becomes("document.querySelectorAll('#made tbody tr').length === 3");
        await tab.Sees("#made tbody tr:nth-child(3)", "+79261234801");
        await tab.Sees("#made tbody tr:nth-child(3)", "+78001234801");
        await tab.Picture("masks-made");
    }

    [Fact]
    public async Task A_call_through_a_mask_is_in_the_log_with_the_real_number_for_who_may_see_it()
    {
        await house.Post("masks", """{"real": "+79261234605", "shown": "+78001234605"}""", 201);
        await house.Until("masks/lookup/real/+78001234605", _ => true, 404);
        const string Body = """{"msisdn": "+78001234605", "caller": "+74951234567"}""";
        var call = (await house.Post("simulate/incoming-call", Body, 202)).GetProperty("call_id").GetGuid();
        await house.Until("/health/live", _ => house.Switch.TalksWith(call).Count == 1);
        house.Switch.HangUp(call);
        await house.Until("masks/calls", page => page.GetProperty("items").GetArrayLength() == 1);
        var tab = await SignedIn();
        await tab.Click("#tabs [data-view=calls]");
        await tab.Sees("#log tbody", "+78001234605");
        await tab.Sees("#log tbody", "+79261234605");
        await tab.Sees("#log tbody", "answered");
        await tab.Picture("masks-calls");
    }

    [Fact]
    public async Task A_wrong_password_and_a_bad_number_are_told_in_words()
    {
        var tab = await browser.Open(new(house.Address, "/masks"));
        await Enter(tab, "not the password");
        await tab.Sees("#refused", "Name or password is wrong.");
        tab = await SignedIn();
        await tab.Type("#real", "12");
        await tab.Type("#shown", "+78001234700");
        await tab.Click("#create button");
        await tab.Sees("#trouble", "real");
        await tab.Click("#leave");
        await tab.Sees("#enter h2", "Sign in");
        Assert.Equal(0, (await tab.Evaluate("sessionStorage.length"))!.GetValue<int>());
    }

    private string Origin => house.Address.GetLeftPart(UriPartial.Authority);

    private async Task<Tab> SignedIn()
    {
        var tab = await browser.Open(new(house.Address, "/masks"));
        await Enter(tab, WholeHouse.Password);
        await tab.Sees("#figures", "Active masks");
        return tab;
    }

    private static async Task Enter(Tab tab, string password)
    {
        await tab.Type("#username", "admin");
        await tab.Type("#password", password);
        await tab.Click("#enter button");
    }

    private static async Task Search(Tab tab, string number)
    {
        await tab.Evaluate("document.querySelector('#number').value = ''");
        await tab.Type("#number", number);
        await tab.Click("#search button[type=submit]");
    }

    private static async Task Import(Tab tab, string csv)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("iotorleans-masks-").FullName, "numbers.csv");
        await File.WriteAllTextAsync(file, csv, TestContext.Current.CancellationToken);
        await tab.Click("#tabs [data-view=import]");
        await tab.Choose("#file", file);
    }
}
