"""TLS sessions in IDLE: memory, how soon each wakes, and how soon a mail is seen beside them. Kotakpos and Dovecot with hibernation.

    idle.py [--quick] [--sessions N] [--us]

Dovecot parks a session that has been idle for a while in one process (imap_hibernate_timeout); for that many of them the kernel's
limits of inotify are raised while this runs.
"""

import argparse
import json
import os
import subprocess
import time
from pathlib import Path

from bench.mail_servers import LOGIN, OTHERS, PASSWORD, Kotakpos, TunedDovecot, pss_bytes, settled
from bench.table import compare, row
from support.appliance import BUILD, DOMAIN, wait_until

# The processes of sessions that were put away end soon.
HIBERNATION = """\
imap_hibernate_timeout = 2s
service imap {
  idle_kill = 3s
}
"""
INOTIFY = {"max_user_instances": 40_000, "max_user_watches": 200_000}
WOKEN = 1000
# Sessions that idle while a mail for another mailbox arrives.
BESIDE = (500, 5000)
# Dovecot takes minutes to take in more, and its figure for a session is known by then.
PEER_SESSIONS = 2000


class Idlers:
    """So many sessions in IDLE, spread over the other people of the school."""

    def __init__(self, server, count):
        self.process = subprocess.Popen(
            [BUILD / "tests" / "idle_load", "idle", "--port", str(server.ports["imaps"]), "--login", ",".join(OTHERS),
             "--password", PASSWORD, "--count", str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.opened = self.answer()["opened_s"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(60)

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("bench idle: the sessions are gone")
        return json.loads(line)

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.answer()


class InotifyLimits:
    """As high as so many sessions of Dovecot need them, for a while."""

    def __enter__(self):
        self.before = {}
        for name, value in INOTIFY.items():
            path = Path("/proc/sys/fs/inotify") / name
            now = int(path.read_text())
            if now < value:
                path.write_text(str(value))
                self.before[path] = now

    def __exit__(self, *_):
        for path, value in self.before.items():
            path.write_text(str(value))


def in_idle(server, count):
    """Figures of so many sessions."""
    settled(server)
    without = pss_bytes(server.workers())
    with Idlers(server, count) as idlers:
        if isinstance(server, TunedDovecot):
            wait_until(lambda: len(server.workers()) < 50, 180, "hibernation")
        settled(server)
        memory = pss_bytes(server.workers())
        figures = {"opened": count / idlers.opened, "memory": memory / 2**20, "each": (memory - without) / count / 1024,
                   **idlers.tell(f"wake {WOKEN}")}
        figures["all"] = idlers.tell("all")["all_ms"]
    return figures


def latency(server, hello):
    done = subprocess.run(
        [BUILD / "tests" / "smtp_load", "latency", "--smtp", str(server.ports["smtp"]), "--imap", str(server.ports["imap"]),
         "--count", "20", "--sessions", "1", "--size", "2000", "--login", LOGIN, "--domain", DOMAIN, "--password", PASSWORD,
         "--hello", hello], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def seen_beside(server, count):
    """Milliseconds until a mail is seen in IDLE while so many others idle."""
    with Idlers(server, count):
        time.sleep(3)  # by then Dovecot has put them away
        settled(server)
        return latency(server, "LHLO" if isinstance(server, TunedDovecot) else "EHLO")


def main():
    parser = argparse.ArgumentParser()
    for name in ("quick", "us"):
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--sessions", type=int)
    options = parser.parse_args()
    ours = options.sessions or (2000 if options.quick else 10_000)
    print(f"On {os.cpu_count()} cores; a mail comes by SMTP to us, by LMTP to Dovecot\n")
    row("", "Kotakpos", "Dovecot", "better", "", "aim")
    kinds = [Kotakpos] if options.us else [Kotakpos, lambda: TunedDovecot(HIBERNATION)]
    with InotifyLimits():
        figures = []
        for make in kinds:
            server = make()
            try:
                # Everyone's mailboxes are there, and passwords known, before anything counts.
                with Idlers(server, len(OTHERS)):
                    pass
                count = min(ours, PEER_SESSIONS) if isinstance(server, TunedDovecot) else ours
                found = in_idle(server, count)
                for beside in BESIDE[:1] if options.quick else BESIDE:
                    found[beside] = seen_beside(server, beside)
                figures.append(found)
            finally:
                server.close()
    show(figures, ours, BESIDE[:1] if options.quick else BESIDE)


def show(figures, count, besides):
    mine, peer = (figures + [None])[:2]

    def line(words, name, unit, better, aim="", of=lambda found: found):
        compare(words, of(mine)[name], of(peer)[name] if peer else None, unit, better, aim)

    line(f"{count:,} TLS sessions (Dovecot {min(count, PEER_SESSIONS):,}): opened", "opened", "sessions/s", "more")
    line("memory (PSS)", "memory", "MiB", "less", "< 250 for 10,000")
    line("... a session", "each", "KiB", "less")
    line("woken by its client, median", "median_ms", "ms", "less")
    line("... the slowest", "worst_ms", "ms", "less", "< 100 ms")
    line("... all at once", "all", "ms", "less")
    for beside in besides:
        line(f"a mail beside {beside} others: send to EXISTS", "visible_ms", "ms", "less", of=lambda found: found[beside])
        line("... from its 250", "after_ms", "ms", "less", "< 5 ms", of=lambda found: found[beside])


if __name__ == "__main__":
    main()
