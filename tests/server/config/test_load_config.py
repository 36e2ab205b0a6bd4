"""sip.conf as people write it: right, wrong, and from the environment."""

from __future__ import annotations

from pathlib import Path
from typing import get_type_hints

import pytest

from server.config import Config, ConfigError, load_config
from server.config.sections import SECTIONS, Trunk

PROJECT = Path(__file__).resolve().parents[3]


def load(tmp_path: Path, text: str, **environment: str) -> Config:
    file = tmp_path / "sip.conf"
    file.write_text(text)
    return load_config(file, environment)


def test_the_shipped_file_is_valid_and_trusts_only_private_networks() -> None:
    config = load_config(PROJECT / "sip.conf", {})
    assert config.sip.port == 5060
    assert (config.media.first_rtp_port, config.media.last_rtp_port, config.web.port) == (10000, 20000, 8080)
    assert {trunk.name for trunk in config.trunks} == {"this-machine", "private-networks"}
    assert config.private_redis
    assert config.redis_url.startswith("unix://")


def test_without_a_file_the_defaults_hold() -> None:
    config = load_config(None, {})
    assert config.trunks == ()
    assert not config.general.demo


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[web]\nprot = 80", "sip.conf, line 2: unknown key «prot» in [web]; did you mean «port»?"),
        ("[wbe]\nport = 80", "sip.conf, line 1: unknown section [wbe]; did you mean «web»?"),
        ("\n\n[web]\nport = 99999", "sip.conf, line 4: port = «99999»: expected a whole number ≥ 0 and ≤ 65535"),
        ("[sip]\nudp = maybe", "sip.conf, line 2: udp = «maybe»: expected yes or no"),
        ("[sip]\nudp = False_", "expected yes or no"),
        ("[media]\nclock_rate_hz = 44100", "expected one of 8000, 16000"),
        ("[web]\nport = 80\nport = 81", "line 3: port was already set at sip.conf, line 2"),
        ("[web]\n[web]", "line 2: section [web] was already begun at sip.conf, line 1"),
        ("port = 80", "stands before the first [section]"),
        ("[web]\nport", "expected «key = value»"),
        ("[trunk:a]\nnetworks = here", "«here» is no address or network"),
        ("[trunk:a]", "a trunk is"),
        ("[trunk:a]\nnetworks = 10.0.0.1\nname = b", "unknown key «name» in [trunk:a]"),
        ("[trunk:a]\nnetworks = 10.0.0.1\nproxy = 10.0.0.1", "proxy = «10.0.0.1»: expected text matching"),
        ("[trunk:a]\nnetworks = 10.0.0.1\ncaller = reception", "caller = «reception»: expected text matching"),
        ("[trunk:a]\nnetworks = 10.0.0.1\nidentity = pai, form", "identity = «pai, form»: expected one of pai, rpid, from"),
        ("[trunk:a]\nnetworks = 10.0.0.1\nnumbers = full", "expected one of e164, e164_without_plus, national"),
        ("[trunk:a]\nnetwork = 10.0.0.0/8", "did you mean «networks»?"),
        ("[media]\nfirst_browser_port = 300", "last_browser_port must not be below first_browser_port"),
        ("[media]\nfirst_rtp_port = 300\nlast_rtp_port = 200", "last_rtp_port must be above first_rtp_port"),
        ("[storage]\ndatabase_url = mysql://u:geheim@x/y", "line 2: database_url begins with postgresql:// or sqlite:///"),
        ("[storage]\nredis_url = localhost:6379", "line 2: redis_url begins with redis://, rediss:// or unix://"),
        ("[files]\nurl = ftp://host/files", "line 2: url begins with s3:// or file:///"),
        ("[files]\nurl = recordings", "line 2: url begins with s3:// or file:///"),
        ("[files]\nurl = file://host/files", "line 2: url: a directory is written as file:///mnt/files/patchbay"),
        ("[files]\nurl = file:///", "url: a directory is written as file:///mnt/files/patchbay"),
        ("[files]\nurl = s3://", "url: an S3 store is written as s3://bucket or s3://bucket/prefix"),
        ("[files]\nurl = s3://key:geheim@bucket/x", "url: an S3 store is written as s3://bucket or s3://bucket/prefix"),
        ("[files]\nurl = s3://bucket?acl=public", "url: an S3 store is written as s3://bucket or s3://bucket/prefix"),
        ("[files]\nurl = s3://bucket/a/../../b", "url: what follows the bucket is a path of ordinary names"),
        ("[files]\nurl = s3://bucket/a/%2e%2e/b", "url: what follows the bucket is a path of ordinary names"),
        ("[files]\nurl = s3://bucket/%00", "url: what follows the bucket is a path of ordinary names"),
        ("[files]\nurl = s3://[bucket", "url: what follows the bucket is a path of ordinary names"),
        ("[files]\nurl = s3://bucket\nendpoint = http://s3.example", "line 3: endpoint is not encrypted"),
        ("[files]\nurl = s3://bucket\nendpoint = s3.example", "line 3: endpoint is an address as https://s3.example.com"),
        ("[files]\nurl = s3://bucket\nendpoint = https://u:geheim@s3.example", "line 3: endpoint is an address"),
        ("[files]\nurl = s3://bucket\nendpoint = https://s3.example:0", "line 3: endpoint is an address"),
        ("[files]\nendpoint = https://s3.example", "line 2: endpoint needs a url"),
        ("[files]\nurl = s3://bucket\naccess_key = geheim", "line 3: access_key and secret_key belong together"),
        ("[files]\nurl = s3://bucket\nallow_http = yes", "line 3: allow_http needs an endpoint"),
        ("[files]\nurl = s3://bucket\nregion = eu west", "line 3: region = «eu west»: expected text matching"),
        ("[web]\ncertificate = a.pem", "certificate and certificate_key belong together"),
        ("[acme]\ndirectory = https://ca.example/dir\nagree_to_terms = yes", "names is missing"),
        ("[acme]\ndirectory = https://ca.example/dir\nnames = pbx.example.com", "agree_to_terms must be yes"),
        ("[acme]\ndirectory = http://ca.example/dir", "expected text matching"),
        ("[acme]\nnames = 192.0.2.1", "«192.0.2.1» is no host name of the internet"),
        ("[acme]\nkey_id = one", "key_id and key belong together"),
        ("[sip]\nudp = no\ntcp = no", "no call could come in"),
        ("[general]\ncountry = gb", "expected text matching"),
        ("[general]\ncountry = XX", "line 2: country: «XX» is no region of telephone numbers"),
        ("[general]\ntime_zone = Mars/Olympus", "line 2: time_zone: «Mars/Olympus» is no time zone"),
        ("[sip]\ncodecs = PCMU, GSM", "line 2: codecs = «PCMU, GSM»: expected one of PCMU, PCMA, G722, opus"),
        ("[media]\nfirst_rtp_port = 30000", "line 2: last_rtp_port must be above first_rtp_port"),
        ("[web]\ntrusted_proxies = 10.0.0.5, proxy", "sip.conf, line 2: trusted_proxies: «proxy» is no address or network"),
        ("[web]\nmetrics_from = any, grafana", "sip.conf, line 2: metrics_from: «grafana» is no address or network"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_was_meant(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(tmp_path, text)
    assert sentence in str(error.value)


def test_every_mistake_of_a_file_is_told_at_once_in_the_order_of_its_lines(tmp_path: Path) -> None:
    text = """port = 5060
[sip]
udp = maybe
tcp = no
[wbe]
prot = 80
[media]
first_rtp_port = many
last_rtp_port = 500
[trunk:office]
networks = here, 10.0.0.0/8
proxy = 10.0.0.1
[web]
metrics
[media]
clock_rate_hz = 44100
"""
    with pytest.raises(ConfigError) as error:
        load(tmp_path, text, PATCHBAY_WEB_PORT="no", PATCHBAY_ACD_STANBY="1")
    told = [line.partition(": ") for line in str(error.value).splitlines()]
    assert [(place, text.partition(":")[0]) for place, _, text in told] == [
        ("sip.conf, line 1", "«port = 5060» stands before the first [section]"),
        ("sip.conf, line 3", "udp = «maybe»"),
        ("sip.conf, line 5", "unknown section [wbe]; did you mean «web»?"),
        ("sip.conf, line 8", "first_rtp_port = «many»"),
        ("sip.conf, line 11", "networks"),
        ("sip.conf, line 12", "proxy = «10.0.0.1»"),
        ("sip.conf, line 14", "expected «key = value», found «metrics»"),
        ("sip.conf, line 15", "section [media] was already begun at sip.conf, line 7"),
        ("sip.conf, line 16", "clock_rate_hz = «44100»"),
        ("environment variable PATCHBAY_ACD_STANBY", "unknown key «stanby» in [acd]; did you mean «standby»?"),
        ("environment variable PATCHBAY_WEB_PORT", "port = «no»"),
    ]


def test_what_follows_only_from_another_mistake_is_not_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        load(tmp_path, "[media]\nfirst_rtp_port = many\nlast_rtp_port = 500\n[sip]\nudp = maybe\ntcp = no")
    assert len(str(error.value).splitlines()) == 2


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    config = load(tmp_path, "[web]\nport = 80", PATCHBAY_WEB_PORT="81", PATCHBAY_TRUNK_OFFICE_NETWORKS="192.0.2.0/24, ::1")
    assert config.web.port == 81
    assert config.trunks[0].networks == ("192.0.2.0/24", "::1")


def test_a_misspelt_variable_is_an_error_and_others_are_not_ours(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="PATCHBAY_WEB_PROT: unknown key"):
        load(tmp_path, "", PATCHBAY_WEB_PROT="81")
    load(tmp_path, "", PATCHBAY_NO_APT="1", PATH="/bin", PATCHBAY_CONFIG="x")


def test_what_a_database_needs_is_told_without_its_password(tmp_path: Path) -> None:
    """Failed before: the control process ended with a traceback, and so did each that came after it."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, "[storage]\ndatabase_url = mysql://u:geheim@x/y\n")
    assert "geheim" not in str(caught.value)
    for url in ("postgresql://u:p@h/d", "postgresql+asyncpg://h/d", "sqlite:///a.db"):
        assert load(tmp_path, f"[storage]\ndatabase_url = {url}\n").storage.database_url == url


def test_a_secret_may_come_from_a_file_and_is_never_shown(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("redis://:hidden@example.invalid/0\n")
    config = load(tmp_path, f"[storage]\nredis_url = file:{secret}")
    assert config.redis_url == "redis://:hidden@example.invalid/0"
    with pytest.raises(ConfigError) as error:
        load(tmp_path, "[storage]\nredis_url = file:/nowhere/at/all")
    assert "(secret)" in str(error.value)
    assert "nowhere" in str(error.value)


def test_comments_may_follow_values_and_hashes_inside_words_are_kept(tmp_path: Path) -> None:
    config = load(tmp_path, "# first\n[general]\nname = Desk#1 ; the first\n; last")
    assert config.general.name == "Desk#1"


STRANGE = (
    *(
        "",
        "-1",
        "0",
        "1e308",
        "-1e308",
        "1e400",
        "nan",
        "inf",
        "9" * 30,
        "x",
        "\u0663",
        "65536",
        "0x10",
        "1_000",
        ",,",
        "%s",
        "\u202ex",
    ),
    *("https://[::1", "https://x:99999", "https://x:y/", "//", "https://", "10.0.0.0/33", "fe80::1%lo", "a@", "file:/nowhere"),
    *("\x1b[31m", "a" * 5000, "💣" * 50),
)


@pytest.mark.parametrize("section", [*SECTIONS, "trunk:carrier"])
def test_whatever_stands_at_a_key_is_read_or_told_in_one_short_line_with_its_place(tmp_path: Path, section: str) -> None:
    """Failed before: half an IPv6 address of an identity provider ended everything with a traceback."""
    kind = SECTIONS.get(section, Trunk)
    networks = "networks = 10.0.0.0/8\n" if kind is Trunk else ""
    for key in (name for name in get_type_hints(kind) if (kind, name) not in {(Trunk, "name"), (Trunk, "networks")}):
        for value in STRANGE:
            try:
                load(tmp_path, f"[{section}]\n{networks}{key} = {value}\n")
            except ConfigError as error:
                for line in str(error).splitlines():
                    assert line.startswith("sip.conf, line "), (key, value, line)
                    assert len(line) < 500, (key, value, line)
                    assert line.isprintable(), (key, value)


def test_a_file_of_nothing_but_mistakes_is_told_in_few_lines(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="and 4800 more") as caught:
        load(tmp_path, "[web]\n" + "".join(f"key{number} = 1\n" for number in range(5000)))
    assert len(str(caught.value).splitlines()) == 201


@pytest.mark.parametrize("line", ["#include trunks.conf", "  #tryinclude <a>", "#exec ./secrets"])
def test_another_file_that_is_named_as_elsewhere_is_not_passed_over(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match=r"sip\.conf, line 2: #\w+ reads no other file here"):
        load(tmp_path, f"[web]\n{line}\nport = 8080\n# include what you like in a comment\n")


def test_a_trunk_has_a_name_that_can_be_shown(tmp_path: Path) -> None:
    """Failed before: what came over a trunk with a name of 100,000 letters could be told to nobody."""
    for name in ("a" * 65, "a\u202eb", "\x1b[31mred"):
        with pytest.raises(ConfigError, match="the name of a trunk"):
            load(tmp_path, f"[trunk:{name}]\nnetworks = 10.0.0.1\n")


def test_a_missing_or_binary_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_config(tmp_path / "none.conf", {})
    (tmp_path / "sip.conf").write_bytes(b"[web]\n\xff\xfe")
    with pytest.raises(ConfigError, match="is not UTF-8 at line 2, byte 0xff"):
        load_config(tmp_path / "sip.conf", {})


def test_a_data_folder_too_deep_for_a_socket_gets_one_elsewhere(tmp_path: Path) -> None:
    deep = "/".join(["deep"] * 30)
    assert len(str(load(tmp_path, f"[storage]\ndata_dir = {deep}").redis_socket)) < 108


def test_a_trunk_may_take_calls_from_us(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush\n")
    text = f"""
[trunk:carrier]
networks = 203.0.113.0/24
proxy = sip:203.0.113.5:5070;transport=tcp ; in Reading
caller = +442079460000
username = patchbay
password = file:{secret}
"""
    (trunk,) = load(tmp_path, text, PATCHBAY_TRUNK_CARRIER_CALLER="+442079460001").trunks
    assert (trunk.proxy, trunk.caller) == ("sip:203.0.113.5:5070;transport=tcp", "+442079460001")
    assert (trunk.username, trunk.password) == ("patchbay", "hush")


def test_a_trunk_says_what_is_believed_about_who_calls(tmp_path: Path) -> None:
    text = "[trunk:carrier]\nnetworks = any\nidentity = pai, rpid, from\nnumbers = e164_without_plus\ncountry = DE"
    (trunk,) = load(tmp_path, text).trunks
    assert (trunk.identity, trunk.numbers, trunk.country) == (("pai", "rpid", "from"), "e164_without_plus", "DE")
    (stranger,) = load(tmp_path, "[trunk:a]\nnetworks = any").trunks
    assert stranger.identity == ("from",)


@pytest.mark.parametrize(
    ("trunk", "complaint"),
    [
        ("networks = any\nkeep_alive_s = 30", "needs a proxy"),
        ("networks = any\nproxy = sip:192.0.2.1\nkeep_alive_s = 2", "is 0 .never. or at least 5"),
    ],
)
def test_who_is_asked_whether_he_is_there_has_an_address_and_some_peace(tmp_path: Path, trunk: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        load(tmp_path, f"[trunk:carrier]\n{trunk}")


def test_strangers_cannot_be_given_the_connections_of_trunks(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="at most half of sip_connections"):
        load(tmp_path, "[limits]\nsip_connections = 100\nsip_connections_of_strangers = 60")


def test_keys_of_several_words_can_be_set_for_a_trunk_by_the_environment(tmp_path: Path) -> None:
    text = "[trunk:carrier]\nnetworks = any\nproxy = sip:192.0.2.1"
    (trunk,) = load(tmp_path, text, PATCHBAY_TRUNK_CARRIER_KEEP_ALIVE_S="30").trunks
    assert trunk.keep_alive_s == 30
    with pytest.raises(ConfigError, match="unknown key «wrong»"):
        load(tmp_path, text, PATCHBAY_TRUNK_CARRIER_WRONG="30")
