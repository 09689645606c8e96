"""Which platform is called, and by what it is known."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from openclaw_sdk import ConfigurationError, OpenClawClient
from openclaw_sdk.pin import Pin, decode_128, encode_128
from openclaw_sdk.platform_address import EMBEDDED, PlatformAddress

PIN = "1G64S36D1N6RVKGEB1C9HP8SB6"
OTHER_PIN = "5W4XGTVAP2DVFSCJQRA9G6EP0R"


def choose(url: str | None = None, pin: str | None = None, **environment: str) -> PlatformAddress:
    return PlatformAddress.choose(url, pin, environment)


def test_the_platform_of_this_computer_is_meant_unless_another_is_said() -> None:
    assert choose(CLAWPAIR_PIN=PIN).url == EMBEDDED
    assert choose(CLAWPAIR_URL="https://hub.example.org", CLAWPAIR_PIN=" ").url == "https://hub.example.org:21327"
    assert choose(CLAWPAIR_URL="local", CLAWPAIR_PIN=PIN).is_embedded
    given = choose("https://[fd00::2]:8443/", CLAWPAIR_URL="https://hub.example.org", CLAWPAIR_PIN=PIN)
    assert given == PlatformAddress("https://[fd00::2]:8443", None, is_local=False, is_of_environment=False)


@pytest.mark.parametrize("variable", ["CLAWPAIR_DATA_DIR", "XDG_DATA_HOME", "HOME"])
def test_the_desktop_program_says_where_its_platform_is(tmp_path: Path, variable: str) -> None:
    folders = {"CLAWPAIR_DATA_DIR": ".", "XDG_DATA_HOME": "clawpair", "HOME": ".local/share/clawpair"}
    folder = tmp_path / folders[variable]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "platform.json").write_text(f'{{"url":"https://127.0.0.1:4711","pin":"{PIN}"}}')
    found = choose(**{variable: str(tmp_path)})
    assert (found.url, str(found.pin)) == ("https://127.0.0.1:4711", PIN)
    assert choose(CLAWPAIR_URL="https://hub.example.org", **{variable: str(tmp_path)}).pin is None
    (folder / "platform.json").write_text("{}")
    with pytest.raises(ConfigurationError, match=r"platform\.json"):
        choose(**{variable: str(tmp_path)})


def test_servers_are_known_by_the_names_and_pins_that_the_command_was_told(command: str, tmp_path: Path) -> None:
    environment = {"CLAWPAIR_CONFIG_DIR": str(tmp_path)}
    for name, options in {"hub": ["--pin", PIN], "open": []}.items():
        add = [command, "platforms", "add", name, "--url", f"https://{name}.example.org:443", "--offline", *options]
        subprocess.run(add, env=environment, check=True, timeout=60)
    for written in ("hub", "https://hub.example.org:443", " HUB.example.org:443/ "):
        for found in (choose(written, **environment), choose(CLAWPAIR_URL=written, **environment)):
            assert (found.url, str(found.pin)) == ("https://hub.example.org:443", PIN)
    assert choose("open", **environment).pin is None
    assert choose("https://hub.example.org", **environment).pin is None
    assert str(choose(CLAWPAIR_URL="hub", CLAWPAIR_PIN=OTHER_PIN, **environment).pin) == OTHER_PIN
    assert str(choose("hub", CLAWPAIR_URL="open", CLAWPAIR_PIN=OTHER_PIN, **environment).pin) == PIN
    assert str(choose("hub", OTHER_PIN, **environment).pin) == OTHER_PIN
    with pytest.raises(ConfigurationError, match="hub, open, local"):
        choose("cpk_pasted", **environment)


@pytest.mark.parametrize(
    ("url", "named", "is_of_environment"),
    [
        (None, "https://hub.example.org", True),
        ("https://hub.example.org", None, True),
        ("https://hub.example.org", " ", True),
        ("HTTPS://HUB.example.org:21327/", "hub.example.org", True),
        ("https://hub.example.org:443", "hub.example.org", False),
        ("local", "https://hub.example.org", False),
        ("https://hub.example.org", "local", False),
        ("", "local", True),
        ("https://hub.example.org", "unknown", False),
    ],
)
def test_pin_and_key_of_the_environment_are_of_the_platform_that_it_names(
    url: str | None, named: str | None, is_of_environment: bool
) -> None:
    environment = {"CLAWPAIR_PIN": PIN} if named is None else {"CLAWPAIR_PIN": PIN, "CLAWPAIR_URL": named}
    given = OTHER_PIN if url == "local" else None
    chosen = choose(url, given, **environment)
    assert chosen.is_of_environment is is_of_environment
    assert (str(chosen.pin) == PIN) is is_of_environment


@pytest.mark.parametrize("written", ["{", "[]", '{"hub":{}}', '{"hub":{"url":"http://hub.example.org"}}', '{"hub":{"url":1}}'])
def test_a_list_of_servers_that_is_not_understood_is_named_where_it_is_needed(tmp_path: Path, written: str) -> None:
    (tmp_path / "platforms.json").write_text(written)
    for url in ("hub", "https://hub.example.org"):
        with pytest.raises(ConfigurationError, match=r"platforms\.json"):
            choose(url, CLAWPAIR_CONFIG_DIR=str(tmp_path))
    assert str(choose("https://hub.example.org", PIN, CLAWPAIR_CONFIG_DIR=str(tmp_path)).pin) == PIN


def test_a_platform_on_this_computer_needs_its_pin() -> None:
    with pytest.raises(ConfigurationError, match="CLAWPAIR_PIN"):
        choose()


@pytest.mark.parametrize("url", ["http://hub.example.org", "http://192.168.1.20:8080", "http://127.evil.example"])
def test_nothing_is_sent_in_clear_over_a_network(url: str) -> None:
    with pytest.raises(ConfigurationError, match="network"):
        choose(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"])
def test_plain_http_works_on_this_computer(url: str) -> None:
    assert choose(url).verification() is False


@pytest.mark.parametrize(
    "url",
    ["ftp://hub", "a b", "https://hub:0", "https://", "https://a:b@hub", "https://hub/api", "https://hub?x", "https://hub:x"],
)
def test_what_is_no_url_of_a_platform_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        choose(url, PIN)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (" HTTPS://Hub.Example.org:443/ ", "https://hub.example.org:443"),
        ("https://[2001:DB8:0::1]", "https://[2001:db8::1]:21327"),
        ("hub.local", "https://hub.local:21327"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_addresses_are_read_as_the_command_reads_them(written: str, read: str) -> None:
    assert choose(written).url == read


def test_a_pin_and_plain_http_exclude_each_other() -> None:
    with pytest.raises(ConfigurationError, match="TLS"):
        choose("http://127.0.0.1:8080", PIN)


def test_pins_are_read_as_devices_and_as_curl_take_them() -> None:
    assert Pin.read(PIN.lower()).hash == b"0123456789abcdef"
    assert str(Pin.read("sha256//vCdhrarCbt+WSvhSYGdYGOlsWHTyHNKsKYggGSYUCX8=")) == "5W4XGTVAP2DVFSCJQRA9G6EP0R"
    assert encode_128(decode_128(PIN)) == PIN
    for wrong in ("", PIN[:-1], PIN.replace("1", "U"), "8" + PIN[1:], "sha256//AAAA", "sha256//!!!!"):
        with pytest.raises(ConfigurationError):
            Pin.read(wrong)


@pytest.mark.parametrize("key", ["cpk_with space", "cpk_ä", "cpk_a\nb", "another service's", "x:y"])
def test_what_is_no_key_is_not_sent(key: str) -> None:
    with pytest.raises(ConfigurationError, match="no API key") as refused:
        OpenClawClient(key, url="http://127.0.0.1:8080")
    assert key not in str(refused.value)
