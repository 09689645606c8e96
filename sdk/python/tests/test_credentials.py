"""Where a key comes from."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from openclaw_sdk import ConfigurationError, OpenClawClient, refusals
from openclaw_sdk.credentials import ApiKey, SessionToken, find
from openclaw_sdk.platform_address import PlatformAddress
from served import always
from server import Server

KEY = "cpk_one"
OTHER = "cpk_other"
HUB = "https://hub.example.org:443"


def nowhere(entry: str) -> str | None:
    """A keyring with nothing in it."""


def keep(folder: Path, platform: str, kept: object) -> None:
    """Writes what the command `clawpair` writes."""
    (folder / "credentials").mkdir(exist_ok=True)
    (folder / "credentials" / f"{platform}.json").write_text(json.dumps(kept))


def test_what_is_given_comes_first_then_the_environment_then_what_was_kept(tmp_path: Path) -> None:
    kept = {"CLAWPAIR_CONFIG_DIR": str(tmp_path), "CLAWPAIR_KEYRING": "off"}
    keep(tmp_path, "https___hub.example.org_443", {"kind": "api_key", "key": "cpk_kept"})
    assert find(KEY, HUB, {**kept, "CLAWPAIR_API_KEY": OTHER}) == ApiKey(KEY)
    assert find(None, HUB, {**kept, "CLAWPAIR_API_KEY": OTHER}) == ApiKey(OTHER)
    assert find(None, HUB, kept) == ApiKey("cpk_kept")
    assert find(None, "local", kept) is None
    keep(tmp_path, "local", {"kind": "session", "token": "t"})
    assert find(None, "local", kept) == SessionToken("t")


def test_no_platform_is_shown_a_key_of_the_environment_that_is_anothers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.url.host} {request.headers.get('Authorization')}")
        return httpx.Response(200, text="ok")

    def call(url: str | None, key: str | None = None) -> None:
        with OpenClawClient(key, url=url, transport=httpx.MockTransport(answer)) as client:
            client.platform.health()

    keep(tmp_path, "https___kept.example.org_21327", {"kind": "api_key", "key": "cpk_kept"})
    monkeypatch.setenv("CLAWPAIR_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("CLAWPAIR_API_KEY", OTHER)
    call("https://kept.example.org")
    monkeypatch.setenv("CLAWPAIR_URL", "https://hub.example.org")
    for url in (None, "hub.example.org", "https://kept.example.org", "https://new.example.org"):
        call(url)
    call("https://kept.example.org", KEY)
    assert asked == [
        f"kept.example.org Bearer {OTHER}",
        f"hub.example.org Bearer {OTHER}",
        f"hub.example.org Bearer {OTHER}",
        "kept.example.org Bearer cpk_kept",
        "new.example.org None",
        f"kept.example.org Bearer {KEY}",
    ]


def test_a_file_counts_before_the_keyring_which_can_be_left_alone(tmp_path: Path) -> None:
    ring = {"cli-local": json.dumps({"kind": "api_key", "key": KEY})}.get
    environment = {"CLAWPAIR_CONFIG_DIR": str(tmp_path)}
    assert find(None, "local", environment, ring) == ApiKey(KEY)
    keep(tmp_path, "local", {"kind": "api_key", "key": OTHER})
    assert find(None, "local", environment, ring) == ApiKey(OTHER)


@pytest.mark.parametrize("variable", ["XDG_CONFIG_HOME", "HOME"])
def test_what_was_kept_is_where_the_system_keeps_settings(tmp_path: Path, variable: str) -> None:
    folder = tmp_path / {"XDG_CONFIG_HOME": "clawpair-cli", "HOME": ".config/clawpair-cli"}[variable]
    folder.mkdir(parents=True)
    keep(folder, "local", {"kind": "api_key", "key": KEY})
    assert find(None, "local", {variable: str(tmp_path), "CLAWPAIR_KEYRING": "off"}) == ApiKey(KEY)


def test_references_are_followed(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    keep(tmp_path, "local", {"kind": "reference", "reference": "env:CI_KEY"})
    ring = {"ci": OTHER}.get
    assert find("env:CI_KEY", HUB, {"CI_KEY": KEY}) == ApiKey(KEY)
    assert find(f"file:{file}", HUB, {}) == ApiKey(KEY)
    assert find("keyring:ci", HUB, {}, ring) == ApiKey(OTHER)
    assert find(None, "local", {"CLAWPAIR_CONFIG_DIR": str(tmp_path), "CI_KEY": KEY}) == ApiKey(KEY)


@pytest.mark.parametrize("reference", ["env:CI_KEY", "file:/nowhere/key", "keyring:ci"])
def test_a_reference_that_leads_nowhere_is_named(reference: str) -> None:
    with pytest.raises(ConfigurationError, match=reference.partition(":")[0]):
        find(reference, HUB, {}, nowhere)


def test_a_key_that_a_service_keeps_is_got_when_the_first_call_needs_it(
    server: Server, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with always(200, {"data": {"data": {"key": key, "other": "no key of ours"}}}) as vault:
        monkeypatch.setenv("VAULT_ADDR", vault.url)
        monkeypatch.setenv("VAULT_TOKEN", "hvs.x")
        monkeypatch.setenv("CLAWPAIR_API_KEY", "vault:secret/ci#key")
        with OpenClawClient(url=server.url, pin=server.pin) as client:
            assert vault.asked == []
            assert [client.me.show().name for _ in range(2)] == ["check", "check"]
        assert len(vault.asked) == 1
        with OpenClawClient("vault:secret/ci#other", url=server.url, pin=server.pin) as client:
            with pytest.raises(ConfigurationError, match="no API key") as refused:
                client.me.show()
            assert "no key of ours" not in str(refused.value)


@pytest.mark.parametrize("kept", [{}, [], {"kind": "newer", "key": "secret"}, {"kind": "api_key", "key": "secret"}])
def test_what_is_not_understood_is_not_repeated(tmp_path: Path, kept: object) -> None:
    keep(tmp_path, "local", kept)
    with pytest.raises(ConfigurationError) as refused:
        find(None, "local", {"CLAWPAIR_CONFIG_DIR": str(tmp_path)}, nowhere)
    assert "secret" not in str(refused.value)


def test_platforms_are_known_by_their_url_and_port() -> None:
    assert PlatformAddress.choose("https://hub.example.org:443", None, {}).known_as == HUB
    assert PlatformAddress.choose("http://localhost:8080", None, {}).known_as == "http://localhost:8080"
    embedded = PlatformAddress.choose(None, "1G64S36D1N6RVKGEB1C9HP8SB6", {})
    assert embedded.known_as == "local"


def test_a_kept_session_lets_a_program_in_until_it_signs_out(
    client: OpenClawClient, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = "some more random words"
    invitation = client.invitations.create(name="Lin", role="viewer")
    with OpenClawClient(url=server.url, pin=server.pin) as first:
        member = first.members.accept(token=invitation.token, password=password)
        first.session.sign_in(name="Lin", password=password)
        (token,) = (cookie.value for cookie in first._http.cookies.jar)
    keep(tmp_path, server.url.replace("/", "_").replace(":", "_"), {"kind": "session", "token": token})
    monkeypatch.setenv("CLAWPAIR_CONFIG_DIR", str(tmp_path))
    with OpenClawClient(url=server.url, pin=server.pin) as kept:
        assert kept.me.show().id == member.id
        kept.session.sign_out()
        with pytest.raises(refusals.Unauthenticated):
            kept.me.show()
        kept.session.sign_in(name="Lin", password=password)
        assert kept.me.show().id == member.id
    client.members.remove(member.id)


LAST = "from openclaw_sdk import OpenClawClient; print(OpenClawClient().me.show().name)"
WITH_KEYRING = """
eval "$(echo -n password | gnome-keyring-daemon --unlock --components=secrets)"
printf %s "$KEY" | "$CLAWPAIR" configure --api-key - && exec "$PYTHON" -c "$LAST"
"""


@pytest.fixture
def configured(command: str, server: Server, key: str, tmp_path: Path) -> dict[str, str]:
    """Surroundings in which the command is told a key by a variable that nobody else reads."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "CLAWPAIR": command,
        "CLAWPAIR_URL": server.url,
        "CLAWPAIR_PIN": server.pin,
        "KEY": key,
        "PYTHON": sys.executable,
        "LAST": LAST,
    }


def test_what_the_command_has_kept_in_the_keyring_lets_a_program_in(configured: dict[str, str], tmp_path: Path) -> None:
    assert shutil.which("gnome-keyring-daemon"), "“cargo xtask test packages” installs gnome-keyring"
    session = ["dbus-run-session", "--", "sh", "-c", WITH_KEYRING]
    ran = subprocess.run(session, env=configured, capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout.splitlines()[-1:] == ["check"], ran.stderr
    assert configured["KEY"] not in ran.stdout + ran.stderr
    assert not list(tmp_path.rglob("credentials/*"))


def test_what_the_command_has_kept_in_its_file_lets_a_program_in(configured: dict[str, str], tmp_path: Path) -> None:
    configured["CLAWPAIR_KEYRING"] = "off"
    configure = [configured["CLAWPAIR"], "configure", "--api-key", "-"]
    subprocess.run(configure, env=configured, input=configured["KEY"], capture_output=True, text=True, timeout=60, check=True)
    assert list(tmp_path.rglob("credentials/*.json"))
    program = [sys.executable, "-c", LAST]
    ran = subprocess.run(program, env=configured, capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout == "check\n", ran.stderr
