"""The administrator's screens in a real terminal (tmux, 80x24): log in, list, add, remove, both languages."""

import json
import subprocess

import pytest

from support.appliance import BUILD, Appliance
from support.terminal import Terminal

PROGRAM = BUILD / "setup-tui" / "setup-tui"


@pytest.fixture(scope="module")
def school():
    """A school that is set up; no daemon is needed."""
    with Appliance(start=False) as appliance:
        yield appliance


@pytest.fixture
def terminal(school):
    with Terminal([PROGRAM, "--config", school.config], env=school.environment()) as terminal:
        yield terminal


def log_in(terminal):
    terminal.shows("Masuk sebagai administrator")
    terminal.type("123", "Enter")
    terminal.shows("kepala sekolah")


def logins(school):
    return [user["login"] for user in json.loads(school.kotakpos("user", "list", "--json"))]


def test_a_wrong_password_shows_no_user(terminal):
    terminal.shows("Masuk sebagai administrator")
    terminal.type("wrong", "Enter")
    terminal.shows("Login atau kata sandi salah")
    assert "budi" not in terminal.screen()
    terminal.type("Escape")
    terminal.shows("ended with 0")


def test_a_pupil_is_no_administrator(terminal):
    terminal.shows("Masuk sebagai administrator")
    terminal.type("Up", "BSpace", "BSpace", "BSpace", "BSpace", "BSpace", "ali", "Tab", "123", "Enter")
    terminal.shows("bukan administrator")


def test_the_administrator_adds_and_removes_a_user(terminal, school):
    log_in(terminal)
    assert "MODE LATIHAN" in terminal.screen()
    terminal.type("F3")
    terminal.shows("Tambah pengguna")
    terminal.type("citra", "Tab", "Citra Dewi", "Tab", "X-TKJ-2", "Tab", "Right", "Tab", "rahasia-sekali", "F9")
    terminal.shows("citra ditambahkan.")
    assert "Citra Dewi" in terminal.screen() and "X-TKJ-2" in terminal.screen()
    assert "rahasia-sekali" not in terminal.screen()
    shown = json.loads(school.kotakpos("user", "show", "citra", "--json"))
    assert shown["name"] == "Citra Dewi" and shown["role"] == "teacher"

    # Sorted by login: admin, ali, budi, citra.
    terminal.type("Home", "Down", "Down", "Down", "F8")
    terminal.shows("Hapus citra (Citra Dewi)?")
    terminal.type("Escape")
    terminal.shows("F3 tambah")
    assert "citra" in logins(school)
    terminal.type("F8")
    terminal.shows("Hapus citra")
    terminal.type("F8")
    terminal.shows("citra dihapus.")
    assert "citra" not in logins(school)


def test_refusals_are_shown_and_nothing_is_added(terminal, school):
    log_in(terminal)
    terminal.type("F3")
    terminal.shows("Tambah pengguna")
    terminal.type("ali", "F9")
    terminal.shows("login ini sudah dipakai")
    terminal.type("BSpace", "BSpace", "BSpace", "x y", "F9")
    terminal.shows("1 sampai 64 huruf")
    terminal.type("Escape")
    terminal.shows("F3 tambah")
    assert "x y" not in logins(school)


def test_f2_changes_the_language(terminal):
    log_in(terminal)
    terminal.type("F2")
    terminal.shows("F3 add")
    assert "PRACTICE MODE" in terminal.screen() and "teacher" in terminal.screen()


def test_the_administrator_cannot_remove_itself(terminal, school):
    log_in(terminal)
    terminal.type("Home", "F8")
    terminal.shows("tidak dapat menghapus diri sendiri")
    assert "admin" in logins(school)


@pytest.mark.parametrize("end", ["F10", "C-c"])
def test_the_terminal_is_as_before(terminal, end):
    log_in(terminal)
    terminal.type(end)
    terminal.shows("ended with")
    # The modes that ncurses changes are back.
    terminal.shows(" icanon ")
    assert " echo " in terminal.screen() and "F3 tambah" not in terminal.screen()


def test_without_a_terminal_it_says_so(school):
    done = subprocess.run([PROGRAM, "--config", school.config], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 1 and "terminal" in done.stderr


def test_without_a_school_it_says_so(tmp_path):
    (tmp_path / "kotakpos.conf").write_text(f"state = {tmp_path}\n")
    done = subprocess.run([PROGRAM, "--config", tmp_path / "kotakpos.conf"], capture_output=True, text=True)
    assert done.returncode == 1 and "kotakpos setup" in done.stderr
