"""Mail from the real appliance to other servers, in a network of its own: what each kind of server gets, and what TLS
demands (DANE, MTA-STS, REQUIRETLS) let through. The servers and their DNS are small and of this file."""

import contextlib
import hashlib
import http.server
import json
import os
import pathlib
import re
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
from email.message import EmailMessage

import pytest

from support.appliance import Appliance, wait_until
from support.dns_message import TYPES, wire_name
from support.namespace import Namespace, needs_namespaces

pytestmark = needs_namespaces
SERVER = "198.51.100.7"
POLICY_HOST = "198.51.100.8"
DNS_PORT = 5300
STS_DOMAINS = ("good.example", "other.example", "testing.example", "moved.example", "long.example", "cut.example")


class Dns(threading.Thread):
    """A resolver on loopback that says of everything that it was validated."""

    def __init__(self):
        super().__init__(daemon=True)
        self.records = {}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", DNS_PORT))
        self.start()

    def add(self, name, kind, *data):
        self.records[wire_name(name).lower(), TYPES[kind]] = data

    def run(self):
        while True:
            query, client = self.socket.recvfrom(4096)
            end = 12
            while query[end]:
                end += query[end] + 1
            question = query[12:end + 5]
            name, kind = question[:-4].lower(), struct.unpack(">H", question[-4:-2])[0]
            found = self.records.get((name, kind), ())
            code = 0 if any(known == name for known, _ in self.records) else 3
            answers = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 0, len(one)) + one for one in found)
            self.socket.sendto(query[:2] + struct.pack(">HHHHH", 0x81a0 | code, 1, len(found), 0, 0) + question + answers, client)


class Sink(threading.Thread):
    """A mail server that announces `offers`, and keeps what it takes: (envelope lines, bytes, over TLS)."""

    def __init__(self, context, *offers, address=SERVER):
        super().__init__(daemon=True)
        self.context, self.offers, self.taken = context, offers, []
        self.socket = socket.create_server((address, 25))
        self.start()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.socket.accept()
                threading.Thread(target=self.talk, args=(client,), daemon=True).start()

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def talk(self, client):
        with contextlib.suppress(OSError):
            self.serve(client)

    def serve(self, client):
        client.sendall(b"220 far.example\r\n")
        stream, envelope = client.makefile("rb"), []
        while line := stream.readline():
            verb = line[:4].upper()
            if verb in (b"EHLO", b"MAIL"):
                envelope = []
            if verb == b"EHLO":
                words = [word for word in self.offers if word != "STARTTLS" or not isinstance(client, ssl.SSLSocket)]
                client.sendall("".join(f"250-{word}\r\n" for word in ("far.example", *words)).encode() + b"250 HELP\r\n")
                continue
            if verb == b"STAR":
                client.sendall(b"220 go\r\n")
                client = self.context.wrap_socket(client, server_side=True)
                stream = client.makefile("rb")
                continue
            envelope.append(line.decode().strip())
            if verb == b"DATA":
                client.sendall(b"354 go\r\n")
                lines = list(iter(stream.readline, b".\r\n"))
                self.taken.append((envelope, b"".join(lines), isinstance(client, ssl.SSLSocket)))
            client.sendall(b"250 2.0.0 ok\r\n")


def openssl(*words, input=None):
    return subprocess.run(["openssl", *words], input=input, check=True, capture_output=True).stdout


def certificate(folder, name, *more):
    """A self-signed one: TLS context, SHA-256 of its key, file."""
    key, file = folder / f"{name}.key", folder / f"{name}.crt"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", f"/CN={name}", "-addext", "subjectAltName=" + ",".join(f"DNS:{one}" for one in (name, *more)), "-keyout", key, "-out", file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    public = openssl("pkey", "-pubin", "-outform", "DER", input=openssl("x509", "-in", file, "-noout", "-pubkey"))
    return context, hashlib.sha256(public).digest(), file


class World:
    """The appliance, DNS, and what is needed to play other servers."""

    def __init__(self, folder):
        self.context, self.key_hash, file = certificate(folder, "mx.far.example")
        self.policies, _, policy_file = certificate(folder, *(f"mta-sts.{domain}" for domain in STS_DOMAINS))
        # These two stand for the CAs that everybody knows.
        cas = folder / "cas.pem"
        cas.write_text(file.read_text() + policy_file.read_text())
        self.dns = Dns()
        self.dns.add("far.example", "MX", b"\0\x0a" + wire_name("mx.far.example"))
        self.dns.add("mx.far.example", "A", socket.inet_aton(SERVER))
        os.environ["SSL_CERT_FILE"] = str(cas)
        try:
            self.school = Appliance(conf=f"resolver = 127.0.0.1:{DNS_PORT}\n")
        finally:
            del os.environ["SSL_CERT_FILE"]

    def send(self, text="Halo", to="x@far.example", **options):
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "ali@" + self.school.domain, to, "surat"
        for name, value in options.pop("headers", {}).items():
            message[name] = value
        message.set_content(text, **options)
        with self.school.submission("ali") as client:
            client.send_message(message)

    def log_has(self, pattern, since=0):
        return re.search(pattern, self.school.log_text()[since:])


@pytest.fixture(scope="module")
def folder():
    """One that the box, which runs as other users, can read."""
    with tempfile.TemporaryDirectory(prefix="kotakpos-outbound-") as name:
        os.chmod(name, 0o755)
        yield pathlib.Path(name)


@pytest.fixture(scope="module")
def world(folder):
    with Namespace(SERVER, POLICY_HOST) as network, network.entered():
        made = World(folder)
        try:
            yield made
        finally:
            made.school.close()


@contextlib.contextmanager
def sink(world, *offers):
    server = Sink(world.context, *offers)
    world.dns.records.pop((wire_name("_25._tcp.mx.far.example"), TYPES["TLSA"]), None)
    try:
        yield server
    finally:
        server.close()
        # Nothing of one test is left for the next, and no connection is kept.
        for entry in world.school.kotakpos("queue", "list").splitlines():
            if found := re.match(r"\s*([0-9a-v]{13})\b", entry):
                world.school.run("queue", "delete", found[1])
        wait_until(lambda: not established(), 15, "the end of the connections")


def established():
    return "ESTAB" in subprocess.run(["ss", "-Htn", "dport", "=", "25"], capture_output=True, text=True).stdout


def test_a_server_without_anything_gets_seven_bits(world):
    with sink(world) as server:
        world.send("sel\u00e1mat", cte="8bit")
        wait_until(lambda: server.taken, 20, "the mail")
        envelope, content, is_tls = server.taken[0]
        assert content.isascii() and b"sel=C3=A1mat" in content and not is_tls
        assert envelope[0] == f"MAIL FROM:<ali@{world.school.domain}>"


def test_pipelining_8bit_and_tls_where_it_works(world):
    with sink(world, "PIPELINING", "8BITMIME", "SIZE 1000000", "STARTTLS") as server:
        world.send("sel\u00e1mat", cte="8bit")
        wait_until(lambda: server.taken, 20, "the mail")
        _, content, is_tls = server.taken[0]
        assert "sel\u00e1mat".encode() in content and is_tls
        assert wait_until(lambda: world.log_has(r"event=sent .*tls=encrypted"), 5)


def test_the_right_tlsa_record_is_verified_and_a_wrong_one_gets_nothing(world):
    with sink(world, "STARTTLS") as server:
        world.dns.add("_25._tcp.mx.far.example", "TLSA", b"\3\1\1" + world.key_hash)
        world.send("dane")
        wait_until(lambda: server.taken, 20, "the mail")
        assert wait_until(lambda: world.log_has(r'tls="verified by DANE"'), 5)
    with sink(world, "STARTTLS") as server:
        world.dns.add("_25._tcp.mx.far.example", "TLSA", b"\3\1\1" + bytes(32))
        since = len(world.school.log_text())
        world.send("salah")
        wait_until(lambda: world.log_has(r"event=deferred", since), 20, "the delay")
        assert world.log_has(r"event=tls-refused .*by=DANE", since)
        assert not server.taken


def test_no_tls_where_dane_asks_for_it_gets_nothing(world):
    with sink(world) as server:
        world.dns.add("_25._tcp.mx.far.example", "TLSA", b"\3\1\1" + world.key_hash)
        since = len(world.school.log_text())
        world.send("polos")
        wait_until(lambda: world.log_has(r"event=deferred", since), 20, "the delay")
        assert not server.taken


class PolicyHost(http.server.ThreadingHTTPServer):
    """https://mta-sts.DOMAIN/.well-known/mta-sts.txt for all of STS_DOMAINS; `answers`: status, type, text."""

    def __init__(self, context):
        self.answers, self.asked = {}, []
        super().__init__((POLICY_HOST, 443), PolicyAnswer)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """A client that hangs up in the middle of too long a text."""


class PolicyAnswer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        domain = self.headers["Host"].removeprefix("mta-sts.")
        self.server.asked.append((domain, self.path))
        status, kind, text, length = self.server.answers[domain]
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length or len(text)))
        self.send_header("Location", "https://mta-sts.good.example/.well-known/mta-sts.txt")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        """Not in the test's output."""


@pytest.fixture(scope="module")
def policies(world):
    for domain in STS_DOMAINS:
        world.dns.add(domain, "MX", b"\0\x0a" + wire_name("mx.far.example"))
        world.dns.add(f"mta-sts.{domain}", "A", socket.inet_aton(POLICY_HOST))
        world.dns.add(f"_mta-sts.{domain}", "TXT", b"\x0ev=STSv1; id=1;")
    server = PolicyHost(world.policies)
    yield server
    server.shutdown()
    server.server_close()


def policy(mode, mx, **changed):
    text = f"version: STSv1\r\nmode: {mode}\r\nmx: {mx}\r\nmax_age: 86400\r\n".encode()
    return tuple({"status": 200, "kind": "text/plain", "text": text, "length": None, **changed}.values())


def test_a_policy_of_mta_sts_is_fetched_once_and_kept_to(world, policies):
    policies.answers["good.example"] = policy("enforce", "mx.far.example")
    with sink(world, "STARTTLS") as server:
        for count in (1, 2):
            world.send(to="x@good.example")
            wait_until(lambda: len(server.taken) == count, 20, "the mail")
        assert policies.asked == [("good.example", "/.well-known/mta-sts.txt")]
        assert wait_until(lambda: world.log_has(r'tls="verified by MTA-STS"'), 5)
    message, = json.loads(world.school.kotakpos("trace", "--json", "--to", "x@good.example", "--limit", "1"))["messages"]
    sent, = [event for event in message["events"] if event["event"] == "sent"]
    assert sent["places"] == ["mx.far.example", "verified by MTA-STS"]


def test_a_policy_that_names_another_server_stops_the_mail(world, policies):
    policies.answers["other.example"] = policy("enforce", "mx.other.example")
    with sink(world, "STARTTLS") as server:
        since = len(world.school.log_text())
        world.send(to="x@other.example")
        wait_until(lambda: world.log_has(r"event=deferred .*x@other\.example", since), 20, "the delay")
        assert not server.taken


def test_a_policy_in_testing_stops_nothing_but_is_told(world, policies):
    policies.answers["testing.example"] = policy("testing", "mx.other.example")
    with sink(world) as server:
        since = len(world.school.log_text())
        world.send(to="x@testing.example")
        wait_until(lambda: server.taken, 20, "the mail")
        assert world.log_has(r"event=sts-testing .*does not name", since)
        assert world.log_has(r"event=sts-testing .*offers no TLS", since)


@pytest.mark.parametrize("domain, changed", [
    ("moved.example", {"status": 302}),
    ("long.example", {"text": b"mx: mx.other.example\r\n" * 10000}),
    ("cut.example", {"length": 1000}),
])
def test_what_is_no_whole_policy_is_none(world, policies, domain, changed):
    policies.answers[domain] = policy("enforce", "mx.other.example", **changed)
    with sink(world, "STARTTLS") as server:
        world.send(to=f"x@{domain}")
        wait_until(lambda: server.taken, 20, "the mail")
        assert world.log_has(rf"event=sts-no-policy .*{re.escape(domain)}")
    assert len([one for one, _ in policies.asked if one == domain]) == 1
