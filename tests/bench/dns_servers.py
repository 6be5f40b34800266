"""The servers that tests/bench/dns.py compares, each as processes whose CPU and memory can be read; and the zones and questions."""

import os
import random
import re
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from dnsd.differential import Question, many
from support.appliance import BUILD, DOMAIN, Appliance, wait_until
from support.dns_message import TYPES, Edns, Message, wire_name
from support.dns_peers import ANYONE, Bind, FreePort, Knot, Nsd, PeerZone

REVERSE = "10.168.192.in-addr.arpa."
LARGE = "besar.sch.id."
PCS = 60
LARGE_NAMES = 100_000


class Kotakpos:
    """`dnsd answer` with zones brought in by `kotakpos dns import`; `sign`: by our own signer."""
    name = "Kotakpos"

    def __init__(self, zones, threads=1, sign=False):
        self.school = Appliance(conf=f"dns.threads = {threads}\n", start=False)
        self.port = self.school.ports["dns"]
        for name, text in zones.items():
            if name != REVERSE:  # which is there, and its records follow from the addresses
                file = self.school.state / "zone"
                file.write_text(text)
                subprocess.run([self.school.program, "dns", "import", file], env=self.school.environment(), check=True, capture_output=True)
            if sign:
                self.school.kotakpos("dns", "sign", name)
        self.process = None
        self.start()

    def start(self, wait=False):
        with open(self.school.log, "ab") as log:
            self.process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", BUILD / "dnsd" / "dnsd", "answer", "--config", self.school.config],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def close(self):
        self.stop()
        self.school.close()


def peer(kind, zones, threads):
    """NSD, Knot or BIND with the same zones; all leave out what nobody needs, as we do."""
    more = {Nsd: "minimal-responses: yes", Knot: "", Bind: "minimal-responses no-auth;"}[kind]
    wanted = [PeerZone(name, text=text, allow_update=[] if kind is Nsd else [ANYONE]) for name, text in zones.items()]
    return kind(wanted, threads=threads, more=more)


class Echo:
    name = "echo"

    def __init__(self, threads=1):
        self.reserved = FreePort()
        self.port = self.reserved.number
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", BUILD / "tests" / "dns_echo", str(self.port), str(threads)])

    def close(self):
        self.process.kill()
        self.process.wait()
        self.reserved.release()


# What processes cost.

def tree(pid):
    """The process and everything below it."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        for task in Path(f"/proc/{one}/task").glob("*"):
            try:
                waiting += map(int, (task / "children").read_text().split())
            except OSError:
                pass
    return found


def cpu_seconds(pid):
    """On a processor so far, to the nanosecond; all threads that still live."""
    total = 0
    for one in tree(pid):
        for task in Path(f"/proc/{one}/task").glob("*"):
            try:
                total += int((task / "schedstat").read_text().split()[0])
            except OSError:
                pass
    return total / 1e9


def pss_megabytes(pid):
    """Proportional share of the memory of the process and everything below it."""
    total = 0
    for one in tree(pid):
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        total += int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1))
    return total / 1024


def first_answer_ms(server, question):
    """From the start of the program to its first right answer."""
    server.stop()
    start = time.monotonic()
    server.start(wait=False)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", server.port))
        client.settimeout(0.001)
        while True:
            try:
                client.send(question.wire(1))
                if Message(client.recv(4096)).rcode == "NOERROR":
                    return (time.monotonic() - start) * 1000
            except ConnectionRefusedError:
                time.sleep(0.0005)
            except TimeoutError:
                pass
            assert time.monotonic() - start < 60, f"{server.name} does not come back"


# Zones.

def school_zone():
    lines = [f"$ORIGIN {DOMAIN}.", "$TTL 3600", "@ SOA ns hostmaster 2026112201 3600 900 604800 300", "@ NS ns", "@ MX 10 mail",
             "@ A 192.168.10.1", '@ TXT "v=spf1 mx -all"', "ns A 192.168.10.1", "www A 192.168.10.2", "mail A 192.168.10.3",
             "elearning CNAME www", "ujian CNAME www", "_imaps._tcp SRV 0 1 993 mail", "_submission._tcp SRV 0 1 587 mail",
             "*.siswa A 192.168.10.9", "lab NS ns.lab", "ns.lab A 192.168.10.8"]
    lines += [f"pc{i} A 192.168.10.{100 + i}" for i in range(PCS)]
    return "\n".join(lines) + "\n"


def school_reverse():
    lines = [f"$ORIGIN {REVERSE}", "$TTL 3600", f"@ SOA ns.{DOMAIN}. hostmaster.{DOMAIN}. 1 3600 900 604800 300", f"@ NS ns.{DOMAIN}."]
    lines += [f"{100 + i} PTR pc{i}.{DOMAIN}." for i in range(PCS)]
    lines += [f"{host} PTR {name}.{DOMAIN}." for host, name in ((1, "ns"), (2, "www"), (3, "mail"))]
    return "\n".join(lines) + "\n"


def school_zones():
    return {f"{DOMAIN}.": school_zone(), REVERSE: school_reverse()}


def large_zones():
    lines = [f"$ORIGIN {LARGE}", "$TTL 3600", "@ SOA ns hostmaster 1 3600 900 604800 300", "@ NS ns", "ns A 192.168.10.1"]
    lines += [f"host{i} A 10.{i >> 16}.{i >> 8 & 255}.{i & 255}" for i in range(1, LARGE_NAMES + 1)]
    return {LARGE: "\n".join(lines) + "\n"}


def signed(zones):
    """The same zones with NSEC and ECDSA P-256, as dnssec-signzone makes them."""
    result = {}
    for name, text in zones.items():
        with tempfile.TemporaryDirectory() as folder:
            for more in ([], ["-f", "KSK"]):
                subprocess.run(["dnssec-keygen", "-q", "-K", folder, "-a", "ECDSAP256SHA256", *more, name], check=True, capture_output=True)
            Path(folder, "zone").write_text(text)
            subprocess.run(["dnssec-signzone", "-S", "-K", folder, "-d", folder, "-o", name, "-f", f"{folder}/signed", f"{folder}/zone"], check=True,
                           capture_output=True, cwd=folder)
            result[name] = Path(folder, "signed").read_text()
    return result


# Questions.

def school_mix(do=False, count=4000):
    """What the PCs of a school ask their server for, most of it with EDNS."""
    draw, asked = random.Random(1), []
    for _ in range(count):
        way, pc = draw.random(), f"pc{draw.randrange(PCS)}.{DOMAIN}."
        if way < 0.45:
            name, kind = draw.choice([pc, pc, f"www.{DOMAIN}.", f"mail.{DOMAIN}.", f"{DOMAIN}."]), "A"
        elif way < 0.60:
            name, kind = draw.choice([pc, f"www.{DOMAIN}."]), "AAAA"
        elif way < 0.70:
            name, kind = f"{100 + draw.randrange(PCS)}.{REVERSE}", "PTR"
        elif way < 0.80:
            name, kind = f"tidak{draw.randrange(1000)}.{DOMAIN}.", "A"
        elif way < 0.88:
            name, kind = f"{DOMAIN}.", draw.choice(["MX", "NS", "SOA", "TXT"])
        elif way < 0.93:
            name, kind = draw.choice([f"elearning.{DOMAIN}.", f"ujian.{DOMAIN}."]), "A"
        elif way < 0.96:
            name, kind = f"_imaps._tcp.{DOMAIN}.", "SRV"
        elif way < 0.98:
            name, kind = f"a{draw.randrange(100)}.siswa.{DOMAIN}.", "A"
        else:
            name, kind = f"x.lab.{DOMAIN}.", "A"
        asked.append(Question(name, TYPES[kind], 0x0100, Edns(do=do) if do or draw.random() < 0.7 else None))
    return asked


def large_mix(count=20_000):
    draw = random.Random(2)
    return [Question(f"host{draw.randint(1, LARGE_NAMES)}.{LARGE}" if draw.random() < 0.9 else f"tidak{draw.randrange(10_000)}.{LARGE}",
                     TYPES["A"], 0x0100, Edns() if draw.random() < 0.7 else None) for _ in range(count)]


def write_questions(file, questions, port):
    """For dns_load: each with what the server at `port` says to it; that is what is expected of all."""
    with open(file, "wb") as out:
        for one, data in zip(questions, many(port, questions)):
            message, reply = one.wire(0), Message(data)
            out.write(struct.pack(">HBH", len(message), reply.rcode_bits, reply.counts[1]) + message)
    return file


def update_message(zone, owner, address):
    """RFC 2136: the name's addresses become this one."""
    name = wire_name(owner)
    return (struct.pack(">6H", 0, 5 << 11, 1, 0, 2, 0) + wire_name(zone) + struct.pack(">HH", TYPES["SOA"], 1) +
            name + struct.pack(">HHIH", TYPES["A"], 255, 0, 0) + name + struct.pack(">HHIH", TYPES["A"], 1, 60, 4) + bytes(address))
