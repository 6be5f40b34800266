"""Durable deliveries per second, CPU and latency: Kotakpos beside Postfix + Dovecot (LMTP, Maildir, fsync on).

Both get the same load in turn, several rounds; medians are printed. Differences below 15 % are noise. The last part asks only
us: what 100,000 waiting messages for another server do to the rates (the peers take minutes to accept so many).
"""

import json
import os
import subprocess
import sys

from bench.peers import PostfixDovecot, bytes_below, cpu_seconds
from bench.table import ROUNDS, alternate, row
from support.appliance import BUILD, DOMAIN, Appliance

SIZE = 2000
# Sessions, mails a round.
LOADS = [(1, 600), (10, 1200), (50, 1200)]
LOGIN = "beban"
PUPILS = [f"siswa{number}" for number in range(400)]
CLASS = "x-besar"
WAITING = 100_000
# An alias whose address elsewhere takes no connection: what is sent to it waits in the queue.
FAR = "luar"
FAR_ADDRESS = "seseorang@[127.0.0.9]"
TEN_MB = 10_000_000


class Kotakpos:
    name = "Kotakpos"

    def __init__(self):
        self.school = Appliance()
        self.school.add_user(LOGIN, quota="50G")
        table = self.school.state / "pupils.csv"
        table.write_text("login,class,password\n" + "".join(f"{login},{CLASS.upper()},123\n" for login in PUPILS))
        self.school.kotakpos("class", "add", CLASS.upper())
        self.school.kotakpos("user", "import", str(table))
        self.school.kotakpos("class", "writers", CLASS.upper(), "everyone")
        self.school.kotakpos("alias", "add", FAR, FAR_ADDRESS)
        self.ports = self.school.ports

    def roots(self):
        return [self.school.process.pid]

    def disk_bytes(self):
        return bytes_below(self.school.state / "mail")

    def waiting(self):
        return self.school.status()["queue"]["messages"]

    def close(self):
        self.school.close()


def load(server, command, sessions, count, size, to="", logins=(LOGIN,)):
    done = subprocess.run(
        [BUILD / "tests" / "smtp_load", command, "--smtp", str(server.ports["smtp"]), "--imap", str(server.ports["imap"]),
         "--count", str(count), "--sessions", str(sessions), "--size", str(size), "--login", ",".join(logins),
         "--domain", DOMAIN, "--password", "123", "--to", to], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"bench smtp: {server.name}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def measure(servers, command, sessions, count, size, **more):
    """The median of each figure for each server, in alternating rounds."""

    def once(server):
        before, disk = cpu_seconds(server.roots()), server.disk_bytes()
        result = load(server, command, sessions, count, size, **more)
        result["cpu_per_1000"] = (cpu_seconds(server.roots()) - before) * 1000 / count
        result["disk_mb"] = (server.disk_bytes() - disk) / 1e6
        return result

    return dict(zip((server.name for server in servers), alternate(servers, once)))


def compare(words, figures, name, unit, better, aim=""):
    ours, theirs = figures["Kotakpos"][name], figures["Postfix + Dovecot"][name]
    ratio = (ours / theirs if better == "more" else theirs / ours) if ours and theirs else 0
    row(words, f"{ours:.2f}", f"{theirs:.2f}", f"{ratio:.1f} x", unit, aim)


def rates(servers):
    for sessions, count in LOADS:
        figures = measure(servers, "deliver", sessions, count, SIZE)
        aim = "10 x" if sessions > 1 else ""
        compare(f"accepted, {sessions} sessions", figures, "accepted_per_s", "mails/s", "more")
        compare(f"delivered, {sessions} sessions", figures, "delivered_per_s", "mails/s", "more", aim)
        compare(f"CPU, {sessions} sessions", figures, "cpu_per_1000", "s per 1,000", "less", aim)


def latencies(servers):
    for words, count, size, aim in (("text", 20, SIZE, "< 5 ms"), ("10 MB", 3, TEN_MB, ""), ("20 MB", 3, 2 * TEN_MB, "< 300 ms")):
        figures = measure(servers, "latency", 1, count, size)
        compare(f"send to 250, {words}", figures, "accepted_ms", "ms", "less")
        compare(f"send to EXISTS in IDLE, {words}", figures, "visible_ms", "ms", "less", aim)


def whole_class(servers):
    figures = measure(servers, "class", 1, 1, TEN_MB, to=CLASS, logins=PUPILS)
    compare("10 MB to a class of 400: the 250", figures, "accepted_ms", "ms", "less")
    compare("... in every mailbox", figures, "everywhere_ms", "ms", "less", "< 200 ms")
    compare("... disk", figures, "disk_mb", "MB", "less", "that of one")


def waiting(ours):
    """Rates with a full queue beside those without: the ratio is that of the two, more is better."""
    plain = {sessions: load(ours, "deliver", sessions, count, SIZE) for sessions, count in LOADS}
    filled = load(ours, "fill", 10, WAITING, SIZE, to=FAR)
    row(f"filling the queue: {ours.waiting()} messages wait", f"{filled['accepted_per_s']:.2f}", "", "", "mails/s")
    for sessions, count in LOADS:
        now = load(ours, "deliver", sessions, count, SIZE)
        ratio = now["delivered_per_s"] / plain[sessions]["delivered_per_s"]
        row(f"... delivered beside them, {sessions} sessions", f"{now['delivered_per_s']:.2f}", "", f"{ratio:.1f} x", "mails/s", "1 x")
    text = load(ours, "latency", 1, 20, SIZE)
    row("... text: send to EXISTS in IDLE", f"{text['visible_ms']:.2f}", "", "", "ms", "< 5 ms")


def main():
    servers = [Kotakpos(), PostfixDovecot({CLASS: PUPILS, FAR: [FAR_ADDRESS]})]
    try:
        print(f"Median of {ROUNDS} alternating rounds on {os.cpu_count()} cores; {SIZE} bytes a mail, one mailbox, fsync on\n")
        row("", "Kotakpos", "Postfix + Dovecot", "better", "", "aim")
        for server in servers:
            load(server, "deliver", 1, 50, SIZE)  # warm
        rates(servers)
        latencies(servers)
        whole_class(servers)
        if "--quick" not in sys.argv:
            waiting(servers[0])
    finally:
        for server in servers:
            server.close()


if __name__ == "__main__":
    main()
