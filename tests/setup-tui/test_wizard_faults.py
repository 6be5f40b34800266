"""The wizard when something goes wrong: power cuts, signals, crashes, ports, rights, a full disk."""

import os
import signal
import socket
import subprocess

import pytest

from support.appliance import wait_until
from support.terminal import Terminal
from support.wizard import PAGES, PROGRAM, NewBox, cut_power, enter_to, fill, passwords, place


@pytest.fixture
def box():
    with NewBox() as new_box:
        yield new_box


def files(box):
    return sorted(str(path.relative_to(box.state)) for path in box.state.rglob("*") if path.name != "setup-draft")


def test_a_power_cut_costs_nothing_and_no_password_is_on_the_disk(box):
    with box.wizard() as terminal:
        enter_to(terminal, 2)
        fill(terminal, "SMK Listrik Padam")
        enter_to(terminal, 5)
        fill(terminal, None, "kuda-laut-77-sawah")
        enter_to(terminal, 7)
        cut_power(terminal)
    draft = box.state / "setup-draft"
    assert draft.stat().st_mode & 0o777 == 0o600
    assert "SMK Listrik Padam" in draft.read_text() and "kuda" not in draft.read_text()
    assert all(b"kuda-laut" not in path.read_bytes() for path in box.state.rglob("*") if path.is_file())
    with box.wizard() as terminal:
        # A password was typed: that page comes first, the others are as they were.
        terminal.shows("Mohon ketik lagi kata sandinya")
        assert place(terminal) == 5
        terminal.type("Escape", "Escape", "Escape")
        terminal.shows("SMK Listrik Padam", "smklistrikpadam.sch.id")


def test_without_typed_passwords_it_goes_on_where_it_was(box):
    with box.wizard() as terminal:
        enter_to(terminal, 7)
        cut_power(terminal)
    with box.wizard() as terminal:
        terminal.shows("Jawaban Anda yang lalu masih ada.")
        assert place(terminal) == 7


def test_a_damaged_draft_is_no_draft(box):
    (box.state / "setup-draft").write_bytes(b"\xff\x00 = \n=\nwizard.step")
    with box.wizard() as terminal:
        terminal.shows("Bahasa / Language")
        assert place(terminal) == 1


def test_a_cut_in_the_middle_of_apply_is_completed_with_passwords_that_are_shown(box):
    with box.wizard() as terminal:
        enter_to(terminal, 9)
        terminal.shows("Semuanya bekerja.", seconds=60)
        cut_power(terminal)  # before the last page: nobody has seen the passwords
    with box.wizard() as terminal:
        terminal.shows("Semua jawaban")
        enter_to(terminal, PAGES - 1)  # a school that is there is not asked for its zone's addresses
        terminal.shows("Kotak siap dipakai")
        words = passwords(terminal.screen())
        assert set(words) == {"admin", "ali", "budi"}
        box.kotakpos("check")
    for login, word in words.items():
        done = subprocess.run(["curl", "-sk", "--url", f"imaps://localhost:{box.ports['imaps']}/", "-u", f"{login}:{word}"],
                              capture_output=True)
        assert done.returncode == 0, (login, done.stderr)


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 1), (signal.SIGHUP, 1), (signal.SIGINT, 1),
                                          (signal.SIGSEGV, 139), (signal.SIGABRT, 134)])
def test_the_terminal_is_sane_after_a_signal_and_after_a_crash(box, number, code):
    with box.wizard() as terminal:
        enter_to(terminal, 3)
        os.kill(terminal.pid(), number)
        terminal.ended(code)
        assert "Jaringan" not in terminal.screen().split("ended with")[0]


def test_a_terminal_that_hangs_up_ends_the_wizard_and_keeps_the_answers(box):
    terminal = box.wizard()
    enter_to(terminal, 4)
    pid = terminal.pid()
    terminal.close()
    wait_until(lambda: not os.path.exists(f"/proc/{pid}"), 10, "the wizard's end")
    with box.wizard() as again:
        again.shows("Jawaban Anda yang lalu masih ada.")
        assert place(again) == 4


def test_a_port_that_is_taken_is_named_and_the_box_stays_as_it_was(box):
    before = files(box)
    text = box.config.read_text()
    with socket.create_server(("127.0.0.1", box.ports["imap"])), box.wizard() as terminal:
        enter_to(terminal, 9)
        terminal.shows("sudah dipakai", "Kotak kembali seperti semula", f"127.0.0.1:{box.ports['imap']}")
        assert files(box) == before and box.config.read_text() == text
        terminal.type("Escape")
        terminal.shows("Semua jawaban")
        enter_to(terminal, 9)
        terminal.shows("Kotak kembali seperti semula")
        terminal.type("F10")
        terminal.ended(1)
    with box.wizard() as terminal:
        terminal.shows("Semua jawaban", "SMK Negeri 1 Pendalian")
        enter_to(terminal, PAGES)
        assert "admin" in passwords(terminal.screen())


def test_a_folder_without_rights_is_refused_with_a_way_out(box):
    """As a user who may not write there: the draft cannot be kept, and apply says why it cannot go on."""
    before = files(box)
    words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", PROGRAM, "--config", box.config]
    if os.geteuid() != 0 or not can_run(words[:-3]):
        pytest.skip("another user cannot run the program here")
    with Terminal(words, env={**box.environment(), "HOME": "/"}) as terminal:
        enter_to(terminal, 2)
        terminal.shows("tidak dapat ditulis")
        enter_to(terminal, 9)
        terminal.shows("pengguna ini tidak boleh menulis di situ", "Kotak kembali seperti semula")
        assert files(box) == before


def can_run(words):
    return subprocess.run([*words, PROGRAM, "--version"], capture_output=True).returncode == 0


def test_a_full_disk_is_refused_before_anything_is_changed(box):
    """A file system of its own, in a mount namespace of its own."""
    text = box.config.read_text()
    script = (f"mount -t tmpfs -o size=16m none {box.state} && cat > {box.config} <<'END'\n{text}END\n"
              f"{PROGRAM} --config {box.config}; code=$?; ls {box.state}; exit $code")
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        pytest.skip("no mount namespaces here")
    with Terminal(["unshare", "-m", "bash", "-c", script], env=box.environment()) as terminal:
        enter_to(terminal, 9)
        terminal.shows("disk penuh", "Kotak kembali seperti semula")
        terminal.type("F10")
        terminal.ended(1)
        assert terminal.screen().split()[:2] == ["kotakpos.conf", "setup-draft"], terminal.screen()


def test_setup_without_answers_on_a_terminal_is_the_wizard(box):
    with Terminal([box.program, "setup", "--config", box.config], env=box.environment()) as terminal:
        terminal.shows("Bahasa / Language")
        terminal.type("F10")
        terminal.ended(1)
    done = box.run("setup")
    assert done.returncode == 2 and "--answers" in done.stderr
