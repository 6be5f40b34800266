"""A table of users in the administrator's screens and on the command line: faults, progress, interruption, slips."""

import imaplib
import json
import re
import signal
import sqlite3
import stat
import subprocess

import pytest

from support.admin_screens import AdminScreens
from support.appliance import Appliance, wait_until
from support.terminal import Terminal

WHOLE_SCHOOL = 5000


@pytest.fixture(scope="module")
def school():
    with Appliance() as appliance:
        yield appliance


@pytest.fixture
def admin(school):
    with AdminScreens(school) as screens:
        yield screens


def logins(school):
    return [user["login"] for user in json.loads(school.kotakpos("user", "list", "--json"))]


def table(tmp_path, content, name="siswa.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def many(prefix, count):
    return "login;name;class\r\n" + "".join(f"{prefix}{i};Siswa {i};X-TKJ-1\r\n" for i in range(count))


def read(admin, path):
    """Up to the preview or the list of what is wrong."""
    admin.open("Pengguna")
    admin.type("F6")
    admin.shows("Impor pengguna")
    admin.fill(str(path))
    admin.type("Enter")


@pytest.mark.parametrize("content", [
    "login;name\r\nwayan1;Wayan Señor\r\n".encode("utf-16"),
    "\ufefflogin\tname\nwayan1\tWayan Señor\n".encode(),
    "login,name\nwayan1,Wayan Señor\n".encode("cp1252")], ids=["utf-16 and semicolons", "bom and tabs", "windows-1252"])
def test_each_encoding_and_separator_shows_the_same_preview(admin, school, tmp_path, content):
    before = logins(school)
    read(admin, table(tmp_path, content))
    admin.shows("Pratinjau", "wayan1", "Wayan Señor", "belum ada yang diubah")
    assert ("Windows-1252" in admin.screen()) == (content[:2] == b"lo")
    admin.type("Escape")
    admin.shows("Impor pengguna")
    assert logins(school) == before


def test_each_bad_line_is_listed_and_the_corrected_file_is_read_again(admin, school, tmp_path):
    before = logins(school)
    path = table(tmp_path, "login,role,quota\nmade1,pupil,1G\nali,,\nBad Login,,\nmade2,king,\nmade3,,many\nmade1,,\nx\n")
    read(admin, path)
    admin.shows("Baris yang perlu diperbaiki", "6 baris ditolak")
    rows = {line[2:].split()[0]: line for line in admin.screen().splitlines()[4:-2] if re.match(r"[> ] \d", line)}
    assert sorted(rows, key=int) == ["3", "4", "5", "6", "7", "8"]
    assert "sudah ada" in rows["3"] and "Bad Login" in rows["4"] or "bad login" in rows["4"]
    admin.type("Enter")
    admin.shows("baris 3", "ali: sudah ada pengguna dengan nama ini")
    admin.type("Enter")
    admin.shows("6 baris ditolak")
    assert logins(school) == before
    path.write_text("login\nmade1\n")
    admin.type("Escape")
    admin.shows("Impor pengguna")
    admin.type("Enter")
    admin.shows("Pratinjau", "made1")


def test_what_is_no_table_is_refused_and_the_name_stays(admin, tmp_path):
    read(admin, "/nowhere/siswa.csv")
    admin.shows("/nowhere/siswa.csv:")
    admin.type("C-u")
    admin.write(str(table(tmp_path, "login,shoe\nx,42\n")))
    admin.type("Enter")
    admin.shows("shoe")
    admin.type("C-u")
    admin.write(str(table(tmp_path, "login\n", "empty.csv")))
    admin.type("Enter")
    admin.shows("tidak ada orang di dalamnya")


def test_users_with_a_new_class_are_added_and_get_slips(admin, school, tmp_path):
    read(admin, table(tmp_path, "login,name,class,password\nnyoman,Nyoman,XI-RPL-4,kuda-laut-9\nketut,Ketut,XI-RPL-4,\n"))
    admin.shows("Pratinjau", "1 kelas baru", "dibuatkan", "diisi")
    admin.type("F9")
    admin.shows("XI-RPL-4")
    admin.answer(yes=False)
    admin.shows("Impor pengguna")
    assert "nyoman" not in logins(school) and "XI-RPL-4" not in school.kotakpos("class", "list")
    admin.type("Enter")
    admin.shows("Pratinjau")
    admin.type("F9")
    admin.answer(yes=True)
    admin.shows("Slip berisi", seconds=20)
    slips = next((school.state / "slips").glob("*.txt"))
    assert slips.name in "".join(line.strip(" │") for line in admin.screen().splitlines())
    admin.type("Enter")
    admin.shows("2 pengguna ditambahkan")
    assert stat.S_IMODE(slips.stat().st_mode) == 0o600 and stat.S_IMODE(slips.parent.stat().st_mode) == 0o700
    text = slips.read_text()
    assert "kuda-laut-9" in text and "Nyoman   XI-RPL-4" in text
    password = text.split(": ketut\n")[1].split(": ")[1].split("\n")[0]
    client = imaplib.IMAP4(school.host, school.ports["imap"])
    client.login("ketut", password)
    client.logout()


def bar(screen):
    found = re.search(r"(\d+) / 5000", screen)
    return int(found.group(1)) if found else None


def begin_whole_school(admin, tmp_path, prefix):
    read(admin, table(tmp_path, many(prefix, WHOLE_SCHOOL)))
    admin.shows("5000 pengguna", seconds=30)
    admin.type("F9")
    first = wait_until(lambda: bar(admin.screen()), 30, "the bar")
    second = wait_until(lambda: (bar(admin.screen()) or 0) > first and bar(admin.screen()), 30, "the bar moves")
    return first, second


def test_the_bar_moves_and_esc_leaves_nobody_behind(admin, school, tmp_path):
    before = logins(school)
    first, second = begin_whole_school(admin, tmp_path, "esc")
    assert 0 < first < second < WHOLE_SCHOOL
    admin.shows("█", "░", "%", seconds=30)
    admin.type("Escape")
    admin.shows("dihentikan", "tidak ada yang ditambahkan", seconds=20)
    assert logins(school) == before


@pytest.mark.parametrize("number, code", [(signal.SIGKILL, 137), (signal.SIGTERM, 1)])
def test_a_kill_in_the_middle_leaves_nobody_behind(admin, school, tmp_path, number, code):
    before = logins(school)
    begin_whole_school(admin, tmp_path, "kill")
    subprocess.run(["kill", f"-{number.value}", str(admin.pid())], check=True)
    # Bash's own words about a kill may push these over the edge of a row.
    wait_until(lambda: f"ended with {code}" in admin.screen().replace("\n", ""), 20, "the end of the program")
    assert logins(school) == before
    assert not list((school.state / "slips").glob("*")) or "kill" not in "".join(
        slips.read_text() for slips in (school.state / "slips").glob("*"))


def test_the_command_line_shows_a_bar_and_ctrl_c_leaves_nobody_behind(school, tmp_path):
    before = logins(school)
    path = table(tmp_path, many("line", WHOLE_SCHOOL))
    environment = {**school.environment(), "NO_COLOR": ""}
    with Terminal(f"env -u NO_COLOR {school.program} user import {path}", env=environment) as terminal:
        first = wait_until(lambda: bar(terminal.screen().replace("/5000", " / 5000")), 30, "the bar")
        wait_until(lambda: (bar(terminal.screen().replace("/5000", " / 5000")) or 0) > first, 30, "the bar moves")
        terminal.type("C-c")
        terminal.shows("tidak ada yang ditambahkan", seconds=20)
        terminal.ended(3)
    assert logins(school) == before


def test_somebody_is_found_among_five_thousand(school, tmp_path):
    rows = many("murid", WHOLE_SCHOOL).replace("Siswa 4242;", "Zulaikha Ñusantara;").splitlines()
    # Hashing five thousand passwords is another test's; here they only have to be there.
    fill_quickly(school, [row.split(";") for row in rows[1:]])
    with AdminScreens(school) as admin:
        admin.open("Pengguna")
        admin.shows("Ketik untuk mencari", seconds=20)
        total = int(re.search(r"(\d+) pengguna", admin.screen()).group(1))
        assert total >= WHOLE_SCHOOL
        admin.write("zulai ñus")
        admin.shows(f"1 / {total}", "murid4242")
        admin.type("Escape", "End")
        admin.shows("murid999 ")
        admin.write("murid42")
        admin.shows(f"111 / {total}")
        admin.type("PPage", "Home")
        admin.shows("> murid42 ")


def fill_quickly(school, rows):
    with sqlite3.connect(school.state / "school" / "school.db") as database:
        database.executemany(
            "INSERT INTO user (user_id, login, name, role, quota, password, created) VALUES (?, ?, ?, 'pupil', 0, '*', 0)",
            [(10 ** 9 + i, row[0], row[1]) for i, row in enumerate(rows)])
