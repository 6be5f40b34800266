"""Durable deliveries per second, CPU and latency: Kotakpos beside Postfix + Dovecot (LMTP, Maildir, fsync on).

Both get the same load in turn, several rounds; medians are printed. Differences below 15 % are noise.
"""

import json
import os
import statistics
import subprocess
import sys

from bench.peers import PostfixDovecot, cpu_seconds
from support.appliance import BUILD, DOMAIN, Appliance

ROUNDS = int(os.environ.get("KOTAKPOS_BENCH_ROUNDS", "3"))
SIZE = 2000
# Sessions, mails a round.
LOADS = [(1, 600), (10, 1200), (50, 1200)]
LOGIN = "beban"


class Kotakpos:
    name = "Kotakpos"

    def __init__(self):
        self.school = Appliance()
        self.school.add_user(LOGIN, quota="20G")
        self.ports = self.school.ports

    def roots(self):
        return [self.school.process.pid]

    def close(self):
        self.school.close()


def load(server, command, sessions, count, size):
    done = subprocess.run(
        [BUILD / "tests" / "smtp_load", command, "--smtp", str(server.ports["smtp"]), "--imap", str(server.ports["imap"]),
         "--count", str(count), "--sessions", str(sessions), "--size", str(size), "--login", LOGIN, "--domain", DOMAIN,
         "--password", "123"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"bench smtp: {server.name}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def measure(servers, command, sessions, count, size):
    """The median of each figure for each server, in alternating rounds."""
    figures = {server.name: {} for server in servers}
    for _ in range(ROUNDS):
        for server in servers:
            before = cpu_seconds(server.roots())
            result = load(server, command, sessions, count, size)
            result["cpu_per_1000"] = (cpu_seconds(server.roots()) - before) * 1000 / count
            for name, value in result.items():
                figures[server.name].setdefault(name, []).append(value)
    return {server: {name: statistics.median(values) for name, values in lists.items()} for server, lists in figures.items()}


def row(words, ours, theirs, ratio, unit):
    print(f"{words:<44} {ours:>12} {theirs:>18} {ratio:>8}  {unit}", flush=True)


def compare(words, figures, name, unit, better):
    ours, theirs = figures["Kotakpos"][name], figures["Postfix + Dovecot"][name]
    ratio = (ours / theirs if better == "more" else theirs / ours) if ours and theirs else 0
    row(words, f"{ours:.2f}", f"{theirs:.2f}", f"{ratio:.1f} x", unit)


def main():
    servers = [Kotakpos(), PostfixDovecot()]
    try:
        print(f"Median of {ROUNDS} alternating rounds on {os.cpu_count()} cores; {SIZE} bytes a mail, one mailbox, fsync on\n")
        row("", "Kotakpos", "Postfix + Dovecot", "better", "")
        for server in servers:
            load(server, "deliver", 1, 50, SIZE)  # warm
        for sessions, count in LOADS:
            figures = measure(servers, "deliver", sessions, count, SIZE)
            compare(f"accepted, {sessions} sessions", figures, "accepted_per_s", "mails/s", "more")
            compare(f"delivered, {sessions} sessions", figures, "delivered_per_s", "mails/s", "more")
            compare(f"CPU, {sessions} sessions", figures, "cpu_per_1000", "s per 1,000", "less")
        for words, count, size in (("text", 20, SIZE), ("10 MB", 3, 10_000_000)):
            figures = measure(servers, "latency", 1, count, size)
            compare(f"send to 250, {words}", figures, "accepted_ms", "ms", "less")
            compare(f"send to EXISTS in IDLE, {words}", figures, "visible_ms", "ms", "less")
    finally:
        for server in servers:
            server.close()


if __name__ == "__main__":
    main()
