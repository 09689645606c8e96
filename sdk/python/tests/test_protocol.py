"""The vectors of the device protocol's document."""

from __future__ import annotations

import hashlib
import re
import uuid
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openclaw_sdk.device._messages import (
    b64,
    claim_message,
    comparison,
    opaque_context,
    proof,
    public_key,
    rotate_message,
)
from openclaw_sdk.device.codes import Address, PairingCode, PairingLink
from openclaw_sdk.pin import Pin
from openclaw_sdk.refusals import CodeMalformed

TEXT = (Path(__file__).parents[3] / "docs/DEVICE-PROTOCOL.md").read_text(encoding="utf-8")
PIN = "1G64S36D1N6RVKGEB1C9HP8SB6"
KEY = Ed25519PrivateKey.from_private_bytes(bytes([7] * 32))
NEW = Ed25519PrivateKey.from_private_bytes(bytes([8] * 32))
BINDING = bytes([9] * 32)


def section(title: str) -> dict[str, str]:
    """The two first columns of a section's table."""
    text = TEXT.split(f"### {title}\n", 1)[1].split("\n#", 1)[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|", text, re.MULTILINE)
    return {left.strip("`"): right.strip("`") for left, right in rows if not left.startswith("-")}


@pytest.mark.parametrize(("typed", "symbols"), [row for row in section("Code vectors").items() if row[0] != "typed"])
def test_codes_are_read_as_people_type_them(typed: str, symbols: str) -> None:
    if symbols == "refused":
        with pytest.raises(CodeMalformed):
            PairingCode.read(typed)
    else:
        assert PairingCode.read(typed).symbols == symbols


@pytest.mark.parametrize(("text", "addresses"), [row for row in section("Link vectors").items() if row[0] != "link"])
def test_links_are_read(text: str, addresses: str) -> None:
    for written in (text, f" {text.lower()}\n"):
        link = PairingLink.read(written)
        assert " ".join(map(str, link.addresses)) == addresses
        assert str(link.pin) == PIN
        assert link.secret == "3MD1JJ0V39DSNJ0WV5CDS6AX11"
        assert link.secret not in repr(link)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "CPAIR:2/192.168.1.20/" + PIN * 2,
        "CPAIR:1/192.168.1.20/" + PIN,
        "CPAIR:1/192.168.1.20/" + PIN * 2 + "/",
        "CPAIR:1//" + PIN * 2,
        "CPAIR:1/0.0.0.0/" + PIN * 2,
        "CPAIR:1/FE80::1:21327/" + PIN * 2,
        "CPAIR:1/A+B+C+D+E/" + PIN * 2,
        "CPAIR:1/ä/" + PIN * 2,
        "CPAIR:1/" + "A" * 600 + "/" + PIN * 2,
    ],
)
def test_what_is_no_link_is_refused_without_guessing(wrong: str) -> None:
    with pytest.raises(CodeMalformed):
        PairingLink.read(wrong)


@pytest.mark.parametrize(
    "wrong", ["h:0", "h:65536", "h:+1", "h:01", "-h", "1.2.3", "255.255.255.255", "[::]", "[fd00::2", "a..b"]
)
def test_addresses_that_nobody_has_are_refused(wrong: str) -> None:
    with pytest.raises(CodeMalformed):
        Address.read(wrong)


def test_the_claims_vector_is_signed() -> None:
    vector = section("Claim vector")
    description = {"name": "hub", "device_type": "IoT Gateway", "platform": "linux x86_64", "version": "1.0"}
    message = claim_message("code", BINDING, "J4K2T8P7N1RG", description, uuid.UUID(bytes=bytes([5] * 16)))
    assert len(message) == 135
    assert b64(public_key(KEY)) == vector["public key"]
    assert hashlib.sha256(message).hexdigest() == vector["SHA-256 of the message"]
    assert KEY.sign(message).hex() == vector["signature"]


def test_the_vector_of_a_new_key_is_signed() -> None:
    vector = section("Key vector")
    message = rotate_message(BINDING, public_key(KEY), public_key(NEW))
    assert b64(public_key(NEW)) == vector["new public key"]
    assert hashlib.sha256(message).hexdigest() == vector["SHA-256 of the message"]
    assert NEW.sign(message).hex() == vector["signature"]


def test_the_number_to_compare_is_the_vectors() -> None:
    vector = section("Waiting vector")
    assert comparison(Pin.read(PIN).hash, public_key(KEY), vector["pairing"]) == vector["comparison number"]


def test_opaque_runs_over_the_vectors_context() -> None:
    assert opaque_context(BINDING, Pin.read(PIN).hash).hex() == section("Typed code vector")["context"]
    code = PairingCode.read("OCL-J4K2T8P7N1RG")
    assert (code.locator, code.password) == (b"J4K", b"2T8P7N1R")


def test_proofs_have_the_documents_parts() -> None:
    made = proof(KEY, "GET", "https://10.0.0.7:21327/api/v1/device/self", token="t", nonce="n", jti="jti-1")
    header, claims, signature = made.split(".")
    assert len(made) <= 2048
    assert KEY.public_key().verify(_bytes(signature), f"{header}.{claims}".encode()) is None
    assert b'"ath": "' + b64(hashlib.sha256(b"t").digest()).encode() in _bytes(claims)


def _bytes(text: str) -> bytes:
    from openclaw_sdk.device._messages import from_b64

    return from_b64(text)
