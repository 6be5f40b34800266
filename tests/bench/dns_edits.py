"""One record changed until it is served: through our store, by UPDATE, or by rewriting the zone file and a reload."""

import json
import re
import socket
import statistics
import subprocess
import time

from bench.dns_servers import BUILD, update_message
from support.dns_message import RCODES, Message, question

DATABASES = ("dns", "school")  # the zones' own database, or the one before it


def served_after_edits(server, zone, count):
    """The medians in ms: from the request (reload, UPDATE), and, where it can be told apart, from the commit."""
    if server.name == "Kotakpos":
        said = edit_ours(server.school, server.port, zone, count)
        return said["all_ms"], said["served_ms"]
    return (edit_by_update(server, zone, count) if server.name == "BIND" else edit_by_reload(server, zone, count)), None


def edit_ours(school, port, zone, count):
    """What dns_edit says: from the commit to the first answer with it."""
    schema = next(name for name in DATABASES if (school.state / name / f"{name}.db").exists())
    done = subprocess.run([BUILD / "tests" / "dns_edit", school.state / schema / f"{schema}.db", schema, zone, str(count), str(port)],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Asker:
    def __init__(self, port):
        self.client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.client.connect(("127.0.0.1", port))
        self.number = 0

    def ask(self, message, patience=0.005):
        """The reply; asks again when there is none."""
        self.number = self.number % 65535 + 1
        number = self.number.to_bytes(2, "big")
        self.client.settimeout(patience)
        while True:
            try:
                self.client.send(number + message[2:])
                while (reply := self.client.recv(4096))[:2] != number:
                    pass
                return Message(reply)
            except (TimeoutError, ConnectionRefusedError):
                pass

    def wait_for(self, name, address, start):
        """ms until the name has the address."""
        asked = question(name)
        while time.monotonic() - start < 60:
            if any(record[4] == bytes(address) for record in self.ask(asked).answer):
                return (time.monotonic() - start) * 1000
        raise AssertionError(f"{name} is not served")


def edit_by_update(server, zone, count):
    """From sending the UPDATE, which is acknowledged when it is done."""
    asker, taken = Asker(server.port), []
    for i in range(count):
        address = (10, 78, i // 250, i % 250 + 1)
        start = time.monotonic()
        reply = asker.ask(update_message(zone, f"ubah.{zone}", address), patience=10)
        assert reply.rcode_bits == 0, f"{server.name}: {RCODES.get(reply.rcode_bits)}"
        taken.append(asker.wait_for(f"ubah.{zone}", address, start))
    return statistics.median(taken)


def edit_by_reload(server, zone, count):
    """From the signal; the file has been written before."""
    asker, taken = Asker(server.port), []
    text = next(one.text for one in server.zones if one.name == zone)
    for i in range(count):
        address = (10, 79, i // 250, i % 250 + 1)
        raised = re.sub(r"hostmaster (\d+)", lambda found: f"hostmaster {int(found.group(1)) + i + 1}", text, 1)
        server.rewrite(zone, raised + f"ubah 60 A {'.'.join(map(str, address))}\n")
        start = time.monotonic()
        server.reload()
        taken.append(asker.wait_for(f"ubah.{zone}", address, start))
    return statistics.median(taken)
