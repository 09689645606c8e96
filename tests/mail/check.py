"""Lets the real server send real mail to a real mail server: check.py CLAWPAIR-SERVER. Ends with 0 if all of it arrives.

An Admin is invited from the command line and by mail, accepts by the mailed link, signs in, invites others, and changes their
address; mail servers are down, refuse a mailbox, do not know the password, or offer no TLS; and nothing secret is in any log.
"""

import http.client
import json
import os
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile
import time
from urllib.parse import quote

from browser import opened, press
from post_office import PASSWORD as MAIL_PASSWORD
from post_office import USER, PostOffice, certificates

PASSWORD = "olive tractor umbrella nine"
INVITATIONS = "/api/v1/members/invitations"


class Platform:
    def __init__(self, program, folder, authority):
        self.program, self.folder, self.process = program, folder, None
        self.log = open(folder / "log", "a+")
        self.secrets, self.cookie = {PASSWORD, MAIL_PASSWORD}, None
        (folder / "smtp-password").write_text(f"{MAIL_PASSWORD}\n")
        self.mail = ["--smtp-from", "Clawpair <hub@example.org>", "--smtp-ca", authority]
        self.mail += ["--smtp-password-file", folder / "smtp-password", "--data", folder / "data"]

    def serve(self, url):
        self.end()
        serve = [self.program, "serve", "--listen", "127.0.0.1:0", "--log", "json", "--smtp-url", url, *self.mail]
        environment = os.environ | {"CLAWPAIR_LOG": "trace"}
        self.process = subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=self.log, text=True, env=environment)
        for line in self.process.stdout:
            word, _, rest = line.strip().partition(" ")
            if word == "listens":
                self.address = rest.strip().partition("://")[2]
                return
        raise SystemExit("clawpair-server ended: " + (self.folder / "log").read_text())

    def end(self):
        if self.process:
            self.process.terminate()
            assert self.process.wait(timeout=30) == 0

    def invite(self, url, *arguments):
        """The link that the command prints, alone."""
        invite = [self.program, "invite", *arguments, "--advertise", self.address, "--smtp-url", url, *self.mail]
        done = subprocess.run(invite, capture_output=True, text=True)
        assert done.returncode == 0 and done.stdout.count("\n") == 1, done
        return self.token(done.stdout.strip(), "/join")

    def token(self, link, page):
        """What a link carries, which no log may hold."""
        start = f"https://{self.address}{page}#"
        assert link.startswith(start), link
        self.secrets.add(link[len(start) + 4 :])
        return link[len(start) :]

    def call(self, method, path, body=None, status=200):
        context = ssl._create_unverified_context()  # Its certificate is its own.
        connection = http.client.HTTPSConnection(self.address, context=context, timeout=60)
        headers = {"Content-Type": "application/json", "X-Clawpair-Request": "1"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        assert answer.status == status, (method, path, answer.status, text)
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            self.cookie = cookie.split(";")[0]
            self.secrets.add(self.cookie.split("=")[1])
        return json.loads(text) if text.startswith("{") else text

    def delivery(self, invitation, until):
        """What became of an invitation's mail, once `until` says that it is so."""
        end = time.monotonic() + 90
        while time.monotonic() < end:
            listed = self.call("GET", INVITATIONS)["invitations"]
            mail = next(one["mail"] for one in listed if one["id"] == invitation["id"])
            if until(mail):
                return mail
            time.sleep(0.2)
        raise AssertionError(mail)


def link_of(mail):
    """The only link with a token in a mail that is plain text and nothing else."""
    assert mail.get_content_type() == "text/plain" and mail["Auto-Submitted"] == "auto-generated", mail
    assert mail["From"] == "Clawpair <hub@example.org>" and mail["Message-ID"] and mail["Date"], mail
    (link,) = re.findall(r"^https://\S+#\S+\r?$", mail.get_content(), re.MULTILINE)
    return link.strip()


def accounts(platform, office, browse, url):
    shown = platform.invite(url, "--name", "Ada", "--role", "admin", "--email", "Ada@example.com", "--expires-in", "7d")
    to, mail = office.next()
    assert to == ["ada@example.com"] and mail["Subject"] == "Invitation to Clawpair", mail
    mailed = platform.token(link_of(mail), "/join")
    assert mailed != shown
    page = browse(link_of(mail))
    page.get_by_label("Choose a password").fill("password1234")
    press(page, "Accept", "This password is easy to guess")
    page.get_by_label("Choose a password").fill(PASSWORD)
    press(page, "Accept", "You are a member now. Sign in with this password as: Ada")
    platform.call("POST", "/api/v1/members/accept", {"token": shown, "password": PASSWORD + "s"}, 410)
    ada = platform.call("POST", "/api/v1/session", {"email": "ada@example.com", "password": PASSWORD})["member"]
    assert ada["role"] == "admin" and ada["email_verified"]["by"] == "invitation", ada

    change = {"password": PASSWORD, "email": "countess@example.org"}
    assert platform.call("POST", "/api/v1/me/email", change)["status"] == "open"
    to, mail = office.next()
    assert to == ["countess@example.org"] and mail["Subject"] == "Confirm your e-mail address", mail
    platform.token(link_of(mail), "/confirm-email")
    page = browse(link_of(mail))
    assert platform.call("GET", "/api/v1/me/email")["member"]["email"] == "ada@example.com", "opening the page confirms nothing"
    press(page, "Confirm", "Mail for you goes from now on to: countess@example.org")
    to, mail = office.next()
    assert to == ["ada@example.com"] and mail["Subject"] == "Your e-mail address was changed", mail
    assert "countess@example.org" in mail.get_content() and "#" not in mail.get_content(), mail
    member = platform.call("GET", "/api/v1/me/email")["member"]
    assert (member["email"], member["email_verified"]["by"]) == ("countess@example.org", "confirmation"), member
    platform.call("POST", "/api/v1/session", {"email": "countess@example.org", "password": PASSWORD})


def invited(platform, name, address):
    made = platform.call("POST", INVITATIONS, {"name": name, "role": "viewer", "email": address}, 201)
    platform.token(made["link"], "/join")
    return made["invitation"]


def headers(platform, office):
    """Whatever somebody is called, one mail goes to one address, and says no more than it should."""
    for name in ["Zoë Ångström 🌡", 'X" <eve@example.com>, "Y', "=?utf-8?q?=0D=0ABcc=3A_eve=40example=2Ecom?="]:
        invited(platform, name, "grace@example.com")
        to, mail = office.next()
        (receiver,) = mail["To"].addresses
        assert to == ["grace@example.com"] == [receiver.addr_spec], mail
        assert receiver.display_name == name or name.startswith("=?"), (receiver, name)
        assert not mail["Bcc"] and len(mail.keys()) == len(set(mail.keys())), mail
        assert f"Hello {name}," in mail.get_content(), mail
        platform.token(link_of(mail), "/join")
    for name, address in [("Eve\r\nBcc: z@example.com", "eve@example.com"), ("Eve", "eve@example.com\r\nBcc: z@example.com")]:
        platform.call("POST", INVITATIONS, {"name": name, "role": "viewer", "email": address}, 400)


def faults(platform, office, paths, url):
    port = office.port
    refused = platform.delivery(invited(platform, "Nobody", "nobody@example.com"), lambda mail: mail["status"] == "not_sent")
    assert "There is no such mailbox" in refused["reason"], refused

    office.stop()
    invitation = invited(platform, "Hedy", "hedy@example.com")
    waiting = platform.delivery(invitation, lambda mail: mail["reason"])
    assert waiting["status"] == "waiting" and "cannot be reached" in waiting["reason"], waiting
    platform.serve(url)  # What waits is in the database.
    office = PostOffice(paths, port=port)
    platform.delivery(invitation, lambda mail: mail["status"] == "sent")
    assert office.next()[0] == ["hedy@example.com"]

    # An address that is this computer and does not look like it, so that STARTTLS is needed.
    office.stop()
    by_starttls = f"smtp://{quote(USER, safe='')}@0.0.0.0:{port}"
    platform.serve(by_starttls)
    office = PostOffice(paths, tls="none", port=port)
    invitation = invited(platform, "Mary", "mary@example.com")
    waiting = platform.delivery(invitation, lambda mail: mail["reason"])
    assert waiting["status"] == "waiting" and office.mails.empty(), waiting
    office.stop()
    office = PostOffice(paths, tls="starttls", port=port)
    platform.delivery(invitation, lambda mail: mail["status"] == "sent")
    to, mail = office.next()
    assert to == ["mary@example.com"]
    platform.token(link_of(mail), "/join")

    (platform.folder / "smtp-password").write_text("not it\n")
    platform.serve(by_starttls)
    waiting = platform.delivery(invited(platform, "Rosa", "rosa@example.com"), lambda mail: mail["reason"])
    assert waiting["status"] == "waiting" and "does not let this platform in (535)" in waiting["reason"], waiting
    office.stop()


def main(program):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        paths = certificates(folder)
        office = PostOffice(paths)
        url = f"smtps://{quote(USER, safe='')}@127.0.0.1:{office.port}"
        platform = Platform(program, folder, paths[0])
        try:
            platform.serve(url)
            with opened() as browse:
                accounts(platform, office, browse, url)
            headers(platform, office)
            faults(platform, office, paths, url)
            platform.end()
        finally:
            platform.process.kill()
        log = (folder / "log").read_text()
        assert '"a mail was sent"' in log and '"a mail was given up"' in log, log
        found = [secret for secret in platform.secrets if secret in log]
        assert not found and len(platform.secrets) > 10, f"in the log: {found}"


if __name__ == "__main__":
    main(*sys.argv[1:])
