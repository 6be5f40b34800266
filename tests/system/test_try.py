"""The two commands: arguments, a second start, a taken port, leftovers. (A whole build is proved by running them.)"""

import os
import signal
import socket
import subprocess
import time

import pytest

from support.appliance import BUILD, ROOT, STANDARD_PORTS, PortBase, wait_until

TRY = ROOT / "appliance" / "try"

pytestmark = pytest.mark.skipif(BUILD != ROOT / "build", reason="try always uses build/")


@pytest.fixture
def place(tmp_path):
    """A state folder, as an argument list with a free port base."""
    reserved = PortBase()
    yield tmp_path / "state", reserved.base, ["--state", str(tmp_path / "state"), "--port-base", str(reserved.base)]
    reserved.release()


def run_try(*words):
    return subprocess.run([TRY, *words], capture_output=True, text=True, timeout=200)


def test_once_proves_the_main_job_again_and_again(place):
    state, base, words = place
    first = run_try("--once", *words)
    assert first.returncode == 0, first.stdout + first.stderr
    for step in ("DNS", "submission", "IMAP", "webmail", "budi", "kepsek", f"localhost:{base + 993}"):
        assert step in first.stdout
    began = time.monotonic()
    second = run_try("--once", *words)
    took = time.monotonic() - began
    assert second.returncode == 0, second.stdout + second.stderr
    assert took < 20, f"{took:.1f} s"  # 5 s on an idle machine; here other tests run beside it
    assert (state / "ca.crt").exists() and (state / "kotakpos.conf").exists()


@pytest.mark.parametrize("words", [["--port-base"], ["--port-base", "many"], ["--port-base", "70000"], ["--what"]])
def test_bad_arguments_are_exit_2(words):
    done = run_try(*words)
    assert done.returncode == 2 and done.stderr


def test_a_taken_port_is_named(place):
    _, base, words = place
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # old connections may linger
        holder.bind(("127.0.0.1", base + STANDARD_PORTS["imap"]))
        holder.listen()
        done = run_try("--once", *words)
    assert done.returncode == 1
    assert str(base + STANDARD_PORTS["imap"]) in done.stderr and f"pid {os.getpid()}" in done.stderr, done.stderr


def test_after_kill_9_nothing_is_left_and_it_starts_again(place):
    state, _, words = place
    running = subprocess.Popen([TRY, *words], stdout=subprocess.PIPE, text=True)
    for line in running.stdout:
        if "Ctrl-C" in line:
            break
    lock = state / "run" / "supervisor.lock"
    supervisor = int(lock.read_text())
    other = run_try("--once", *words)
    assert other.returncode == 1 and "runs already" in other.stderr, other.stderr
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    again = run_try("--once", *words)
    assert again.returncode == 0, again.stdout + again.stderr
    wait_until(lambda: not os.path.exists(f"/proc/{supervisor}"), what="the end of the first appliance")


def test_ctrl_c_stops_everything(place):
    state, _, words = place
    running = subprocess.Popen([TRY, *words], stdout=subprocess.PIPE, text=True, start_new_session=True)
    for line in running.stdout:
        if "Ctrl-C" in line:
            break
    supervisor = int((state / "run" / "supervisor.lock").read_text())
    os.killpg(running.pid, signal.SIGINT)
    assert running.wait(30) == 0
    assert not os.path.exists(f"/proc/{supervisor}")
