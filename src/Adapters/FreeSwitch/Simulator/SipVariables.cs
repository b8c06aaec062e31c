namespace IotOrleans.FreeSwitch.Simulator;

/// <summary>What a real SIP call brings with it, so that the answer to <c>connect</c> has its usual size.</summary>
internal static class SipVariables
{
    private const string Template = """
        session_id=1
        sip_from_user={caller}
        sip_from_uri={caller}@127.0.0.1
        sip_from_host=127.0.0.1
        sip_local_network_addr=127.0.0.1
        sip_network_ip=127.0.0.1
        sip_network_port=5080
        sip_invite_stamp=1
        sip_received_ip=127.0.0.1
        sip_received_port=5080
        sip_via_protocol=udp
        sip_from_user_stripped={caller}
        sofia_profile_name=internal
        recovery_profile_name=internal
        sip_full_from=<sip:{caller}@127.0.0.1>;tag=1
        sofia_profile_url=sip:mod_sofia@127.0.0.1:5060
        sip_full_to=<sip:{number}@127.0.0.1:5060>
        sip_req_port=5060
        sip_req_user={number}
        sip_req_uri={number}@127.0.0.1:5060
        sip_req_host=127.0.0.1
        sip_to_user={number}
        sip_to_port=5060
        sip_to_uri={number}@127.0.0.1:5060
        sip_to_host=127.0.0.1
        sip_contact_port=5080
        sip_contact_uri={caller}@127.0.0.1:5080
        sip_contact_host=127.0.0.1
        sip_contact_user={caller}
        sip_user_agent=A phone, of sorts
        sip_via_host=127.0.0.1
        sip_via_port=5080
        max_forwards=70
        switch_r_sdp=v=0%0D%0Ao=user1 1 1 IN IP4 127.0.0.1%0D%0As=-%0D%0At=0 0%0D%0A
        ep_codec_string=CORE_PCM_MODULE.PCMU@8000h
        read_codec=PCMU
        read_rate=8000
        write_codec=PCMU
        write_rate=8000
        DP_MATCH=ARRAY::a|:b
        """;

    public static IEnumerable<KeyValuePair<string, string>> Of(string number, string caller) =>
        Template
            .Split('\n')
            .Select(line => line.Split('=', 2))
            .Select(words => new KeyValuePair<string, string>(words[0], Filled(words[1], number, caller)));

    private static string Filled(string text, string number, string caller) =>
        EslPercent
            .Decode(text)
            .Replace("{caller}", caller, StringComparison.Ordinal)
            .Replace("{number}", number, StringComparison.Ordinal);
}
