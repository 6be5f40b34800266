"""NSD, Knot and BIND (Debian's) on loopback in temporary folders, for tests and tests/bench/dns.py.

    with Nsd([PeerZone("sch.id", text=ZONE, allow_transfer=[KEY])], keys=[KEY]) as nsd:
        nsd.ask("www.sch.id", "A").rcode, nsd.port

    PeerZone("sch.id", primaries=[Remote(school.ports["dns"], KEY)], allow_notify=[KEY])     a secondary of ours
    PeerZone("sch.id", text=..., notify=[Remote(port)], allow_transfer=[ANYONE])             a primary that tells us

Every class takes the same words, starts on a free port, is ready when __init__ returns (each primary zone answers its SOA)
and ends in close(). `more` in PeerZone and the servers: lines of the peer's own configuration language.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.appliance import is_free, wait_until
from support.dns_message import ask

PEER_PORTS = range(7000, 8000)  # below those of the appliances
ANYONE = "anyone"  # in allow_...: no key asked


@dataclass(frozen=True)
class TsigKey:
    name: str
    secret: str  # base64
    algorithm: str = "hmac-sha256"


@dataclass(frozen=True)
class Remote:
    """Another name server: where we are notified or transferred from."""
    port: int
    key: TsigKey = None
    address: str = "127.0.0.1"
    via: str = None  # our own address towards it (Knot only)


@dataclass
class PeerZone:
    name: str
    text: str = None  # a zone file's text, or:
    file: str = None
    primaries: list = field(default_factory=list)  # Remotes; then it is a secondary zone
    notify: list = field(default_factory=list)  # Remotes
    allow_transfer: list = field(default_factory=list)  # TsigKeys or ANYONE
    allow_notify: list = field(default_factory=list)
    allow_update: list = field(default_factory=list)  # Knot and BIND only
    more: str = ""  # inside the zone's block


class FreePort:
    """A port kept from other tests by a locked file as long as this object lives."""

    def __init__(self):
        folder = Path(tempfile.gettempdir()) / f"kotakpos-ports-{os.getuid()}"
        folder.mkdir(exist_ok=True)
        start = os.getpid() * 7 % len(PEER_PORTS)
        for port in [*PEER_PORTS[start:], *PEER_PORTS[:start]]:
            self.lock = open(folder / str(port), "w")
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self.lock.close()
                continue
            if is_free(port):
                self.number = port
                return
            self.lock.close()
        raise RuntimeError("no free port")

    def release(self):
        self.lock.close()


def missing(*names):
    """Which of the programs are not installed."""
    return [name for name in names if not shutil.which(name, path="/usr/sbin:/usr/bin:" + os.environ.get("PATH", ""))]


needs_peers = pytest.mark.skipif(bool(missing("nsd", "knotd", "named")),
                                 reason=f"not installed: {', '.join(missing('nsd', 'knotd', 'named'))}")


class Peer:
    """`start=False`: only writes the configuration. `threads`: UDP workers. `address`: where it listens; `v6`: there too."""
    name = program = ""

    def __init__(self, zones=(), keys=(), threads=1, more="", address="127.0.0.1", v6=None, port=None, start=True):
        self.zones, self.threads, self.more, self.address, self.v6 = list(zones), threads, more, address, v6
        self.keys = {key.name: key for key in [*keys, *self.keys_of_zones()]}.values()
        self.reserved = FreePort() if port is None else None
        self.port = port or self.reserved.number
        self.folder = Path(tempfile.mkdtemp(prefix=f"kotakpos-{self.program}-"))
        self.folder.chmod(0o755)
        self.process = None
        for zone in self.zones:
            if zone.text is not None:
                self.file(zone).write_text(zone.text)
        self.configuration = self.folder / "conf"
        self.configuration.write_text(self.configure())
        if start:
            self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def keys_of_zones(self):
        for zone in self.zones:
            yield from (key for key in zone.allow_transfer + zone.allow_notify + zone.allow_update if key != ANYONE)
            yield from (remote.key for remote in zone.primaries + zone.notify if remote.key)

    def file(self, zone):
        """Where the zone's text is; a secondary writes it there."""
        return Path(zone.file) if zone.file else self.folder / (zone.name.rstrip(".") + ".zone")

    def start(self, wait=True):
        with open(self.folder / "output", "ab") as output:
            # setpriv: a test that is killed must not leave servers behind.
            self.process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *self.command()], cwd=self.folder,
                                            stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        if wait:
            try:
                wait_until(self.is_ready, 60, f"{self.name}'s readiness")
            except AssertionError as error:
                told = self.log_text()[-3000:]
                self.close()
                raise AssertionError(f"{error}:\n{told}") from None

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name} ended with {self.process.returncode}")
        primary = [zone.name for zone in self.zones if not zone.primaries]
        replies = [self.ask(name, "SOA", seconds=0.2) for name in primary or ["."]]
        return all(reply and (not primary or reply.rcode == "NOERROR") for reply in replies)

    def ask(self, name, kind="A", tcp=False, seconds=3, **options):
        """The reply as a dns_message.Message, None without one."""
        return ask(self.port, name, kind, tcp, self.address, seconds, **options)

    def serial(self, zone):
        """The serial it serves; None without the zone."""
        reply = self.ask(zone, "SOA")
        if not reply or reply.rcode != "NOERROR" or not reply.answer:
            return None
        return int.from_bytes(reply.answer[0][4][-20:-16], "big")

    def wait_for_serial(self, zone, serial, seconds=20):
        wait_until(lambda: self.serial(zone) == serial, seconds, f"serial {serial} of {zone} at {self.name}")

    def rewrite(self, zone_name, text):
        """Another zone file for a primary zone; `reload` makes it served."""
        zone = next(zone for zone in self.zones if zone.name == zone_name)
        new = self.folder / "new-zone"
        new.write_text(text)
        new.rename(self.file(zone))

    def reload(self):
        os.kill(self.main_pid(), signal.SIGHUP)

    def main_pid(self):
        return self.process.pid

    def log_text(self):
        return "".join(path.read_text(errors="replace") for path in (self.folder / "output", self.folder / "log") if path.exists())

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def close(self):
        self.stop()
        if self.reserved:
            self.reserved.release()
        if not os.environ.get("KOTAKPOS_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)


class Nsd(Peer):
    name, program = "NSD", "nsd"

    def command(self):
        return ["/usr/sbin/nsd", "-d", "-c", self.configuration]

    def control(self, *words):
        """nsd-control WORDS; gives what it says."""
        done = subprocess.run(["/usr/sbin/nsd-control", "-c", self.configuration, *words], capture_output=True, text=True, check=True)
        return done.stdout

    def configure(self):
        folder = self.folder
        text = f"""server:
  ip-address: {self.address}@{self.port}
{f"  ip-address: {self.v6}@{self.port}" if self.v6 else ""}
  username: ""
  database: ""
  zonesdir: {folder}
  pidfile: {folder}/pid
  logfile: {folder}/log
  zonelistfile: {folder}/zone.list
  xfrdfile: {folder}/xfrd.state
  xfrdir: {folder}
  xfrd-reload-timeout: 0
  server-count: {self.threads}
  reuseport: {"yes" if self.threads > 1 else "no"}
  tcp-count: 12000
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
  round-robin: no
  {self.more}
remote-control:
  control-enable: yes
  control-interface: {folder}/control
"""
        for key in self.keys:
            text += f"key:\n  name: {key.name}\n  algorithm: {key.algorithm}\n  secret: \"{key.secret}\"\n"
        for zone in self.zones:
            text += f"zone:\n  name: {zone.name}\n  zonefile: {self.file(zone)}\n"
            for remote in zone.primaries:
                text += f"  request-xfr: {remote.address}@{remote.port} {key_name(remote.key)}\n"
            for remote in zone.notify:
                text += f"  notify: {remote.address}@{remote.port} {key_name(remote.key)}\n  notify-retry: 1\n"
            for key in zone.allow_transfer:
                text += f"  provide-xfr: 0.0.0.0/0 {key_name(key)}\n"
            for key in zone.allow_notify:
                text += f"  allow-notify: 0.0.0.0/0 {key_name(key)}\n"
            text += f"  {zone.more}\n"
        return text


def key_name(key):
    return key.name if isinstance(key, TsigKey) else "NOKEY"


class Knot(Peer):
    name, program = "Knot", "knotd"

    def command(self):
        return ["/usr/sbin/knotd", "-c", self.configuration]

    def control(self, *words):
        """knotc WORDS; gives what it says."""
        done = subprocess.run(["/usr/sbin/knotc", "-s", self.folder / "control", *words], capture_output=True, text=True, check=True)
        return done.stdout

    def remotes(self):
        """Each remote with a name of its own."""
        seen = dict.fromkeys(remote for zone in self.zones for remote in zone.primaries + zone.notify)
        return {remote: f"remote{number}" for number, remote in enumerate(seen)}

    def configure(self):
        folder, remotes = self.folder, self.remotes()
        (folder / "database").mkdir(exist_ok=True)  # journal and catalog are nothing without it
        text = f"""server:
    listen: [{", ".join(f"{one}@{self.port}" for one in (self.address, self.v6) if one)}]
    rundir: {folder}
    udp-workers: {self.threads}
    tcp-workers: {self.threads}
    background-workers: 1
    tcp-max-clients: 12000
    tcp-idle-timeout: 60
control:
    listen: {folder}/control
database:
    storage: {folder}/database
    journal-db-max-size: 64M
log:
  - target: {folder}/log
    any: info
{self.more}
"""
        text += section("key", [f"id: {key.name}\n    algorithm: {key.algorithm}\n    secret: {key.secret}" for key in self.keys])
        text += section("remote", [
            f"id: {name}\n    address: {remote.address}@{remote.port}" + (f"\n    key: {remote.key.name}" if remote.key else "") +
            (f"\n    via: {remote.via}" if remote.via else "")
            for remote, name in remotes.items()])
        rules, zones = [], []
        for zone in self.zones:
            used = []
            for action, keys in (("transfer", zone.allow_transfer), ("notify", zone.allow_notify), ("update", zone.allow_update)):
                for key in keys:
                    used.append(f"rule{len(rules)}")
                    rules.append(f"id: {used[-1]}\n    action: {action}" + (f"\n    key: {key.name}" if key != ANYONE else ""))
            lines = [f"domain: {zone.name}", f"file: {self.file(zone)}", "semantic-checks: off"]
            lines += [f"acl: [{', '.join(used)}]"] * bool(used)
            lines += [f"master: [{', '.join(remotes[remote] for remote in zone.primaries)}]"] * bool(zone.primaries)
            lines += [f"notify: [{', '.join(remotes[remote] for remote in zone.notify)}]"] * bool(zone.notify)
            lines += zone.more.splitlines()
            zones.append("\n    ".join(line.strip() for line in lines))
        return text + section("acl", rules) + section("zone", zones)


def section(name, entries):
    return f"{name}:\n" + "".join(f"  - {entry}\n" for entry in entries) if entries else ""


class Bind(Peer):
    name, program = "BIND", "named"

    def command(self):
        # A copy: where AppArmor is on, its profile of /usr/sbin/named allows no other folders.
        copy = self.folder / "named"
        if not copy.exists():
            shutil.copy("/usr/sbin/named", copy)
        return [copy, "-f", "-n", str(self.threads), "-c", self.configuration]

    def configure(self):
        folder = self.folder
        text = f"""options {{
  directory "{folder}";
  listen-on port {self.port} {{ {self.address}; }};
  listen-on-v6 port {self.port} {{ {self.v6 or "none"}; }};
  pid-file "{folder}/pid";
  session-keyfile "{folder}/session.key";
  managed-keys-directory "{folder}";
  recursion no;
  empty-zones-enable no;
  dnssec-validation no;
  allow-transfer {{ none; }};
  notify explicit;
  notify-delay 0;
  serial-query-rate 1000;
  tcp-clients 12000;
  max-records-per-type 0;
  max-types-per-name 0;
  {self.more}
}};
controls {{}};
logging {{ channel file {{ file "{folder}/log"; severity info; }}; category default {{ file; }}; }};
"""
        for key in self.keys:
            text += f'key "{key.name}" {{ algorithm {key.algorithm}; secret "{key.secret}"; }};\n'
        for zone in self.zones:
            text += f'zone "{zone.name}" {{ type {"secondary" if zone.primaries else "primary"}; file "{self.file(zone)}";\n'
            for word, remotes in (("primaries", zone.primaries), ("also-notify", zone.notify)):
                if remotes:
                    text += f"  {word} {{ " + " ".join(
                        f"{r.address} port {r.port}" + (f' key "{r.key.name}"' if r.key else "") + ";" for r in remotes) + " };\n"
            for word, keys in (("transfer", zone.allow_transfer), ("notify", zone.allow_notify), ("update", zone.allow_update)):
                if keys:
                    text += f"  allow-{word} {{ " + " ".join(
                        "any;" if key == ANYONE else f'key "{key.name}";' for key in keys) + " };\n"
            text += f"  {zone.more}\n}};\n"
        return text


PEERS = {"nsd": Nsd, "knot": Knot, "bind": Bind}
