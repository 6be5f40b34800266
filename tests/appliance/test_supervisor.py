"""kotakpos run: daemons come back, sockets stay, a stop is clean, nothing needs an installed machine."""

import os
import shutil
import signal
import socket
import tempfile
import time
from pathlib import Path

import pytest

from support.appliance import BUILD, Appliance, wait_until

# One service of each process, and the beginning of its greeting.
GREETINGS = {"maild-in": ("smtp", b"220"), "maild-box": ("imap", b"* OK"), "httpd": ("http", b"HTTP/1.")}


def greeting(school, service):
    """Connects and gives the first bytes; a refused connection raises."""
    with socket.create_connection(("127.0.0.1", school.ports[service]), timeout=10) as connection:
        if service == "http":
            connection.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
        return connection.recv(100)


def ask_dns(school, seconds=5):
    """The reply to the SOA question of the school zone, asked again every 50 ms."""
    name = b"".join(bytes([len(label)]) + label.encode() for label in school.domain.split(".")) + b"\0"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.05)
        client.connect(("127.0.0.1", school.ports["dns"]))
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                client.send(b"\0\1\0\0\0\1\0\0\0\0\0\0" + name + b"\0\6\0\1")
                return client.recv(1000)
            except (TimeoutError, ConnectionRefusedError):
                pass
    raise AssertionError("no reply")


@pytest.mark.parametrize("process", sorted(GREETINGS))
def test_a_killed_daemon_answers_again_within_a_second_and_refuses_nobody(school, process):
    service, expected = GREETINGS[process]
    assert greeting(school, service).startswith(expected)
    before = school.kill(process)
    begin = time.monotonic()
    assert greeting(school, service).startswith(expected)
    assert time.monotonic() - begin < 1
    assert school.pid(process) != before


def test_a_killed_dnsd_answers_again_within_a_second(school):
    ask_dns(school)
    school.kill("dnsd")
    begin = time.monotonic()
    assert ask_dns(school)[3] & 15 == 0
    assert time.monotonic() - begin < 1


def test_status_counts_restarts(school):
    def restarts():
        return {process["name"]: process["restarts"] for process in school.status()["processes"]}

    before = restarts()["dnsd"]
    school.kill("dnsd")
    wait_until(lambda: restarts()["dnsd"] == before + 1, what="the restart is counted")


def test_a_second_run_on_the_same_state_is_refused(school):
    done = school.run("run")
    assert done.returncode == 1 and str(school.process.pid) in done.stderr and done.stderr.count("\n") == 1


def test_a_taken_port_names_its_holder(tmp_path):
    with Appliance(start=False) as other, socket.socket() as holder:
        holder.bind(("127.0.0.1", other.ports["pop3"]))
        holder.listen()
        done = other.run("run")
        assert done.returncode == 1 and done.stderr.splitlines()[-1].startswith("kotakpos: pop3")
        assert f"pid {os.getpid()}" in done.stderr and "pop3.listen" in done.stderr


def daemons_of(supervisor):
    """Pids of its children, from /proc."""
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    return [int(child) for child in children]


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def test_one_service_is_restarted_and_the_others_go_on(school):
    before = {name: school.pid(name) for name in ("maild-in", "maild-box", "dnsd")}
    assert "maild-in" in school.kotakpos("service", "restart", "maild-in")
    assert school.pid("maild-in") != before["maild-in"]
    assert school.pid("maild-box") == before["maild-box"] and school.pid("dnsd") == before["dnsd"]
    assert oct(os.stat(school.state / "run" / "control.sock").st_mode)[-3:] == "600"
    done = school.run("service", "restart", "nosuch")
    assert done.returncode == 3 and "nosuch" in done.stderr


def test_a_service_that_does_not_stop_is_killed(school):
    pid = school.pid("maild-in")
    os.kill(pid, signal.SIGSTOP)
    school.kotakpos("service", "restart", "maild-in")
    assert school.pid("maild-in") != pid


def test_nonsense_at_the_control_socket_is_logged_only(school):
    pids = {process["pid"] for process in school.processes()}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        for text in (b"", b"stop", b"restart ", b"restart x\n" * 50):
            client.sendto(text, str(school.state / "run" / "control.sock"))
    wait_until(lambda: school.log_text().count("restart-of-nobody") >= 4, what="the log lines")
    assert {process["pid"] for process in school.processes()} == pids


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_every_daemon_and_exits_0(number):
    with Appliance() as box:
        daemons = daemons_of(box.process.pid)
        assert len(daemons) == 7
        box.process.send_signal(number)
        assert box.process.wait(20) == 0
        assert not any(is_alive(pid) for pid in daemons)
        assert "event=crashed" not in box.log_text()


def test_daemons_do_not_outlive_a_killed_supervisor():
    with Appliance() as box:
        daemons = daemons_of(box.process.pid)
        box.process.kill()
        box.process.wait()
        wait_until(lambda: not any(is_alive(pid) for pid in daemons), what="the daemons end")
        box.start()
        ask_dns(box)


def test_daemons_are_not_root_and_cannot_become_it(school):
    if os.geteuid() != 0:
        pytest.skip("only root has users to give")
    users = set()
    for pid in daemons_of(school.process.pid):
        status = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        users.add(status["Uid"].split()[0])
        assert status["CapEff"] == status["CapPrm"] == "0" * 16 and status["NoNewPrivs"] == "1"
    assert len(users) == 6 and "0" not in users  # desk-names is kp-zone, as the keeper


def test_a_clone_that_only_root_may_enter_works():
    if os.geteuid() != 0:
        pytest.skip("only root starts daemons as other users")
    with tempfile.TemporaryDirectory(dir="/root", prefix="kotakpos-test-") as clone:
        state = Path(clone) / "state"
        state.mkdir()
        for program in ("appliance/kotakpos", "dnsd/dnsd", "maild/maild", "httpd/httpd"):
            copy = Path(clone) / program
            copy.parent.mkdir()
            shutil.copy(BUILD / program, copy)
            copy.chmod(0o700)  # as umask 077 makes it
        assert os.stat(clone).st_mode & 0o777 == 0o700
        box = Appliance(state=state, start=False)
        box.program = str(Path(clone) / "appliance" / "kotakpos")
        with box:
            box.start()
            ask_dns(box)
            for service, expected in GREETINGS.values():
                assert greeting(box, service).startswith(expected)


def test_a_missing_program_leaves_the_others_running(tmp_path):
    for program in ("appliance/kotakpos", "dnsd/dnsd"):
        copy = tmp_path / program
        copy.parent.mkdir()
        shutil.copy(BUILD / program, copy)
    if Path("/usr/lib/kotakpos/maild").exists():
        pytest.skip("an installed Kotakpos lends its programs")
    with Appliance(start=False) as box:
        box.program = str(tmp_path / "appliance" / "kotakpos")
        box.start()
        ask_dns(box)
        states = {process["name"]: process["state"] for process in box.status()["processes"]}
        assert states == {"dnsd": "ready", "dns-keeper": "ready", "maild-in": "missing", "maild-box": "missing",
                          "desk": "ready", "desk-names": "ready", "httpd": "missing"}


def test_an_unreadable_database_is_a_clear_error():
    with Appliance(start=False) as box:
        (box.state / "school" / "school.db").write_bytes(b"this is not a database" * 1000)
        done = box.run("run")
        assert done.returncode == 1 and "school.db" in done.stderr and done.stderr.count("\n") == 1


def test_what_setup_makes_anew_belongs_to_the_daemons_that_run_already():
    """As after a power cut in the wizard's work: the box runs on half a school, and root then makes the rest."""
    with Appliance() as box:
        for name in ("server.crt", "server.key"):
            (box.state / "tls" / name).unlink()
        box.kotakpos("setup", "--answers", str(box.state / "answers"))
        for service in ("httpd", "maild-box", "maild-in"):
            box.kotakpos("service", "restart", service)
        wait_until(lambda: all(process["state"] == "ready" for process in box.status()["processes"]), 20, "all services")
        with box.imap("ali") as client:
            client.select("INBOX")
