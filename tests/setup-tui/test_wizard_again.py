"""The wizard and `setup --answers` give the same box; the wizard again loses nothing of a school that is there."""

import imaplib
import json
import sqlite3
import ssl

import pytest

from support.appliance import DOMAIN, Appliance, wait_until
from support.wizard import PAGES, NewBox, enter_to, fill, passwords, place

ANSWERS = f"""\
language = id
lab = no
school.name = SMK Negeri 1 Pendalian
domain = {DOMAIN}
network.method = keep
address = 192.168.10.1/24
gateway = 192.168.10.254
forwarders = 9.9.9.9
www.address = 192.168.10.2
admin.password = kuda-laut-77
users = ali:sawah-hijau-11:X-TKJ-1, wati:sawah-hijau-12:X-TKJ-2
mail.outside = offline
"""


def settings(box):
    """Of the school database, without those that are secrets or times."""
    with sqlite3.connect(f"file:{box.state}/school/school.db?mode=ro", uri=True) as school:
        tables = {name for (name,) in school.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        table = "setting" if "setting" in tables else "settings"
        rows = dict(school.execute(f"SELECT * FROM {table}").fetchall())
    return {key: value for key, value in rows.items() if "secret" not in key and "key" not in key}


def users(box):
    return sorted((user["login"], user["role"], user.get("class"))
                  for user in json.loads(box.kotakpos("user", "list", "--json")))


def zones(box):
    """Every record but those with keys and serials in them."""
    names = [zone["name"] for zone in json.loads(box.kotakpos("dns", "zones", "--json"))]
    text = "\n".join(box.kotakpos("dns", "export", "--zone", name) for name in names)
    return names, sorted(line for line in text.splitlines()
                         if not any(word in line for word in ("SOA", "_domainkey", "_mta-sts", "p=", ";")))


def test_setup_with_answers_and_the_wizard_give_the_same_box():
    with NewBox() as by_hand, Appliance(answers=ANSWERS, conf="lab = no\n", start=False) as by_file:
        with by_hand.wizard() as terminal:
            enter_to(terminal, 3)
            fill(terminal, None, "192.168.10.1/24", "192.168.10.254", "9.9.9.9")
            enter_to(terminal, 4)
            fill(terminal, None, "192.168.10.2")
            enter_to(terminal, 5)
            fill(terminal, None, "kuda-laut-77")
            enter_to(terminal, 6)
            fill(terminal, None, "sawah-hijau-11", None, "wati", "sawah-hijau-12", "X-TKJ-2")
            enter_to(terminal, 7)
            while "(*) tidak" not in terminal.screen():
                terminal.press("Right")
            enter_to(terminal, PAGES)
            assert passwords(terminal.screen()) == {}, "they were typed: nothing to write down"
            terminal.shows("seperti yang Anda ketik")
        by_hand.stop_box()
        assert users(by_hand) == users(by_file)
        assert settings(by_hand) == settings(by_file) and settings(by_file)["address"] == "192.168.10.1/24"
        assert zones(by_hand) == zones(by_file)
        ours, theirs = (set((box.state / "kotakpos.conf").read_text().splitlines()) for box in (by_hand, by_file))
        assert {line for line in ours ^ theirs if "listen" not in line and "state" not in line} == set()


@pytest.fixture
def school():
    with NewBox() as box:
        (box.state / "answers").write_text(ANSWERS)
        box.kotakpos("setup", "--answers", str(box.state / "answers"))
        yield box


def test_the_wizard_again_keeps_the_school_and_changes_what_was_asked(school):
    school.kotakpos("user", "passwd", "ali", "--password-stdin", input="laut-tenang-55\n")
    school.kotakpos("dns", "add", "lab1", "A", "192.168.10.77")
    before = users(school)
    with school.wizard("--wizard") as terminal:
        enter_to(terminal, 2)
        terminal.shows("SMK Negeri 1 Pendalian")
        fill(terminal, "SMKN 1 Pendalian Baru", "lain.sch.id")
        terminal.type("F9")
        terminal.shows("Sekolah ini sudah ada; domain lain akan")
        fill(terminal, DOMAIN)
        enter_to(terminal, 7)  # one page less: the zones are there
        terminal.shows("Semua jawaban", "(tetap seperti semula)", "tetap seperti semula.")
        enter_to(terminal, PAGES - 1)
        terminal.shows("Tidak ada kata sandi yang diubah.")
        terminal.type("Enter")
        terminal.ended(0)
    assert users(school) == before
    assert settings(school)["school.name"] == "SMKN 1 Pendalian Baru"
    assert settings(school)["mail.outside"] == "offline"
    assert "192.168.10.77" in school.kotakpos("dns", "list")
    # The passwords are those of before: each logs in over the running box.
    for login, word in [("admin", "kuda-laut-77"), ("ali", "laut-tenang-55"), ("wati", "sawah-hijau-12")]:
        assert school.run("check").returncode == 0
        client = imaplib.IMAP4_SSL("localhost", school.ports["imaps"], ssl_context=unchecked(), timeout=30)
        assert client.login(login, word)[0] == "OK"
        client.logout()


def test_a_box_that_runs_is_told_to_start_again_for_a_new_configuration(school):
    school.start()
    with school.wizard("--wizard") as terminal:
        terminal.shows("(*) Bahasa Indonesia")
        terminal.press("Right")
        enter_to(terminal, PAGES - 1)
        terminal.type("End")
        terminal.shows("changed: end kotakpos run and start it")
    assert "language = en" in school.config.read_text()


def unchecked():
    """The certificate is for the school's names, not for localhost."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def test_the_program_alone_opens_the_administrators_screens_where_there_is_a_school(school):
    with school.wizard() as terminal:
        wait_until(lambda: "administrator" in terminal.screen(), 10, "the login")
        assert place(terminal) == 0
