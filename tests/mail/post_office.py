"""A mail server on this computer with an authority of its own, which keeps what it is given."""

import datetime
import email
import email.policy
import ipaddress
import logging
import queue
import ssl
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "hub@example.org", "tulip-of-the-mail-server"
# It is asked for AUTH only, inside TLS; the library cannot tell that a whole connection is TLS, and warns.
warnings.filterwarnings("ignore", module="aiosmtpd")
logging.getLogger("mail.log").setLevel(logging.CRITICAL)


def certificates(folder):
    """An authority, and a certificate of it for this computer; the paths of the authority, the certificate and its key."""
    now = datetime.datetime.now(datetime.timezone.utc)

    def made(name, subject_key, issuer, issuer_key, *extensions):
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(subject_key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(issuer_key, hashes.SHA256())

    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = made(
        "Test authority", authority_key, "Test authority", authority_key, x509.BasicConstraints(ca=True, path_length=0)
    )
    hosts = [x509.IPAddress(ipaddress.ip_address(ip)) for ip in ("127.0.0.1", "0.0.0.0")]
    leaf = made("mail", key, "Test authority", authority_key, x509.SubjectAlternativeName(hosts))
    pem = serialization.Encoding.PEM
    paths = [folder / name for name in ("authority.pem", "mail.pem", "mail-key.pem")]
    paths[0].write_bytes(authority.public_bytes(pem))
    paths[1].write_bytes(leaf.public_bytes(pem))
    paths[2].write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


class PostOffice:
    """Listens with TLS from the first byte, or with STARTTLS, or with none at all."""

    def __init__(self, paths, tls="whole", port=0):
        self.mails, self.tls = queue.Queue(), tls
        _, certificate, key = paths
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        options = {"authenticator": self.knows, "auth_require_tls": tls == "starttls"}
        if tls == "whole":
            options |= {"ssl_context": context, "auth_required": True}
        if tls == "starttls":
            options |= {"tls_context": context, "require_starttls": True, "auth_required": True}
        self.controller = Controller(self, hostname="127.0.0.1", port=port or free_port(), **options)
        self.controller.start()
        self.port = self.controller.port

    def stop(self):
        self.controller.stop()

    def knows(self, server, session, envelope, mechanism, data):
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 There is no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        assert self.tls == "none" or session.authenticated
        self.mails.put((envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return "250 Kept"

    def next(self):
        """The next mail, and to whom it went."""
        return self.mails.get(timeout=60)


def free_port():
    """A port nobody listens on; the library takes no zero."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
