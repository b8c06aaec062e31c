using Npgsql;

namespace IotOrleans.Tests.Sip;

/// <summary>The house, and Kamailio in front of it, with a gate on each way that Kamailio asks.</summary>
public class SipHouse : WholeHouse
{
    private readonly string _role = "sip_" + Guid.NewGuid().ToString("N")[..12];
    private KamailioProcess? _kamailio;
    private Gate? _house;
    private Gate? _database;

    internal Lab Lab { get; } = new();

    protected override string[] More => [$"--Kamailio:RpcUrl={Lab.Rpc}"];

    internal KamailioProcess Kamailio => _kamailio!;

    /// <summary>The way to the house over HTTP.</summary>
    internal Gate House => _house!;

    internal Gate Database => _database!;

    /// <summary>A connection string of the role that Kamailio and Asterisk have.</summary>
    public string LookupConnection =>
        new NpgsqlConnectionStringBuilder(ConnectionString) { Username = _role, Password = _role }.ConnectionString;

    protected virtual Dictionary<string, string> MoreEnvironment => [];

    public override async ValueTask InitializeAsync()
    {
        if (Installed.Missing is not null)
            return;
        await base.InitializeAsync();
        await Execute($"create role {_role} login password '{_role}' in role iot_lookup");
        var body = await Post("api-keys", """{"name": "kamailio", "role": "telephony"}""", 201);
        var server = new NpgsqlConnectionStringBuilder(ConnectionString);
        _house = new("127.0.0.1", Address.Port);
        _database = new("127.0.0.1", server.Port);
        var api = $"http://127.0.0.1:{_house.Port}/api/v1";
        var environment = new Dictionary<string, string>
        {
            ["SIP_LISTEN"] = $"udp:{Lab.Kamailio}:5060",
            ["IOT_ROUTING_URL"] = api + "/routing/",
            ["IOT_API_KEY"] = body.GetProperty("key").GetString()!,
            ["IOT_LOOKUP_DB"] = $"postgres://{_role}:{_role}@127.0.0.1:{_database.Port}/{server.Database}",
            ["FREESWITCH_ADDR"] = Lab.FreeSwitch,
            ["FREESWITCH_PORT"] = "5080",
            ["PHONES_NET"] = Lab.PhonesNet,
            ["RPC_LISTEN"] = $"tcp:{Lab.Kamailio}:5065",
            ["RPC_CLIENT"] = "127.0.0.1/32",
            ["DIAL_DOMAIN"] = $"{Lab.Kamailio}:5060",
            ["CARRIER_URI"] = $"sip:{Lab.TrunkOut}:5060",
        };
        foreach (var (name, value) in MoreEnvironment)
            environment[name] = value.Replace("{api}", api, StringComparison.Ordinal);
        _kamailio = await KamailioProcess.Start(Lab, environment);
    }

    public override async ValueTask DisposeAsync()
    {
        if (Installed.Missing is not null)
            return;
        await Kamailio.DisposeAsync();
        await House.DisposeAsync();
        await Database.DisposeAsync();
        await Execute($"drop role {_role}");
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Both can be asked, and Kamailio will ask them.</summary>
    public async Task AllThere()
    {
        Installed.OrSkip();
        House.Open();
        Database.Open();
        await Kamailio.Trust();
    }

    public async Task HouseIsDown()
    {
        await AllThere();
        House.Shut();
    }

    public async Task BothAreDown()
    {
        await HouseIsDown();
        Database.Shut();
    }

    public Task<string> Speaker(string number) => Register("speaker-" + number[1..], "speaker", number);

    private async Task Execute(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
