namespace IotOrleans.Http;

/// <summary>Incidents, calls, messages and masks.</summary>
public static partial class Examples
{
    private static Dictionary<string, string> OfCalls =>
        new()
        {
            ["POST /api/v1/incidents/{incident_id}/acknowledge"] = """{"by": "olga", "note": "burnt toast"}""",
            ["POST /api/v1/calls"] = """{"to": "+79160000010", "message": {"text": "This is a test call."}}""",
            ["POST /api/v1/browsers/credentials"] = """{"number": "+79160000010"}""",
            ["POST /api/v1/calls/join"] = """{"from": "+79160000010", "to": "+79160000020"}""",
            ["POST /api/v1/calls/{call_id}/transfer"] = """{"msisdn": "+79160000020"}""",
            ["POST /api/v1/sms"] = """{"to": "+79160000020", "text": "The plumber comes at ten."}""",
            ["POST /api/v1/subscriptions"] =
                """{"url": "https://crm.example.com/iot", "event_types": ["smoke", "cdr"], "msisdn": "+79160000010"}""",
            ["POST /api/v1/masks"] = """{"real": "+79161234567", "shown": "+78005550001", "note": "courier 17"}""",
            ["POST /api/v1/masks/calls"] = """
                {"call_id": "a84b4c76e66710@sbc.example", "from": "+79161234567", "shown": "+78005550001",
                 "sip_status": 200, "started": 1767254400.0, "answered": 1767254405.5, "ended": 1767254465.25}
                """,
            ["PATCH /api/v1/masks/{mask_id}"] = """{"calls_max": 100, "blocked": ["+74950000000"]}""",
            ["POST /api/v1/masks/generate"] = """{"pool": "couriers", "reals": ["+79161234567", "+79161234568"]}""",
            ["POST /api/v1/masks/imports/{import_id}/apply"] = """{"lines": [2, 3]}""",
            ["POST /api/v1/mask-pools"] = """{"name": "couriers", "from": "+78005550000", "to": "+78005559999"}""",
            ["POST /api/v1/customers"] = """{"customer_id": "taxi-nord", "name": "Taxi Nord"}""",
            ["POST /api/v1/mask-sessions"] =
                """{"a": "+79161234567", "b": "+79167654321", "pool": "couriers", "calls_max": 20}""",
            ["POST /api/v1/simulate/incoming-call"] =
                """{"msisdn": "+79160000010", "caller": "+74951234567", "caller_name": "Grandma"}""",
        };
}
