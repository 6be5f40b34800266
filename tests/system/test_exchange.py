"""Mail between the school and real servers of others, Postfix and Exim, both ways: in a network of their own, with DNS by the
school's own name server, a validating resolver, and TLS with DANE or MTA-STS."""

import contextlib
import email
import hashlib
import http.server
import json
import re
import shutil
import smtplib
import ssl
import subprocess
import tempfile
import threading
from email import policy
from email.message import EmailMessage
from pathlib import Path

import dkim
import pytest

from support.appliance import DOMAIN, Appliance, wait_until
from support.mail_peers import Exim, Postfix, Unbound
from support.namespace import Namespace, needs_namespaces

pytestmark = [needs_namespaces,
              pytest.mark.skipif(not shutil.which("postfix"), reason="Postfix is not installed")]

NS, MAIL, POSTFIX, EXIM, POLICY = "198.51.100.1", "198.51.100.3", "203.0.113.25", "203.0.113.26", "203.0.113.80"
PEOPLE = "203.0.113.99"  # who sits at the other schools: may send through their servers
HOST = f"mail.{DOMAIN}"
SIGNED = [DOMAIN, "postfix.example", "exim.example"]  # not sts.example: DANE goes before MTA-STS
ALI, BUDI = f"ali@{DOMAIN}", f"budi@{DOMAIN}"
FAR = ["postfix", "exim"]
ANSWERS = f"""\
language = id
lab = yes
school.name = SMK Negeri 1 Pendalian
domain = {DOMAIN}
hostname = {HOST}
address = {NS}/24
ns.address = {NS}
www.address = 198.51.100.2
mail.address = {MAIL}
admin.password = 123
users = ali:123:X-TKJ-1, budi:123:X-TKJ-1
"""
CONF = f"""\
dns.listen = {NS}:53
smtp.listen = {MAIL}:25
resolver = 127.0.0.1
dot.listen = off
submissions.listen = off
imap.listen = off
pop3.listen = off
pop3s.listen = off
http.listen = off
https.listen = off
"""
STS_POLICY = "version: STSv1\r\nmode: enforce\r\nmx: mx.{}\r\nmax_age: 86400\r\n"


def openssl(*words, input=None):
    return subprocess.run(["openssl", *map(str, words)], input=input, check=True, capture_output=True).stdout


class Authority:
    """A CA as the world has them, for this test only."""

    def __init__(self, folder):
        self.folder = folder
        self.file, self.key = folder / "ca.crt", folder / "ca.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=Test CA", "-keyout", self.key, "-out", self.file)

    def certificate(self, *names):
        """A file with key and certificate, and the SHA-256 of the public key (for TLSA 3 1 1)."""
        key, file = self.folder / f"{names[0]}.key", self.folder / f"{names[0]}.pem"
        alternative = ",".join(f"DNS:{name}" for name in names)
        request = openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                          "-subj", f"/CN={names[0]}", "-addext", f"subjectAltName={alternative}", "-keyout", key)
        signed = openssl("x509", "-req", "-CA", self.file, "-CAkey", self.key, "-CAcreateserial", "-days", "2",
                         "-copy_extensions", "copy", input=request)
        public = openssl("pkey", "-pubin", "-outform", "DER", input=openssl("x509", "-noout", "-pubkey", input=signed))
        file.write_bytes(key.read_bytes() + signed)
        file.chmod(0o644)
        return file, hashlib.sha256(public).hexdigest()

    def install(self, folder):
        """As /etc/ssl of a machine that trusts this CA only."""
        (folder / "certs").mkdir(parents=True)
        shutil.copy(self.file, folder / "certs" / "ca-certificates.crt")
        shutil.copy(self.file, folder / "certs" / (openssl("x509", "-in", self.file, "-noout", "-hash").decode().strip() + ".0"))


def zones(digests):
    """Of the others: {zone: its file}. wrong.* have TLSA records of somebody else's certificate."""
    made = {}
    for name, address in (("postfix", POSTFIX), ("exim", EXIM)):
        made[f"{name}.example"] = f"""\
@ MX 10 mx
mx A {address}
_25._tcp.mx TLSA 3 1 1 {digests[name]}
@ TXT "v=spf1 ip4:{address} -all"
mx TXT "v=spf1 a -all"
_dmarc TXT "v=DMARC1; p=reject"
wrong MX 10 mx.wrong
mx.wrong A {address}
_25._tcp.mx.wrong 1 TLSA 3 1 1 {"0" * 64}
"""
    made["sts.example"] = "".join(f"""\
{name} MX 10 mx.{name}
mx.{name} A {POSTFIX}
mta-sts.{name} A {POLICY}
_mta-sts.{name} TXT "v=STSv1; id=1"
""" for name in ("good", "bad"))
    return {zone: f"$ORIGIN {zone}.\n$TTL 3600\n@ SOA ns.{DOMAIN}. hostmaster.{DOMAIN}. 1 3600 900 1209600 3600\n@ NS ns.{DOMAIN}.\n{text}"
            for zone, text in made.items()}


class PolicyServer(http.server.ThreadingHTTPServer):
    """https://mta-sts.DOMAIN/.well-known/mta-sts.txt"""

    daemon_threads = True

    def __init__(self, certificate):
        self.asked = []
        super().__init__((POLICY, 443), PolicyServer.Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            domain = self.headers["Host"].removeprefix("mta-sts.")
            self.server.asked.append((domain, self.path))
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(STS_POLICY.format(domain).encode())

        def log_message(self, *_):
            pass


class World:
    """Everybody, running: `school`, `postfix`, `exim`, `policies`."""

    def __init__(self, stack, network, folder):
        self.network = network
        ca = Authority(folder)
        postfix_file, postfix_digest = ca.certificate("mx.postfix.example", "mx.good.sts.example")
        exim_file, exim_digest = ca.certificate("mx.exim.example")
        policy_file, _ = ca.certificate("mta-sts.good.sts.example", "mta-sts.bad.sts.example")
        ca.install(network.etc / "ssl")
        (network.etc / "resolv.conf").write_text("nameserver 127.0.0.1\noptions edns0 trust-ad\n")
        Exim.accounts(network)
        self.school = stack.enter_context(Appliance(ANSWERS, CONF, start=False, network=network))
        self.digests = {"postfix": postfix_digest, "exim": exim_digest}
        self.fill_zones(zones(self.digests))
        self.school.start()
        stack.enter_context(Unbound(network, self.signed_zones()))
        self.postfix = stack.enter_context(Postfix(
            network, POSTFIX, "mx.postfix.example", ["postfix.example", "wrong.postfix.example", "good.sts.example", "bad.sts.example"],
            ["siti"], postfix_file, PEOPLE))
        self.exim = stack.enter_context(Exim(
            network, EXIM, "mx.exim.example", ["exim.example", "wrong.exim.example"], ["siti"], exim_file, PEOPLE))
        self.policies = PolicyServer(policy_file)
        stack.callback(self.policies.shutdown)
        stack.callback(self.policies.server_close)

    def fill_zones(self, of_others):
        for zone, text in of_others.items():
            file = self.school.state / f"{zone}.zone"
            file.write_text(text)
            self.school.kotakpos("dns", "import", str(file), "--zone", zone)
        for zone in SIGNED:
            self.school.kotakpos("dns", "sign", zone)

    def signed_zones(self):
        """For unbound."""
        found = [("sts.example", NS, None)]
        for zone in SIGNED:
            key = wait_until(lambda: re.search(r"(?m)^257 3 13 .*", dig(NS, zone, "DNSKEY")), 20, f"the key of {zone}")
            found.append((zone, NS, f"{zone}. DNSKEY {key[0]}"))
        return found

    def peer(self, name):
        return getattr(self, name)


def dig(server, name, kind):
    return subprocess.run(["dig", f"@{server}", "+short", "+tcp", name, kind], capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def world():
    with contextlib.ExitStack() as stack:
        # Not below pytest's folder, which every run closes to other users: Exim's reads its certificate.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kotakpos-exchange-")))
        folder.chmod(0o755)
        Exim.unpack()  # before the namespace, which has no way to Debian's servers
        network = stack.enter_context(Namespace(NS, MAIL, POSTFIX, EXIM, POLICY, PEOPLE))
        # To the others we come from our own address, and not from theirs as is usual on loopback.
        for address in (POSTFIX, EXIM):
            network.ip("route", "replace", "local", address, "dev", "lo", "table", "local", "src", MAIL)
        stack.enter_context(network.entered())
        yield World(stack, network, folder)


# The letters.

TEXT = "Selamat pagi, café €5, สวัสดี.\n.titik di awal\nFrom baris lain\n"
ATTACHMENT = bytes(range(256)) * 300


def letter(sender, recipient, subject, utf8=False):
    """With eight-bit text and an attachment; `utf8`: with UTF-8 in the header too."""
    message = EmailMessage(policy=policy.SMTP.clone(utf8=utf8))
    message["From"], message["To"], message["Subject"] = sender, recipient, subject
    message["Message-ID"] = message_id(subject)
    message["Comments"] = "Kāna"
    message.set_content(TEXT, cte="8bit")
    message.add_attachment(ATTACHMENT, maintype="application", subtype="octet-stream", filename="tugas é.bin")
    return message


def message_id(subject):
    return f"<{subject.replace(' ', '-')}@letters.example>"


def assert_intact(got):
    assert got.get_body().get_content().replace("\r\n", "\n") == TEXT, "the text"
    assert got["Comments"] == "Kāna", "the header"
    assert [(part.get_filename(), part.get_content()) for part in got.iter_attachments()] == [("tugas é.bin", ATTACHMENT)], "the attachment"


def text_record(name, timeout=5):
    return "".join(re.findall(r'"([^"]*)"', dig("127.0.0.1", name.decode(), "TXT"))).encode()


def assert_signed(got):
    """By both of the school's keys, as they are in DNS."""
    signatures = dkim.DKIM(got.raw)
    assert [signatures.verify(index, dnsfunc=text_record) for index in (0, 1)] == [True, True], "our DKIM signatures"


def options_of(message, more=()):
    return ["BODY=8BITMIME", *(["SMTPUTF8"] if message.policy.utf8 else []), *more]


def send_from(peer, message, sender, recipient, options=(), rcpt_options=(), through=None):
    """As a person at that school, through its server."""
    with smtplib.SMTP(through or peer.address, 25, local_hostname="pc.example", source_address=(PEOPLE, 0), timeout=30) as client:
        client.sendmail(sender, [recipient], message.as_bytes(), options_of(message, options), rcpt_options)


def send_from_school(world, message, recipient, options=(), rcpt_options=()):
    with world.school.submission("ali") as client:
        client.sendmail(ALI, [recipient], message.as_bytes(), options_of(message, options), rcpt_options)


def received(world, login, words):
    """The letter with these words anywhere in it, in the INBOX of somebody at school."""
    client = world.school.imap(login)

    def look():
        client.select("INBOX", readonly=True)
        numbers = client.search(None, "TEXT", f'"{words}"')[1][0].split()
        return numbers and client.fetch(numbers[0], "(BODY.PEEK[])")[1][0][1]

    try:
        return email.message_from_bytes(wait_until(look, 30, f"'{words}' in the INBOX of {login}"), policy=policy.default)
    except AssertionError as error:
        logs = "\n".join(f"{name}:\n{world.peer(name).log()[-2000:]}" for name in FAR)
        raise AssertionError(f"{error}\n{world.school.log_tail()}\n{logs}") from None
    finally:
        client.logout()


def report(message):
    """Of a DSN (RFC 3464): its text for people, the fields about the one recipient."""
    assert message.get_content_type() == "multipart/report" and message.get_param("report-type") == "delivery-status", message.as_string()[:2000]
    people, machine = list(message.iter_parts())[:2]
    assert machine.get_content_type() == "message/delivery-status"
    return people.get_content(), machine.get_payload()[1]


def traced(world, subject, kind):
    """What `kotakpos trace` says about the letter, when it has come to that."""

    def look():
        found = json.loads(world.school.kotakpos("trace", "--json", "--id", message_id(subject)))["messages"]
        return [event for message in found for event in message["events"] if event["event"] == kind]

    return wait_until(look, 30, f"'{kind}' in the trace of '{subject}'")[0]


def logged(world, pattern):
    try:
        wait_until(lambda: re.search(pattern, world.school.log_text()), 20, f"{pattern} in the log")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{world.school.log_tail(15)}") from None


# From them to us.

@pytest.mark.parametrize("utf8", [False, True], ids=["8bit", "utf8"])
@pytest.mark.parametrize("name", FAR)
def test_they_send_over_tls_that_dane_verified_and_spf_passes(world, name, utf8):
    peer, sender, subject = world.peer(name), f"siti@{name}.example", f"dari {name} {utf8}"
    send_from(peer, letter(sender, BUDI, subject, utf8), sender, BUDI)
    got = received(world, "budi", message_id(subject))
    assert_intact(got)
    by_us = got.get_all("Received")[0]
    assert f"by {HOST}" in by_us and "TLSv1.3" in by_us and f"[{peer.address}]" in by_us, by_us
    results = got["Authentication-Results"]
    assert results.startswith(HOST) and "spf=pass" in results and "dmarc=pass" in results, results
    assert peer.verified_dane(HOST), f"{name} could not verify us by our own TLSA record:\n{peer.log()[-3000:]}"


@pytest.mark.parametrize("name", FAR)
def test_they_hear_of_an_address_that_we_do_not_have(world, name):
    peer, sender, subject = world.peer(name), f"siti@{name}.example", f"tersesat {name}"
    send_from(peer, letter(sender, f"hantu@{DOMAIN}", subject), sender, f"hantu@{DOMAIN}")
    _, fields = report(peer.wait_for("siti", message_id(subject)))
    assert fields["Action"] == "failed" and fields["Status"].startswith("5."), fields
    assert "5.1.1" in fields["Diagnostic-Code"], fields


@pytest.mark.parametrize("name", FAR)
def test_they_get_the_report_of_success_that_they_ask_for(world, name):
    peer, sender, subject = world.peer(name), f"siti@{name}.example", f"bukti {name}"
    send_from(peer, letter(sender, BUDI, subject), sender, BUDI, ["RET=HDRS", "ENVID=surat-1"], ["NOTIFY=SUCCESS", f"ORCPT=rfc822;{BUDI}"])
    received(world, "budi", message_id(subject))
    got = peer.wait_for("siti", message_id(subject))
    text, fields = report(got)
    assert f"postmaster@{DOMAIN}" in got["From"], got["From"]
    assert_signed(got)
    assert fields["Action"] == "delivered" and BUDI in fields["Final-Recipient"] and BUDI in fields["Original-Recipient"], fields
    assert "Surat" in text and "Your mail was delivered to" in text, text


def test_what_an_alias_cannot_pass_on_is_told_only_to_a_sender_who_is_proved(world):
    world.school.kotakpos("alias", "add", "teman", "hantu@exim.example")
    teman = f"teman@{DOMAIN}"
    send_from(world.postfix, letter("siti@postfix.example", teman, "lewat alias"), "siti@postfix.example", teman)
    got = world.postfix.wait_for("siti", message_id("lewat alias"))
    _, fields = report(got)
    assert f"postmaster@{DOMAIN}" in got["From"] and fields["Action"] == "failed" and "hantu@exim.example" in fields["Final-Recipient"], fields
    # A domain without SPF proves nothing: who is named there may never have heard of the letter.
    forged = letter("siti@good.sts.example", teman, "alamat palsu")
    send_from(None, forged, "siti@good.sts.example", teman, through=MAIL)
    traced(world, "alamat palsu", "unreported")
    story = world.school.kotakpos("trace", "--id", message_id("alamat palsu"))
    assert "kotak ini meneruskan surat" in story and "hantu@exim.example" in story, story
    assert not world.postfix.find("siti", message_id("alamat palsu"))


# From us to them.

@pytest.mark.parametrize("utf8", [False, True], ids=["8bit", "utf8"])
@pytest.mark.parametrize("name", FAR)
def test_we_send_over_tls_that_dane_verified_and_signed(world, name, utf8):
    peer, to, subject = world.peer(name), f"siti@{name}.example", f"ke {name} {utf8}"
    send_from_school(world, letter(ALI, to, subject, utf8), to)
    got = peer.wait_for("siti", message_id(subject))
    assert_intact(got)
    by_them = got.get_all("Received")[0]
    assert "TLS" in by_them and f"[{MAIL}]" in by_them and HOST in by_them, by_them
    assert traced(world, subject, "sent")["places"] == [f"mx.{name}.example", "verified by DANE"]
    assert_signed(got)


@pytest.mark.parametrize("name", FAR)
def test_a_wrong_tlsa_record_keeps_the_letter_here_until_it_is_mended(world, name):
    peer, to, subject = world.peer(name), f"siti@wrong.{name}.example", f"salah {name}"
    send_from_school(world, letter(ALI, to, subject), to)
    event = traced(world, subject, "deferred")
    assert event["status"] == "4.7.5", event
    logged(world, rf"event=tls-refused .*host=mx.wrong.{name}.example by=DANE")
    assert subject.replace(" ", "-") not in peer.log() and not peer.find("siti", message_id(subject)), "nothing may be sent"
    record = ["_25._tcp.mx.wrong", "TLSA"]
    world.school.kotakpos("dns", "delete", *record, "--zone", f"{name}.example")
    world.school.kotakpos("dns", "add", *record, "3", "1", "1", world.digests[name], "--zone", f"{name}.example")

    def arrived():
        world.school.kotakpos("queue", "retry", "all")
        return peer.find("siti", message_id(subject))

    assert_intact(wait_until(arrived, 30, f"the letter to {to} after its record was mended"))


@pytest.mark.parametrize("name", FAR)
def test_we_hear_of_an_address_that_they_do_not_have(world, name):
    to, subject = f"hantu@{name}.example", f"hilang {name}"
    send_from_school(world, letter(ALI, to, subject), to)
    got = received(world, "ali", message_id(subject))
    text, fields = report(got)
    assert f"postmaster@{DOMAIN}" in got["From"] and got["To"] == ALI, got.as_string()[:500]
    assert to in text and "tidak" in text and "could not be delivered" in text, text
    assert fields["Action"] == "failed" and fields["Status"].startswith("5.") and to in fields["Final-Recipient"], fields
    assert "550" in fields["Diagnostic-Code"] and f"mx.{name}.example" in fields["Remote-MTA"], fields


@pytest.mark.parametrize("name", FAR)
def test_we_get_the_report_of_success_that_we_ask_for(world, name):
    to, subject = f"siti@{name}.example", f"tanda {name}"
    send_from_school(world, letter(ALI, to, subject), to, ["RET=HDRS", "ENVID=surat-2"], ["NOTIFY=SUCCESS", f"ORCPT=rfc822;{to}"])
    _, fields = report(received(world, "ali", message_id(subject)))
    assert fields["Action"] == "delivered" and to in fields["Final-Recipient"], fields


@pytest.mark.parametrize("sender", [ALI, ""], ids=["ali", "report"])
def test_our_spf_records_pass_for_others(world, sender):
    program = "import spf, sys; print(spf.check2(*sys.argv[1:])[0])"
    done = subprocess.run(world.network.command("/usr/bin/python3", "-c", program, MAIL, sender, HOST), capture_output=True, text=True)
    assert done.stdout == "pass\n", done.stdout + done.stderr


def test_mta_sts_lets_a_proved_server_have_the_letter_and_no_other(world):
    good, bad = "siti@good.sts.example", "siti@bad.sts.example"
    send_from_school(world, letter(ALI, good, "kebijakan baik"), good)
    assert_intact(world.postfix.wait_for("siti", message_id("kebijakan baik")))
    assert traced(world, "kebijakan baik", "sent")["places"] == ["mx.good.sts.example", "verified by MTA-STS"]
    send_from_school(world, letter(ALI, bad, "kebijakan buruk"), bad)
    event = traced(world, "kebijakan buruk", "deferred")
    assert event["status"] == "4.7.5", event
    logged(world, r"event=tls-refused .*host=mx.bad.sts.example by=MTA-STS")
    assert "kebijakan-buruk" not in world.postfix.log() and not world.postfix.find("siti", message_id("kebijakan buruk"))
    assert world.policies.asked == [(domain, "/.well-known/mta-sts.txt") for domain in ("good.sts.example", "bad.sts.example")]
