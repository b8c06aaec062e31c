namespace IotOrleans.Http;

/// <summary>A body for every route that takes one, as it could really be sent.</summary>
public static partial class Examples
{
    public static IReadOnlyDictionary<string, string> ByRoute { get; } =
        new Dictionary<string, string>(OfHomes.Concat(OfCalls));

    private static Dictionary<string, string> OfHomes =>
        new()
        {
            ["POST /api/v1/auth/token"] = """{"username": "admin", "password": "a long password"}""",
            ["POST /api/v1/users"] = """{"username": "olga", "password": "a long password", "role": "operator"}""",
            ["PATCH /api/v1/users/{username}"] = """{"active": false}""",
            ["POST /api/v1/api-keys"] = """{"name": "hub in the cellar", "role": "hub", "device_ids": ["smoke-1"]}""",
            ["POST /api/v1/switch/cdrs"] = """
                {"switchname": "fs-1", "variables": {"uuid": "844fdbfc-ded5-4832-8acb-84ff1f3e32cf",
                 "hangup_cause": "NORMAL_CLEARING", "start_uepoch": "1795212211199482",
                 "answer_uepoch": "1795212214019482", "end_uepoch": "1795212231219474"}}
                """,
            ["POST /api/v1/devices"] = """
                {"device_id": "smoke-1", "type": "sensor_smoke", "msisdn": "+79160000010", "vendor": "acme",
                 "name": "Smoke sensor", "room": "kitchen", "zone": "home", "metadata": {"floor": 1},
                 "reports_every_seconds": 86400}
                """,
            ["POST /api/v1/devices/{device_id}/api-key"] = """{"overlap_seconds": 86400}""",
            ["PATCH /api/v1/devices/{device_id}"] = """{"room": "hall", "vendor": null}""",
            ["PUT /api/v1/subscribers/{msisdn}"] = """
                {"display_name": "Olga", "time_zone": "Europe/Moscow", "quiet_hours": {"from": "22:00", "to": "07:00"},
                 "policy": {"mode": "sequential", "ring_seconds": 20, "targets": [{"dial_string": "user/1001"}],
                            "fallback": [{"msisdn": "+79160000020"}, {"voicemail": true}]},
                 "emergency_contacts": ["+79160000020", {"msisdn": "+79160000030", "name": "Grandson"}]}
                """,
            ["POST /api/v1/subscribers/{msisdn}/silences"] =
                """{"until": "2026-12-01T18:00:00Z", "reason": "painters", "room": "kitchen"}""",
            ["POST /api/v1/rules"] = Rule,
            ["PUT /api/v1/rules/{rule_id}"] = Rule,
            ["POST /api/v1/rules/{rule_id}/dry-run"] =
                """{"event": {"device_id": "smoke-1", "event_type": "smoke", "payload": {"density": 0.9}}}""",
            ["POST /api/v1/rules/{rule_id}/rehearsal"] =
                """{"from": "2026-11-01T00:00:00Z", "to": "2026-12-01T00:00:00Z", "limit": 100}""",
            ["POST /api/v1/events"] = """
                {"event_id": "e-1", "device_id": "smoke-1", "event_type": "smoke",
                 "occurred_at": "2026-01-31T08:00:00Z", "payload": {"density": 0.9}}
                """,
            ["POST /api/v1/events/batch"] =
                """{"events": [{"event_id": "e-2", "device_id": "smoke-1", "event_type": "button"}]}""",
            ["POST /api/v1/hooks/{vendor}/{hub_id}"] = """
                {"entity_id": "binary_sensor.kitchen_smoke", "state": "on", "old_state": "off", "device_class": "smoke",
                 "context_id": "01HF6JZ9Q8Y4T2B7N3M5K1C0XA", "changed_at": "2026-01-31T08:00:00Z"}
                """,
            ["PUT /api/v1/hubs/{hub_id}"] = HubSettings,
            ["POST /api/v1/hubs/{hub_id}/secret"] = """{"overlap_seconds": 86400}""",
            ["POST /api/v1/devices/{device_id}/secret"] = """{"overlap_seconds": 86400}""",
            ["POST /api/v1/hubs/{hub_id}/dry-run"] =
                """{"message": {"sensor": {"id": "A7"}, "kind": "ALARM_FIRE", "state": "ALARM"}}""",
        };

    private const string HubSettings = """
        {"vendor": "generic", "devices": {"A7": "smoke-1"}, "require_signature": true,
         "mapping": {"device": "sensor.id", "event_id": "/id", "occurred_at": "at",
                     "event_type": {"path": "kind", "values": {"ALARM_FIRE": "smoke", "ALARM_WATER": "leak"}},
                     "active": {"path": "state", "values": {"ALARM": "true", "OK": "false"}},
                     "payload": {"density": "level"}}}
        """;

    private const string Rule = """
        {"name": "Fire", "event_type": "smoke", "scope": {"msisdn": "+79160000010"}, "priority": 100,
         "cooldown_seconds": 60, "hold_seconds": 0, "correlate_seconds": 300, "stale_seconds": 3600,
         "corroboration": {"devices": 2, "within_seconds": 30, "same_device": true, "otherwise": "proceed"},
         "escalation": {"wait_seconds": 60, "repeats": 2},
         "conditions": {"time": {"from": "00:00", "to": "00:00", "days": ["mon", "sun"]}, "zone": "home",
                        "payload": [{"path": "density", "op": "gt", "value": 0.5}]},
         "actions": [{"type": "call", "targets": ["+79160000010", "+79160000020"], "mode": "until_acknowledged",
                      "ack": "dtmf",
                      "message": {"text": "Smoke in {room}. 1: I see to it. 2: a false alarm. 5: call the next one."},
                      "ring_seconds": 30,
                      "attempts": 2}]}
        """;
}
