"""The two servers of the benchmarks of IMAP and POP3, with the same mailbox each: a demo school, and Dovecot with a Maildir."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import school_mail
from bench.peers import cpu_seconds
from support.appliance import BUILD, Appliance
from support.dovecot import Dovecot

LOGIN = "beban"
# Few enough that each has its password remembered soon, many enough that no mailbox has thousands of readers.
OTHERS = [f"siswa{number}" for number in range(100)]
PASSWORD = "123"

# As an administrator with many users sets it up (its documentation's "high-performance mode"): login processes that stay, imap and
# pop3 processes that are used again, parking of idle sessions prepared. Passwords are compared, not hashed.
TUNED = """\
pop3_lock_session = no
service imap-login {
  service_count = 0
  process_min_avail = 2
}
service pop3-login {
  service_count = 0
  process_min_avail = 2
}
service imap {
  process_limit = 6000
  service_count = 256
  process_min_avail = 2
  extra_groups = $default_internal_group
  unix_listener imap-master {
    user = $default_internal_user
  }
}
service imap-hibernate {
  unix_listener imap-hibernate {
    mode = 0660
    group = $default_internal_group
  }
}
service pop3 {
  service_count = 256
  process_min_avail = 2
}
service auth {
  client_limit = 60000
}
service anvil {
  client_limit = 60000
}
"""


def load(server, command, *words, **options):
    """What imap_load prints."""
    arguments = [word for name, value in {"login": LOGIN, "password": PASSWORD, **options}.items()
                 for word in (f"--{name}", str(value))]
    done = subprocess.run([BUILD / "tests" / "imap_load", command, *arguments, *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"bench: {server.name}: {command} {' '.join(words)}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def seconds_of(server, command, before=(), each=1, port="imap"):
    words = [word for earlier in before for word in ("--before", earlier)]
    return load(server, "time", *words, "--command", command, "--each", str(each), port=server.ports[port])["seconds"]


def settled(server, quiet=1.0, longest=300):
    """Waits until the server has nothing more to do of its own accord."""
    end, before = time.monotonic() + longest, cpu_seconds(server.roots())
    while time.monotonic() < end:
        time.sleep(quiet)
        now = cpu_seconds(server.roots())
        if now - before <= 0.02 * quiet:
            return
        before = now
    print(f"bench: {server.name} is still busy after {longest} s", file=sys.stderr)


def drop_page_cache():
    """What the kernel has read is forgotten, where we may ask for that; says whether."""
    os.sync()
    try:
        Path("/proc/sys/vm/drop_caches").write_text("3")
    except OSError:
        return False
    return True


class Kotakpos:
    name = "Kotakpos"

    def __init__(self):
        self.school = Appliance()
        self.school.add_user(LOGIN, quota="500G")
        table = self.school.state / "others.csv"
        table.write_text("login,password,quota\n" + "".join(f"{login},{PASSWORD},50G\n" for login in OTHERS))
        self.school.kotakpos("user", "import", str(table))
        self.ports = self.school.ports

    def roots(self):
        return [self.school.process.pid]

    def workers(self):
        """The processes whose memory counts."""
        return [self.school.pid("maild-box")]

    def fill(self, numbers, login=LOGIN):
        with tempfile.NamedTemporaryFile(prefix="kotakpos-bench-", dir="/tmp") as file:
            school_mail.write_for_append(file.name, numbers)
            load(self, "append", port=self.ports["imap"], login=login, mailbox="INBOX", messages=file.name, together=500)
        settled(self)

    def restart(self):
        self.school.stop()
        self.school.start()

    def stop(self):
        self.school.stop()

    def start(self):
        self.school.start()

    def close(self):
        self.school.close()


class TunedDovecot(Dovecot):
    def __init__(self, more=""):
        super().__init__(TUNED + more)

    def roots(self):
        return [self.process.pid]

    def workers(self):
        return descendants(self.process.pid)

    def fill(self, numbers, login=LOGIN):
        """Writes the Maildir itself."""
        maildir = self.mail / login / "Maildir"
        for name in ("cur", "new", "tmp"):
            (maildir / name).mkdir(parents=True, exist_ok=True)
        for number in numbers:
            mail = school_mail.message(number)
            letters = "".join(letter for flag, letter in (("\\Flagged", "F"), ("\\Answered", "R"), ("\\Seen", "S"))
                              if flag in mail.flags)
            raw = mail.raw.replace(b"\r\n", b"\n")
            path = maildir / "cur" / f"{mail.date}.M{number:07}P1.host,S={len(raw)},W={len(mail.raw)}:2,{letters}"
            path.write_bytes(raw)
            os.utime(path, (mail.date, mail.date))
        self.give_mail_to_its_owner()


def descendants(root):
    """A process and everything below it."""
    children = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                fields = Path(entry.path, "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return found


def pss_bytes(pids):
    """Memory, pages that several share divided among them."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total
