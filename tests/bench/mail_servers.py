"""The two servers of the benchmarks of IMAP and POP3, with the same mailbox each: a demo school, and Dovecot with a Maildir."""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import school_mail
from bench.peers import cpu_seconds, listens
from support.appliance import BUILD, Appliance, PortBase, wait_until

LOGIN = "beban"
# Few enough that each has its password remembered soon, many enough that no mailbox has thousands of readers.
OTHERS = [f"siswa{number}" for number in range(100)]
PASSWORD = "123"

# As an administrator with many users sets it up (its documentation's "high-performance mode"): login processes that stay,
# imap and pop3 processes that are used again. Passwords are compared, not hashed.
DOVECOT = """\
base_dir = {folder}/dovecot
state_dir = {folder}/dovecot
protocols = imap pop3 lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/server.crt
ssl_key = <{folder}/server.key
default_process_limit = 6000
default_client_limit = 24000
default_vsz_limit = 2G
disable_plaintext_auth = no
log_path = {folder}/dovecot.log
mail_location = maildir:{folder}/mail/%n/Maildir
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 0
mail_fsync = optimized
pop3_lock_session = no
{more}
passdb {{
  driver = static
  args = password=123
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%n allow_all_users=yes
}}
service imap-login {{
  service_count = 0
  process_min_avail = 2
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  service_count = 0
  process_min_avail = 2
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
service imap {{
  process_limit = 6000
  service_count = 256
  process_min_avail = 2
  extra_groups = $default_internal_group
  unix_listener imap-master {{
    user = $default_internal_user
  }}
}}
service imap-hibernate {{
  unix_listener imap-hibernate {{
    mode = 0660
    group = $default_internal_group
  }}
}}
service pop3 {{
  service_count = 256
  process_min_avail = 2
}}
service auth {{
  client_limit = 60000
}}
service anvil {{
  client_limit = 60000
}}
# The word for the port is ours: mail comes in there.
service lmtp {{
  inet_listener lmtp {{
    port = {smtp}
  }}
}}
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


class Dovecot:
    name = "Dovecot"

    def __init__(self, more=""):
        """`more`: further lines of its configuration."""
        self.owner = pwd.getpwnam("mail")
        self.folder = Path(tempfile.mkdtemp(prefix="kotakpos-dovecot-"))
        self.folder.chmod(0o755)
        self.reserved = PortBase()
        base = self.reserved.base
        self.ports = {"imap": base + 143, "imaps": base + 993, "pop3": base + 110, "pop3s": base + 995, "smtp": base + 25}
        (self.folder / "mail").mkdir()
        os.chown(self.folder / "mail", self.owner.pw_uid, self.owner.pw_gid)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", self.folder / "server.key", "-out", self.folder / "server.crt", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-days", "30"], check=True, capture_output=True)
        (self.folder / "dovecot.conf").write_text(DOVECOT.format(
            folder=self.folder, uid=self.owner.pw_uid, gid=self.owner.pw_gid, more=more, **self.ports))
        self.start()

    def start(self):
        with open(self.folder / "output", "ab") as output:  # it warns of limits that the load does not reach
            self.process = subprocess.Popen(["dovecot", "-F", "-c", self.folder / "dovecot.conf"], stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=output)
        for port in self.ports.values():
            wait_until(lambda: listens(port), 20, f"a listener on port {port}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def restart(self):
        self.stop()
        self.start()

    def roots(self):
        return [self.process.pid]

    def workers(self):
        return descendants(self.process.pid)

    def fill(self, numbers, login=LOGIN):
        """Writes the Maildir itself."""
        maildir = self.folder / "mail" / login / "Maildir"
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
        subprocess.run(["chown", "-R", f"{self.owner.pw_uid}:{self.owner.pw_gid}", self.folder / "mail" / login], check=True)

    def close(self):
        self.stop()
        self.reserved.release()
        shutil.rmtree(self.folder, ignore_errors=True)


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
