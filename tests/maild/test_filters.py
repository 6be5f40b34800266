"""Filters and automatic answers with the real programs: what people wrote takes effect at the next mail."""

import sqlite3

import pytest

from support.appliance import wait_until


def write(school, statement, *values):
    """As the pages of the settings write it (appliance/directory/sql_filters.cpp)."""
    with sqlite3.connect(school.state / "school" / "school.db", timeout=10) as database:
        database.execute("PRAGMA foreign_keys = ON")
        return database.execute(statement, values).lastrowid


def user_id(school, login):
    with sqlite3.connect(school.state / "school" / "school.db") as database:
        return database.execute("SELECT user_id FROM user WHERE login = ?", (login,)).fetchone()[0]


def add_filter(school, login, number, condition, *actions):
    write(school, "INSERT INTO filter (filter_id, user_id, position, name) VALUES (?, ?, ?, ?)", number, user_id(school, login), number, "saringan")
    write(school, "INSERT INTO filter_condition (filter_id, number, what, how, value) VALUES (?, 1, ?, ?, ?)", number, *condition)
    for place, (what, value) in enumerate(actions):
        write(school, "INSERT INTO filter_action (filter_id, number, what, value) VALUES (?, ?, ?, ?)", number, place, what, value)


def send(school, sender, to, subject, more=""):
    with school.submission(sender) as client:
        client.sendmail(school.address(sender), [school.address(to)],
                        f"From: {school.address(sender)}\r\nTo: {school.address(to)}\r\nSubject: {subject}\r\n{more}\r\nisi\r\n")


def mails(school, login, folder):
    with school.imap(login) as client:
        if client.select(f'"{folder}"', readonly=True)[0] != "OK":
            return []
        numbers = client.search(None, "ALL")[1][0].split()
        return [client.fetch(number, "(FLAGS BODY.PEEK[])")[1][0] for number in numbers]


def test_a_mail_is_filed_where_its_owner_wants_it(school, fresh):
    budi = fresh("budi")
    add_filter(school, budi, 101, ("subject", "contains", "tugas"), ("move", "Pelajaran/Tugas"), ("star", ""), ("label", "Penting"))
    send(school, "guru1", budi, "TUGAS subnetting")
    send(school, "guru1", budi, "rapat")
    (flags, text), = wait_until(lambda: mails(school, budi, "Pelajaran/Tugas"), what="the filed mail")
    assert b"TUGAS subnetting" in text and b"\\Flagged" in flags and b"Penting" in flags
    (_, other), = wait_until(lambda: mails(school, budi, "INBOX"), what="the other mail")
    assert b"rapat" in other
    assert "Pelajaran/Tugas" in school.kotakpos("trace", "--to", school.address(budi))


def test_who_is_away_answers_once_and_only_people(school, fresh):
    budi, ali = fresh("budi"), fresh("ali")
    write(school, "INSERT INTO vacation (user_id, enabled, subject, text, begins, ends, audience, days) VALUES (?, 1, '', ?, 0, 0, 'school', 7)",
          user_id(school, budi), "Saya praktik kerja lapangan sampai Jumat.")
    send(school, ali, budi, "otomatis", "Auto-Submitted: auto-generated\r\n")
    send(school, ali, budi, "halo")
    send(school, ali, budi, "halo lagi")
    (_, answer), = wait_until(lambda: mails(school, ali, "INBOX"), what="the answer")
    assert b"praktik kerja lapangan" in answer and b"Auto-Submitted: auto-replied" in answer and b"Subject: Auto: halo\r\n" in answer
    wait_until(lambda: len(mails(school, budi, "INBOX")) == 3, what="the three mails")
    school.stop()
    school.start()  # what was answered is remembered
    send(school, ali, budi, "masih di sana?")
    wait_until(lambda: len(mails(school, budi, "INBOX")) == 4, what="the fourth mail")
    assert len(mails(school, ali, "INBOX")) == 1
    assert "answered" in school.kotakpos("trace", "--to", school.address(budi), "--json")


@pytest.mark.parametrize("service", ["maild-box"])
def test_a_kill_between_neither_loses_nor_doubles(school, fresh, service):
    budi, ali = fresh("budi"), fresh("ali")
    add_filter(school, budi, 201, ("subject", "contains", "nomor"), ("move", "Nomor"), ("copy", school.address(ali)))
    for number in range(40):
        send(school, "guru1", budi, f"nomor {number}")
        if number == 20:
            school.kill(service)
    wait_until(lambda: len(mails(school, ali, "INBOX")) >= 40, 60, "the copies")
    for login, folder in ((budi, "Nomor"), (ali, "INBOX")):
        found = [text.split(b"Subject: nomor ")[1].split(b"\r\n")[0] for _, text in mails(school, login, folder)]
        assert sorted(map(int, found)) == list(range(40))
