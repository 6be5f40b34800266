"""Starts a whole demo appliance of its own for a test: temporary state folder, free ports, real daemons.

    with Appliance() as school:
        school.ports["imap"], school.state, school.kotakpos("user", "list", "--json")

The fixture `school` (tests/conftest.py) shares one between the tests of a file.
"""

import fcntl
import imaplib
import json
import os
import poplib
import pwd
import re
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("KOTAKPOS_BUILD", ROOT / "build")).resolve()
DOMAIN = "smkn1pendalian.sch.id"
STANDARD_PORTS = {
    "dns": 53, "dot": 853, "smtp": 25, "submission": 587, "submissions": 465, "imap": 143, "imaps": 993,
    "pop3": 110, "pop3s": 995, "http": 80, "https": 443,
}
# Below 32768, where the kernel takes the ports of outgoing connections from.
PORT_BASES = range(11000, 32000, 1000)
START_SECONDS = 60  # a sanitizer build on a busy machine
ANSWERS = """\
language = id
lab = yes
school.name = SMK Negeri 1 Pendalian
domain = smkn1pendalian.sch.id
hostname = mail.smkn1pendalian.sch.id
address = 192.168.10.1/24
ns.address = 192.168.10.1
www.address = 192.168.10.2
mail.address = 192.168.10.3
admin.password = 123
users = ali:123:X-TKJ-1, budi:123:X-TKJ-1, guru1:123::teacher, kepsek:123::head
"""


class PortBase:
    """A base whose ports are free, kept from other tests by a locked file as long as this object lives."""

    def __init__(self):
        folder = Path(tempfile.gettempdir()) / f"kotakpos-ports-{os.getuid()}"
        folder.mkdir(exist_ok=True)
        bases = list(PORT_BASES)
        start = os.getpid() % len(bases)
        for base in bases[start:] + bases[:start]:
            self.lock = open(folder / str(base), "w")
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            if all(is_free(base + port) for port in STANDARD_PORTS.values()):
                self.base = base
                return
            self.lock.close()
        raise RuntimeError("no free range of ports")

    def release(self):
        self.lock.close()


def is_free(port):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def wait_until(condition, seconds=10, what="the condition"):
    """Asks again and again (20 ms apart) until `condition()` is true; gives its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not become true within {seconds} s")
        time.sleep(0.02)


class Appliance:
    def __init__(self, answers=ANSWERS, conf="", state=None, start=True, network=None):
        """`conf`: more lines for kotakpos.conf. `state`: an existing folder (kept at the end). `answers` None: a box
        that nobody has set up yet. `network`: the Namespace whose network and /etc the daemons have."""
        self.program = str(BUILD / "appliance" / "kotakpos")
        self.domain = DOMAIN
        self.host = "127.0.0.1"
        self.network = network
        self.own_state = state is None
        self.state = Path(state or tempfile.mkdtemp(prefix="kotakpos-test-"))
        self.reserved = PortBase()
        self.base = self.reserved.base
        self.ports = {name: self.base + port for name, port in STANDARD_PORTS.items()}
        self.config = self.state / "kotakpos.conf"
        self.log = self.state / "kotakpos.log"
        self.process = None
        self.state.chmod(0o755)
        self.write_config(conf)
        if answers is not None:
            (self.state / "answers").write_text(answers)
            self.kotakpos("setup", "--answers", str(self.state / "answers"))
        if start and answers is not None:
            self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def write_config(self, more=""):
        lines = [f"state = {self.state}", "lab = yes", "language = id", "limits.exempt = 127.0.0.0/8",
                 "login.cleartext = loopback", "dns.threads = 1"]
        lines += [f"{name}.listen = {self.host}:{port}" for name, port in self.ports.items()]
        chosen = {line.split("=")[0].strip() for line in more.splitlines() if "=" in line}
        lines = [line for line in lines if line.split("=")[0].strip() not in chosen]
        self.config.write_text("\n".join(lines) + "\n" + more)

    # Starting and stopping.

    def start(self, wait=True):
        self.log_start = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log:
            # setpriv: a test that is killed must not leave daemons behind.
            command = ["setpriv", "--pdeathsig", "TERM", self.program, "run", "--config", str(self.config)]
            self.process = subprocess.Popen(
                self.network.command(*command) if self.network else command,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment())
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self):
        try:
            wait_until(self.is_ready, START_SECONDS, "the appliance's readiness")
        except AssertionError as error:
            tail = self.log_tail()
            self.close()
            raise AssertionError(f"{error}; the end of its log:\n{tail}") from None

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"kotakpos run ended with {self.process.returncode}")
        return "event=ready services=" in self.log_text()[self.log_start:]

    def stop(self):
        """Asks the supervisor to stop; gives its exit code."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.terminate()
        try:
            code = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process = None
        return code

    def close(self):
        self.stop()
        self.reserved.release()
        if self.own_state and not os.environ.get("KOTAKPOS_KEEP"):
            shutil.rmtree(self.state, ignore_errors=True)

    # The command line.

    def environment(self):
        return {**os.environ, "KOTAKPOS_CONFIG": str(self.config), "NO_COLOR": "1"}

    def run(self, *args, input=None):
        """Runs `kotakpos ARGS`; gives the finished process, whatever its exit code."""
        return subprocess.run([self.program, *args], input=input, text=True, capture_output=True, timeout=60,
                              env=self.environment())

    def kotakpos(self, *args, input=None):
        """Runs `kotakpos ARGS`; gives its standard output. An exit code other than 0 fails the test."""
        done = self.run(*args, input=input)
        assert done.returncode == 0, f"kotakpos {' '.join(args)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def add_user(self, login, password="123", **options):
        words = [word for name, value in options.items() for word in ("--" + name.replace("_", "-"), str(value))]
        self.kotakpos("user", "add", login, *words, "--password-stdin", input=password + "\n")
        return login

    def status(self):
        done = self.run("status", "--json")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def processes(self):
        """The processes of `status --json`, wherever they are in it: dictionaries with name and pid."""
        return [entry for entry in dictionaries(self.status()) if "name" in entry and "pid" in entry]

    def pid(self, service):
        """`dnsd`, `dns-keeper`, `maild-in`, `maild-box` or `httpd`."""
        matching = [process for process in self.processes() if process["name"] == service and process["pid"]]
        assert len(matching) == 1, f"{service}: {[p['name'] for p in self.processes()]}"
        return int(matching[0]["pid"])

    def kill(self, service, number=signal.SIGKILL):
        """Kills the process and gives its old pid."""
        def kill_it():
            pid = self.pid(service)
            try:
                os.kill(pid, number)
            except ProcessLookupError:  # it was killed a moment ago, and the status does not know yet
                return None
            return pid

        return wait_until(kill_it, 20, f"{service}, which is to be killed")

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def log_tail(self, lines=30):
        return "\n".join(self.log_text().splitlines()[-lines:])

    # Clients.

    def tls(self):
        """A client's TLS context that trusts the school's CA and checks the name."""
        return ssl.create_default_context(cafile=str(self.state / "ca.crt"))

    def imap(self, login=None, password="123"):
        client = imaplib.IMAP4_SSL("localhost", self.ports["imaps"], ssl_context=self.tls(), timeout=30)
        if login:
            client.login(login, password)
        return client

    def pop3(self, login=None, password="123"):
        client = poplib.POP3_SSL("localhost", self.ports["pop3s"], context=self.tls(), timeout=30)
        if login:
            client.user(login)
            client.pass_(password)
        return client

    def smtp(self):
        """Port 25, as another server would use it."""
        return smtplib.SMTP("localhost", self.ports["smtp"], local_hostname="client.example", timeout=30)

    def submission(self, login=None, password="123"):
        client = smtplib.SMTP("localhost", self.ports["submission"], local_hostname="client.example", timeout=30)
        client.starttls(context=self.tls())
        if login:
            client.login(login, password)
        return client

    def address(self, login):
        return f"{login}@{self.domain}"

    def subjects(self, login, mailbox="INBOX", password="123"):
        """The subjects in a mailbox, in order."""
        client = self.imap(login, password)
        try:
            client.select(mailbox, readonly=True)
            _, data = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])") if count(client) else (None, [])
            texts = [part[1].decode(errors="replace") for part in data if isinstance(part, tuple)]
            return [re.sub(r"(?is)^subject:\s*", "", text).strip() for text in texts]
        finally:
            client.logout()

    def wait_for_subject(self, login, subject, seconds=20):
        wait_until(lambda: subject in self.subjects(login), seconds, f"the mail '{subject}' of {login}")


def count(client):
    """How many messages the selected mailbox has."""
    return int((client.untagged_responses.get("EXISTS") or [b"0"])[-1])


def dictionaries(value):
    """Every dictionary inside a JSON value."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from dictionaries(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from dictionaries(inner)


def user_of(pid):
    """The name of the user that a process runs as."""
    uid = os.stat(f"/proc/{pid}").st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
