"""The LAN's resolver: the real appliance with Debian's unbound as the resolver outside, and upstreams that misbehave."""

import json
import re
import socket
import struct
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

from support.appliance import DOMAIN, Appliance, wait_until
from support.dns_message import Edns, Message, question
from support.dns_peers import FreePort

UNBOUND = "/usr/sbin/unbound"
OUTSIDE = """\
server:
    interface: 127.0.0.1
    port: {port}
    do-daemonize: no
    username: ""
    chroot: ""
    directory: "{folder}"
    pidfile: "{folder}/pid"
    use-syslog: no
    access-control: 127.0.0.0/8 allow
    num-threads: 1
    module-config: "iterator"
    local-zone: "." static
    local-data: ". 3600 NS a.root."
    local-data: "www.contoh.test-net. 2 A 203.0.113.7"
    local-data: "lama.contoh.test-net. 3600 A 203.0.113.8"
    local-data: "lama.contoh.test-net. 3600 AAAA 2001:db8::8"
    local-data: "contoh.test-net. 3600 SOA ns.contoh.test-net. hostmaster.contoh.test-net. 1 3600 900 86400 60"
    local-data: "1.10.168.192.in-addr.arpa. 3600 PTR bocor.contoh.test-net."
{more}
"""
BIG = "\n".join(f'    local-data: "besar.contoh.test-net. 3600 TXT {"x" * 200}{i:03}"' for i in range(20))


class Unbound:
    def __init__(self):
        self.reserved = FreePort()
        self.port = self.reserved.number
        self.folder = tempfile.TemporaryDirectory(prefix="kotakpos-unbound-")
        Path(self.folder.name, "unbound.conf").write_text(OUTSIDE.format(port=self.port, folder=self.folder.name, more=BIG))
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", UNBOUND, "-d", "-c", f"{self.folder.name}/unbound.conf"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: "NOERROR" in dig(self.port, "lama.contoh.test-net", "A").text, 10, "unbound")

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def freeze(self, frozen):
        """A server that is there and says nothing: what a line without Internet looks like."""
        self.process.send_signal(19 if frozen else 18)

    def close(self):
        self.stop()
        self.reserved.release()
        self.folder.cleanup()


class Answer:
    def __init__(self, text, seconds):
        self.text = text
        self.seconds = seconds
        status = re.search(r"status: (\w+)", text)
        self.status = status.group(1) if status else None
        flags = re.search(r"^;; flags: ([^;]*);", text, re.M)
        self.flags = flags.group(1).split() if flags else []
        self.errors = [int(code) for code in re.findall(r"^; EDE: (\d+)", text, re.M)]
        found = re.search(r"^;; ANSWER SECTION:\n(.*?)(?:\n\n|\Z)", text, re.M | re.S)
        self.records = [line.split() for line in found.group(1).splitlines()] if found else []

    @property
    def data(self):
        return [record[4] for record in self.records]

    @property
    def ttl(self):
        return int(self.records[0][1])


def dig(port, *words, server="127.0.0.1"):
    start = time.monotonic()
    done = subprocess.run(["dig", f"@{server}", "-p", str(port), "+tries=1", "+time=6", *words], capture_output=True,
                          text=True, timeout=20)
    return Answer(done.stdout, time.monotonic() - start)


@pytest.fixture(scope="module")
def outside():
    server = Unbound()
    yield server
    server.close()


@pytest.fixture(scope="module")
def school():
    with Appliance(conf="trusted.networks = 127.0.0.1/32\n") as appliance:
        yield appliance


@pytest.fixture
def ask(school, outside):
    """Asks our name server, with unbound as its only forwarder."""
    forward(school, outside.port)
    return lambda *words: dig(school.ports["dns"], *words)


def forward(school, *ports):
    words = [f"127.0.0.1:{port}" for port in ports] or ["none"]
    if school.kotakpos("dns", "forwarders").split() == words:
        return
    school.kotakpos("dns", "forwarders", *words)
    wait_until(lambda: dig(school.ports["dns"], "lama.contoh.test-net", "A").status == ("NOERROR" if ports else "REFUSED"), 2,
               "the new forwarders")


# Who gets answers.

def test_a_trusted_client_gets_answers_from_outside(ask):
    answer = ask("lama.contoh.test-net", "A")
    assert (answer.status, answer.data) == ("NOERROR", ["203.0.113.8"])
    assert "ra" in answer.flags and "rd" in answer.flags and "aa" not in answer.flags
    assert ask("lama.contoh.test-net", "MX").status == "NOERROR"
    assert ask("tidak.contoh.test-net", "A").status == "NXDOMAIN"


def test_the_spelling_of_the_question_comes_back(ask):
    assert ask("LaMa.CoNtOh.test-net", "A").records[0][0] == "LaMa.CoNtOh.test-net."


def test_our_own_names_are_ours_and_recursion_changes_nothing(ask):
    answer = ask(f"www.{DOMAIN}", "A")
    assert answer.data == ["192.168.10.2"] and "aa" in answer.flags


def test_strangers_are_refused_with_the_reason(ask, school, outside):
    """127.0.0.2 is not in trusted.networks."""
    ask("lama.contoh.test-net", "A")
    stranger = dig(school.ports["dns"], "lama.contoh.test-net", "A", "-b", "127.0.0.2")
    assert (stranger.status, stranger.errors, "ra" in stranger.flags) == ("REFUSED", [18], False)
    for transport in ("+tcp", "+notcp"):
        assert dig(school.ports["dns"], "lama.contoh.test-net", "A", "-b", "127.0.0.2", transport).status == "REFUSED"
    assert ask("+norec", "lama.contoh.test-net", "A").status == "REFUSED"
    assert dig(school.ports["dns"], f"www.{DOMAIN}", "A", "-b", "127.0.0.2").data == ["192.168.10.2"]


def test_private_addresses_backwards_and_local_names_stay_here(ask):
    """unbound would know the first one."""
    assert ask("-x", "192.168.77.1").status == "NXDOMAIN"
    assert ask("printer.local", "A").status == "NXDOMAIN"
    assert ask("localhost", "A").data == ["127.0.0.1"]
    assert ask("rahasia.onion", "A").status == "NXDOMAIN"


def test_large_answers_come_by_tcp(ask):
    answer = ask("besar.contoh.test-net", "TXT")
    assert len(answer.records) == 20
    assert "tc" in ask("+ignore", "besar.contoh.test-net", "TXT").flags


def test_an_alias_of_ours_to_a_name_outside_is_followed(ask, school):
    school.kotakpos("dns", "add", "luar", "CNAME", "lama.contoh.test-net.")
    wait_until(lambda: ask(f"luar.{DOMAIN}", "A").records, 2, "the alias")
    answer = ask(f"luar.{DOMAIN}", "A")
    assert answer.data == ["lama.contoh.test-net.", "203.0.113.8"] and "aa" in answer.flags
    assert ask(f"luar.{DOMAIN}", "AAAA").data[-1] == "2001:db8::8"
    assert ask("+norec", f"luar.{DOMAIN}", "A").data == ["lama.contoh.test-net."]
    assert dig(school.ports["dns"], f"luar.{DOMAIN}", "A", "-b", "127.0.0.2").data == ["lama.contoh.test-net."]
    school.kotakpos("dns", "delete", "luar")


def test_edns_is_made_by_us(ask):
    answer = ask("+nsid", "+cookie", "lama.contoh.test-net", "A")
    assert "udp: 1232" in answer.text and re.search(r"COOKIE: [0-9a-f]{48} ", answer.text) and "NSID" in answer.text
    assert "OPT PSEUDOSECTION" not in ask("+noedns", "lama.contoh.test-net", "A").text


# The cache, and the line that is gone.

def test_answers_are_kept_for_their_ttl_and_then_given_as_stale(ask, outside):
    first = ask("www.contoh.test-net", "A")
    assert (first.data, first.ttl) == (["203.0.113.7"], 2)
    assert ask("lama.contoh.test-net", "A").ttl <= 3600
    outside.stop()
    try:
        stale = wait_until(lambda: (lambda answer: answer.errors == [3] and answer)(ask("www.contoh.test-net", "A")), 10,
                           "the stale answer")
        assert (stale.data, stale.ttl) == (["203.0.113.7"], 30)
        fresh = ask("lama.contoh.test-net", "A")
        assert (fresh.data, fresh.errors) == (["203.0.113.8"], [])
    finally:
        outside.start()
    wait_until(lambda: not ask("www.contoh.test-net", "A").errors, 10, "fresh answers")


def test_without_internet_others_fail_at_once_and_ours_go_on(ask, school, outside):
    ask("lama.contoh.test-net", "A")
    outside.stop()  # "connection refused"
    try:
        first = ask("baru.contoh.test-net", "A")
        assert first.status == "SERVFAIL" and first.errors == [23] and first.seconds < 1.5
    finally:
        outside.start()
    wait_until(lambda: ask("baru.contoh.test-net", "A").status == "NXDOMAIN", 10, "unbound's return")

    outside.freeze(True)  # silence
    try:
        first = ask("lain.contoh.test-net", "A")
        assert first.status == "SERVFAIL" and first.errors == [22] and first.seconds < 3
        second = ask("lain2.contoh.test-net", "A")
        assert second.status == "SERVFAIL" and second.errors == [22] and second.seconds < 1
        assert ask(f"www.{DOMAIN}", "A").data == ["192.168.10.2"]
    finally:
        outside.freeze(False)
    wait_until(lambda: ask("lain3.contoh.test-net", "A").status == "NXDOMAIN", 10, "unbound's return")


def test_without_forwarders_names_of_others_are_refused_at_once(ask, school):
    forward(school)
    answer = ask("lama.contoh.test-net", "A")
    assert answer.status == "REFUSED" and answer.seconds < 1


def test_forwarders_are_shown_and_checked(school):
    school.kotakpos("dns", "forwarders", "9.9.9.9", "[2620:fe::fe]:5353")
    assert school.kotakpos("dns", "forwarders").split() == ["9.9.9.9:53", "[2620:fe::fe]:5353"]
    assert school.kotakpos("dns", "forwarders", "--json").strip() == '["9.9.9.9:53", "[2620:fe::fe]:5353"]'
    for bad in ("dns.google", "0.0.0.0", f"127.0.0.1:{school.ports['dns']}"):
        assert school.run("dns", "forwarders", bad).returncode == 3
    assert len(school.kotakpos("dns", "forwarders").split()) == 2
    school.kotakpos("dns", "forwarders", "none")


# Upstreams that misbehave.

class Liar(threading.Thread):
    """A resolver in Python: `make(question, source)` gives the datagrams to answer with."""

    def __init__(self, make):
        super().__init__(daemon=True)
        self.make = make
        self.names = []
        self.sources = []
        self.reserved = FreePort()
        self.port = self.reserved.number
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        self.udp.settimeout(0.05)
        self.stopping = False
        self.start()

    def run(self):
        while not self.stopping:
            try:
                query, source = self.udp.recvfrom(4096)
            except (TimeoutError, OSError):
                continue
            name = query[12:query.index(b"\0", 12)]
            if name:
                self.names.append(name)
                self.sources.append((source[1], struct.unpack(">H", query[:2])[0]))
            for datagram in self.make(query, source):
                self.udp.sendto(datagram, source)

    def close(self):
        self.stopping = True
        self.join()
        self.udp.close()
        self.reserved.release()


def reply(query, address, id=None):
    end = query.index(b"\0", 12) + 5
    number = struct.unpack(">H", query[:2])[0] if id is None else id
    record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(address)
    return struct.pack(">HHHHHH", number, 0x8180, 1, 1, 0, 0) + query[12:end] + record


@pytest.fixture
def liar(school):
    made = []

    def make(answers):
        made.append(Liar(answers))
        forward_to_liar(school, made[-1].port)
        return made[-1]

    yield make
    for server in made:
        server.close()


def forward_to_liar(school, port):
    school.kotakpos("dns", "forwarders", f"127.0.0.1:{port}")
    wait_until(lambda: dig(school.ports["dns"], "siap.test-net", "A").data, 2, "the new forwarder")


def test_forged_replies_are_ignored(school, liar):
    def answers(query, _):
        number = struct.unpack(">H", query[:2])[0]
        other = bytearray(reply(query, "6.6.6.6"))
        other[13] ^= 1
        return [reply(query, "6.6.6.6", number ^ 1), bytes(other), b"", reply(query, "6.6.6.6")[:30], reply(query, "1.2.3.4")]

    liar(answers)
    for i in range(20):
        assert dig(school.ports["dns"], f"n{i}.test-net", "A").data == ["1.2.3.4"]


def test_replies_from_elsewhere_are_ignored(school, liar):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        def answers(query, source):
            if b"dari-mana" in query.lower():
                other.sendto(reply(query, "6.6.6.6"), source)
            return [reply(query, "1.2.3.4")]

        liar(answers)
        assert dig(school.ports["dns"], "dari-mana.test-net", "A").data == ["1.2.3.4"]


def test_ports_ids_and_spelling_cannot_be_guessed(school, liar):
    server = liar(lambda query, _: [reply(query, "1.2.3.4")])
    server.names.clear()
    server.sources.clear()
    for i in range(30):
        dig(school.ports["dns"], f"satu-nama-yang-panjang-{i}.test-net", "A")
    assert len({port for port, _ in server.sources}) > 25
    assert len({number for _, number in server.sources}) > 25
    assert len({name.translate(None, b"0123456789") for name in server.names}) > 25
    assert all(re.search(rb"[A-Z]", name) for name in server.names)


def test_a_flood_of_names_does_not_hurt_ours(school, liar):
    """Nobody answers these; our own names must be as fast as before."""
    liar(lambda query, _: [reply(query, "1.2.3.4")] if b"banjir" not in query.lower() else [])
    flooding = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    flooding.connect(("127.0.0.1", school.ports["dns"]))
    flooding.setblocking(False)
    asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asking.connect(("127.0.0.1", school.ports["dns"]))
    asking.settimeout(1)
    ours = question(f"www.{DOMAIN}", "A", edns=Edns())
    worst = 0
    for i in range(200):
        for j in range(20):
            flooding.send(question(f"banjir-{i}-{j}.test-net", "A", flags=0x0100))
        try:
            while True:
                flooding.recv(4096)
        except BlockingIOError:
            pass
        start = time.monotonic()
        asking.send(ours)
        assert Message(asking.recv(4096)).rcode == "NOERROR"
        worst = max(worst, time.monotonic() - start)
    assert worst < 0.5  # a busy machine; alone it is below a millisecond


def test_the_numbers_say_who_answers(ask, school, outside):
    before = json.loads(school.kotakpos("dns", "statistics", "--json"))["counters"]
    ask("angka.contoh.test-net", "A")
    for _ in range(2):
        ask("lama.contoh.test-net", "A")
    now = json.loads(school.kotakpos("dns", "statistics", "--json"))
    assert now["counters"]["resolver-misses"] > before["resolver-misses"]
    assert now["counters"]["resolver-hits"] > before["resolver-hits"]
    assert [(one["address"], one["up"]) for one in now["forwarders"]] == [(f"127.0.0.1:{outside.port}", True)]
    outside.stop()
    try:
        wait_until(lambda: ask("angka2.contoh.test-net", "A").status == "SERVFAIL", 5, "the failure")
        wait_until(lambda: "tidak menjawab" in school.kotakpos("dns", "statistics"), 5, "the forwarder's state")
        assert "tidak ada forwarder yang menjawab" in school.run("status").stdout
    finally:
        outside.start()
    wait_until(lambda: ask("angka3.contoh.test-net", "A").status == "NXDOMAIN", 10, "unbound's return")


def test_questions_by_tcp_and_tls_reach_the_outside_too(ask, school, outside):
    """Several on one connection, some of them from outside, some ours."""
    names = [f"jauh{i}.contoh.test-net" for i in range(5)] + ["lama.contoh.test-net", f"www.{DOMAIN}"]
    for way, port in (("+tcp", school.ports["dns"]), ("+tls", school.ports["dot"])):
        words = [word for name in names for word in (name, "A")]
        done = subprocess.run(["kdig", "@127.0.0.1", "-p", str(port), way, "+keepopen", *words], capture_output=True, text=True,
                              timeout=20)
        assert re.findall(r"status: (\w+)", done.stdout) == ["NXDOMAIN"] * 5 + ["NOERROR"] * 2, done.stdout
