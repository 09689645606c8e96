"""A Clawpair device, written from docs/DEVICE-PROTOCOL.md alone.

    device.py link CPAIR:1/…
    device.py code OCL-… HOST:PORT PIN
    device.py typed OCL-… HOST:PORT

Pairs, makes one call with a proof of possession, and prints the device as JSON. It keeps nothing.
"""

import base64
import hashlib
import json
import socket
import sys
import time
import uuid

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from OpenSSL import SSL

from opaque import Client, NotProven

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DEFAULT_PORT = 21327
DESCRIPTION = {"name": "python", "device_type": "IoT Sensor", "platform": "python", "version": "1"}


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_b64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def encode_128(data):
    number = int.from_bytes(data, "big")
    return "".join(ALPHABET[number >> (5 * place) & 31] for place in reversed(range(26)))


def times(a, b):
    product = 0
    while b:
        if b & 1:
            product ^= a
        b >>= 1
        a <<= 1
        if a & 32:
            a ^= 0b100101
    return product


def read_code(text):
    symbols = "".join(symbol for symbol in text.upper() if not symbol.isspace() and symbol not in "-‐‑–—")
    symbols = symbols.translate(str.maketrans("OIL", "011"))
    if len(symbols) == 15 and symbols.startswith("0C1"):
        symbols = symbols[3:]
    if len(symbols) != 12 or any(symbol not in ALPHABET for symbol in symbols):
        sys.exit("This is no pairing code.")
    weight, total = 1, 0
    for symbol in symbols:
        total, weight = total ^ times(ALPHABET.index(symbol), weight), times(weight, 2)
    if total:
        sys.exit("The code is mistyped.")
    return symbols


def read_link(text):
    scheme, addresses, secrets = text.strip().upper().split("/")
    if scheme != "CPAIR:1" or len(secrets) != 52:
        sys.exit("This is no pairing link of version 1.")
    return addresses.split("+")[0], secrets[:26], secrets[26:]


def host_and_port(address):
    host, colon, port = address.rpartition(":")
    return (host.lower(), int(port)) if colon else (address.lower(), DEFAULT_PORT)


class Connection:
    """TLS 1.3 to whoever answers; with a pin, to nobody else."""

    def __init__(self, address, pin=None):
        host, port = host_and_port(address)
        self.host = f"{host}:{port}"
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_min_proto_version(SSL.TLS1_3_VERSION)
        context.set_alpn_protos([b"http/1.1"])
        # Names and issuers say nothing: the key is the identity, and TLS verifies that the other side holds it.
        context.set_verify(SSL.VERIFY_NONE)
        tcp = socket.create_connection((host, port), timeout=10)
        tcp.settimeout(None)
        self.tls = SSL.Connection(context, tcp)
        self.tls.set_connect_state()
        self.tls.do_handshake()
        key = self.tls.get_peer_certificate().to_cryptography().public_key()
        self.pin = sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))[:16]
        if pin is not None and encode_128(self.pin) != pin:
            sys.exit("The platform has another key than the pinned one.")
        self.binding = self.tls.export_keying_material(b"EXPORTER-Channel-Binding", 32, b"")

    def call(self, method, path, body=None, headers=()):
        """Status, headers and JSON of the answer."""
        content = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}", f"Content-Length: {len(content)}", *headers]
        if body is not None:
            lines.append("Content-Type: application/json")
        self.tls.sendall("\r\n".join([*lines, "", ""]).encode() + content)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.tls.recv(65536)
        head, _, content = answer.partition(b"\r\n\r\n")
        status, *fields = head.decode().split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        while len(content) < int(fields["content-length"]):
            content += self.tls.recv(65536)
        return int(status.split()[1]), fields, json.loads(content)


def prove(connection, code):
    """Has the platform prove that it knows the code, and that nobody is in between."""
    client = Client(code[3:11].encode(), b"clawpair-opaque-v1\0" + connection.binding + connection.pin)
    start = {"locator": code[:3], "request": b64(client.ke1)}
    status, _, answer = connection.call("POST", "/api/v1/pair/opaque/start", start)
    if status != 200:
        sys.exit(answer["code"])
    try:
        finish = {"finalization": b64(client.finish(from_b64(answer["response"])))}
    except NotProven:
        sys.exit("not proven")
    status, _, answer = connection.call("POST", "/api/v1/pair/opaque/finish", finish)
    if (status, answer.get("status")) != (200, "proven"):
        sys.exit(answer["code"])


def comparison(pin, public, pairing_id):
    parts = (b"clawpair-compare-v1\0", pin, public, uuid.UUID(pairing_id.removeprefix("pair-")).bytes)
    digits = f"{int.from_bytes(sha256(*parts)[:8], 'big') % 1_000_000:06}"
    return f"{digits[:3]} {digits[3:]}"


def claim(connection, key, kind, symbols):
    """Claims until a person has decided, if one is asked."""
    public = key.public_key().public_bytes_raw()
    attempt = uuid.uuid4()
    fields = [DESCRIPTION[name].encode() for name in ("name", "device_type", "platform", "version")]
    description = sha256(*(len(field).to_bytes(2, "big") + field for field in fields))
    message = b"clawpair-claim-v1\0" + kind.encode() + b"\0" + connection.binding + sha256(symbols.encode())
    body = {
        "secret": {kind: symbols},
        "public_key": b64(public),
        "description": DESCRIPTION,
        "idempotency_key": str(attempt),
        "signature": b64(key.sign(message + description + attempt.bytes)),
    }
    while True:
        status, headers, answer = connection.call("POST", "/api/v1/pair/claim", body)
        if status == 200:
            return headers, answer
        if status != 202:
            sys.exit(answer["code"])
        if answer["comparison"] != comparison(connection.pin, public, answer["pairing_id"]):
            sys.exit("The platform shows another number.")
        print("number", answer["comparison"], flush=True)
        time.sleep(answer["retry_after_seconds"])


def proof(key, method, url, token, nonce):
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(key.public_key().public_bytes_raw())}
    header = {"typ": "dpop+jwt", "alg": "EdDSA", "jwk": jwk}
    claims = {"jti": str(uuid.uuid4()), "htm": method, "htu": url, "iat": 0, "ath": b64(sha256(token.encode())), "nonce": nonce}
    signed = b64(json.dumps(header).encode()) + "." + b64(json.dumps(claims).encode())
    return signed + "." + b64(key.sign(signed.encode()))


def device_self(connection, key, token, nonce):
    path = "/api/v1/device/self"
    for _ in range(2):
        dpop = proof(key, "GET", f"https://{connection.host}{path}", token, nonce)
        status, headers, answer = connection.call("GET", path, headers=[f"Authorization: DPoP {token}", f"DPoP: {dpop}"])
        nonce = headers.get("dpop-nonce", nonce)
        if answer.get("code") != "use_dpop_nonce":
            break
    if status != 200:
        sys.exit(answer["code"])
    return answer


def main(way, secret, address=None, pin=None):
    if way == "link":
        address, pin, symbols = read_link(secret)
        connection, kind = Connection(address, pin), "link"
    else:
        symbols, kind = read_code(secret), "code"
        connection = Connection(address, pin)
        if way == "typed":
            prove(connection, symbols)
    key = Ed25519PrivateKey.generate()
    headers, paired = claim(connection, key, kind, symbols)
    print(json.dumps(device_self(connection, key, paired["access_token"], headers.get("dpop-nonce", ""))))


if __name__ == "__main__":
    main(*sys.argv[1:])
