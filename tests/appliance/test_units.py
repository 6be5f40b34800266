"""Daemons in units of their own, as the image has them: they fetch their sockets from the supervisor; this test is systemd."""

import os
import signal
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from support.appliance import BUILD, Appliance, wait_until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="each daemon needs a user of its own")

# name: (program, roles, user, further groups), as image/system and the supervisor's table have them
UNITS = {"dnsd": ("dnsd", ["answer"], 64801, []), "dns-keeper": ("dnsd", ["keeper"], 64806, []),
         "maild-in": ("maild", ["smtp", "submission"], 64802, [64805]), "maild-box": ("maild", ["queue", "imap", "pop3"], 64803, [64805]),
         "desk": ("kotakpos", ["desk", "mail"], 64807, [64805]), "desk-names": ("kotakpos", ["desk", "names"], 64806, []),
         "httpd": ("httpd", [], 64804, [])}


class Systemd:
    """Starts units, hears what they say to the service manager."""

    def __init__(self, school, folder):
        self.school, self.processes, self.log = school, {}, open(school.state / "units.log", "ab")
        self.ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.ear.bind(str(folder / "notify"))
        (folder / "notify").chmod(0o777)
        self.heard = set()
        threading.Thread(target=self.listen, daemon=True).start()
        self.environment = {"NOTIFY_SOCKET": str(folder / "notify"),
                            "WATCHDOG_USEC": "400000", "PATH": os.environ["PATH"],
                            **{key: value for key, value in os.environ.items() if key.endswith("SAN_OPTIONS")}}

    def start(self, name):
        program, roles, user, groups = UNITS[name]
        environment = {**self.environment, "KOTAKPOS_HAND_OVER": str(self.school.state / "run" / f"{name}.line")}
        path = BUILD / ("appliance" if program == "kotakpos" else program) / program
        self.processes[name] = subprocess.Popen([path, *roles], env=environment, user=user, group=64800, extra_groups=groups,
                                                stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def listen(self):
        while word := self.ear.recv(1000):
            self.heard.add(word)

    def close(self):
        for process in self.processes.values():
            process.kill()
            process.wait()
        self.log.close()


@pytest.fixture
def school(monkeypatch):
    monkeypatch.setenv("KOTAKPOS_UNITS", "yes")
    with Appliance(start=False) as appliance:
        appliance.start(wait=False)
        wait_until((appliance.state / "run" / "status").exists, 20, "the supervisor, which listens for its daemons by then")
        yield appliance


@pytest.fixture
def systemd(school, tmp_path_factory):
    folder = Path(tmp_path_factory.mktemp("notify"))
    for part in (folder, folder.parent, folder.parent.parent):
        part.chmod(0o755)
    manager = Systemd(school, folder)
    yield manager
    manager.close()


def greeting(school, service):
    with socket.create_connection(("127.0.0.1", school.ports[service]), timeout=20) as connection:
        return connection.recv(4)


def about(school, name):
    """What the supervisor has written about the process; `kotakpos status` would ask every service first, also those that are down."""
    for line in (school.state / "run" / "status").read_text().splitlines():
        words = dict(word.split("=", 1) for word in line.split() if "=" in word)
        if words.get("name") == name:
            return words
    return {}


def state_of(school, name):
    return about(school, name).get("state")


def test_they_serve_and_are_watched(school, systemd):
    assert state_of(school, "maild-in") == "waiting"
    for name in UNITS:
        systemd.start(name)
    wait_until(school.is_ready, 30, "readiness")
    assert greeting(school, "smtp") == b"220 " and greeting(school, "imap") == b"* OK"
    assert about(school, "httpd")["pid"] == str(systemd.processes["httpd"].pid)
    wait_until(lambda: {b"READY=1", b"WATCHDOG=1"} <= systemd.heard, 10, "what the service manager is told")


def test_connections_wait_while_a_unit_starts_again(school, systemd):
    systemd.start("maild-in")
    assert greeting(school, "smtp") == b"220 "
    systemd.processes["maild-in"].kill()
    wait_until(lambda: state_of(school, "maild-in") == "waiting", 10, "the end seen")
    with socket.create_connection(("127.0.0.1", school.ports["smtp"]), timeout=20) as early:
        systemd.start("maild-in")
        assert early.recv(4) == b"220 "
    assert about(school, "maild-in")["restarts"] == "1"


def test_a_second_daemon_of_the_same_user_gets_nothing(school, systemd):
    systemd.start("maild-in")
    assert greeting(school, "smtp") == b"220 "
    first = systemd.processes["maild-in"]
    systemd.start("maild-in")
    assert systemd.processes["maild-in"].wait(10) != 0
    assert about(school, "maild-in")["pid"] == str(first.pid)
    first.kill()
    first.wait()


def test_another_user_gets_nothing(school, systemd, monkeypatch):
    monkeypatch.setitem(UNITS, "dnsd", ("dnsd", ["answer"], UNITS["httpd"][2], []))
    systemd.start("dnsd")
    assert systemd.processes["dnsd"].wait(10) != 0
    assert state_of(school, "dnsd") == "waiting"


def test_they_end_with_the_supervisor(school, systemd):
    for name in ("dnsd", "maild-in"):
        systemd.start(name)
    assert greeting(school, "smtp") == b"220 "
    wait_until(lambda: state_of(school, "dnsd") == "ready", 20, "dnsd")
    school.process.send_signal(signal.SIGKILL)
    for name in ("dnsd", "maild-in"):
        assert systemd.processes[name].wait(10) == 0, "the port would stay taken"


def test_a_restart_asked_for_and_an_orderly_stop(school, systemd):
    systemd.start("dnsd")
    wait_until(lambda: state_of(school, "dnsd") == "ready", 20, "dnsd")
    first = systemd.processes["dnsd"]
    asked = subprocess.Popen([school.program, "service", "restart", "dnsd"], env=school.environment(), stdout=subprocess.DEVNULL)
    assert first.wait(10) == 0
    systemd.start("dnsd")
    assert asked.wait(20) == 0
    assert school.stop() == 0
    assert systemd.processes["dnsd"].wait(10) == 0
