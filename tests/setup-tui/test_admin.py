"""The administrator's screens in a real terminal (tmux): log in, menu, help, languages, sizes, kinds of terminal."""

import os
import socket
import subprocess
import threading
import time

import pytest

from support.admin_screens import ENTRIES, PROGRAM, AdminScreens
from support.appliance import Appliance, wait_until


@pytest.fixture(scope="module")
def school():
    with Appliance() as appliance:
        yield appliance


@pytest.fixture
def admin(school):
    with AdminScreens(school) as screens:
        yield screens


# Logging in.

class SystemLog(threading.Thread):
    """What is written to /dev/log while it lives, where the machine has none of its own."""

    def __init__(self):
        super().__init__(daemon=True)
        self.lines = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("/dev/log")
        self.start()

    def run(self):
        while True:
            try:
                line = self.socket.recv(4096).decode()
                if "setup-tui" in line:
                    self.lines.append(line)
            except OSError:
                return

    def close(self):
        self.socket.close()
        os.unlink("/dev/log")


def test_a_wrong_password_waits_and_shows_nothing(school):
    with AdminScreens(school, log_in=False) as terminal:
        begin = time.monotonic()
        terminal.type("wrong", "Enter")
        terminal.shows("Login atau kata sandi salah")
        assert time.monotonic() - begin > 1.9
        assert "Menu" not in terminal.screen()
        terminal.log_in()


@pytest.mark.skipif(os.path.exists("/dev/log") or os.geteuid() != 0, reason="the machine's own log")
def test_a_wrong_password_is_logged_with_the_login_and_the_place(school):
    log = SystemLog()
    try:
        with AdminScreens(school, log_in=False) as terminal:
            terminal.type("secret-of-mine", "Enter")
            terminal.shows("Login atau kata sandi salah")
            terminal.log_in()
            wait_until(lambda: len(log.lines) >= 2, what="two lines")
    finally:
        log.close()
    assert "event=login-refused login=admin from=console" in log.lines[0]
    assert "event=login login=admin" in log.lines[1]
    assert "secret-of-mine" not in "".join(log.lines)


def test_a_pupil_is_no_administrator(school):
    with AdminScreens(school, log_in=False) as terminal:
        terminal.type("Up", "C-u", "ali", "Tab", "123", "Enter")
        terminal.shows("bukan administrator")


# The menu and what is on every screen.

SCREENS = {
    "Pengguna": "admin", "Kelas": "x-tkj-1@", "Alias": "Belum ada alias", "DNS": "smkn1pendalian.sch.id.",
    "Antrean surat": "Antrean kosong", "Jejak surat": "Pengirim", "Pengaturan": "mail.outside",
    "Layanan": "maild-box", "Keadaan": "Surat hari ini",
    "Jaringan": "127.0.0.1", "Cadangan": "Jalur lengkap", "Pemulihan": "Jalur lengkap",
}


@pytest.mark.parametrize("size, term, utf8", [((80, 24), None, True), ((132, 43), None, True), ((80, 24), "vt100", False)])
def test_every_screen_opens_explains_itself_and_goes_back(school, size, term, utf8):
    with AdminScreens(school, size=size, term=term, utf8=utf8) as admin:
        for entry, content in SCREENS.items():
            admin.open(entry)
            admin.shows(content)
            screen = admin.screen()
            assert "SMK Negeri 1 Pendalian" in screen.splitlines()[0]
            assert "Esc kembali" in screen.splitlines()[-1] and "F1 bantuan" in screen.splitlines()[-1], screen
            assert all(len(line) <= size[0] for line in screen.splitlines())
            if not utf8:
                assert screen.isascii(), screen
            admin.type("F1")
            wait_until(lambda: "F1 bantuan" not in admin.screen(), what="the help")
            admin.type("Escape")
            admin.shows("F1 bantuan")
            admin.back()


def test_the_whole_menu_fits_and_says_that_it_is_practice(admin):
    screen = admin.screen()
    assert "MODE LATIHAN" in screen
    for entry in ENTRIES:
        assert f" {entry} " in screen, entry


def test_f2_changes_the_language_everywhere(admin):
    admin.type("F2")
    admin.shows("PRACTICE MODE", "Mail queue", "Esc log out")
    admin.write("users")
    admin.shows("1 / ")
    admin.type("Enter")
    admin.shows("5 users", "teacher", "F6 import")
    admin.type("F2")
    admin.shows("5 pengguna", "F6 impor")


def test_a_resize_draws_everything_anew(admin):
    admin.open("Pengguna")
    admin.shows("kepala sekolah")
    admin.resize(132, 43)
    wait_until(lambda: len(admin.screen().splitlines()) == 43 and "Esc kembali" in admin.screen().splitlines()[-1],
               what="the larger screen")
    admin.resize(80, 24)
    wait_until(lambda: len(admin.screen().splitlines()) == 24 and "Esc kembali" in admin.screen().splitlines()[-1],
               what="the smaller screen")


def test_monochrome_shows_what_is_chosen(school):
    with AdminScreens(school, term="vt100", utf8=False) as admin:
        assert "> Pengguna" in admin.screen()
        admin.type("Down")
        admin.shows("> Kelas")


# Leaving.

@pytest.mark.parametrize("end, code", [("F10", 0), ("C-c", 1)])
def test_the_terminal_is_as_before(admin, end, code):
    admin.open("Pengguna")
    admin.shows("kepala sekolah")
    admin.type(end)
    if end == "F10":
        admin.shows("Esc keluar")
        admin.type(end)
    admin.ended(code)


def test_a_shell_and_back(admin):
    admin.open("Shell")
    admin.shows("Ini shell")
    admin.type("echo in the $((1 + 1))nd shell", "Enter")
    admin.shows("in the 2nd shell")
    admin.type("exit", "Enter")
    admin.shows("Kotakpos · Menu")
    admin.back()


def test_nobody_switches_off_a_machine_that_is_no_box(admin):
    for entry in ("Matikan", "Mulai ulang"):
        admin.open(entry)
        admin.shows("bukan kotak tersendiri")
        admin.type("Enter")
        admin.back()


def test_backup_shows_what_the_command_line_says(admin, school):
    admin.open("Cadangan")
    file = school.state / "s.kotak"
    admin.fill(str(file))
    admin.type("F9")
    admin.shows("Tersimpan")
    assert "utuh" in school.kotakpos("verify", str(file))
    admin.type("Enter")


def test_without_a_terminal_it_says_so(school):
    done = subprocess.run([PROGRAM, "--config", school.config], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 1 and "terminal" in done.stderr


def test_without_a_school_it_says_so(tmp_path):
    (tmp_path / "kotakpos.conf").write_text(f"state = {tmp_path}\n")
    done = subprocess.run([PROGRAM, "--config", tmp_path / "kotakpos.conf"], capture_output=True, text=True)
    assert done.returncode == 1 and "kotakpos setup" in done.stderr
