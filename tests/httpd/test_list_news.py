"""The list that is shown again, without a browser: whatever another program has done in between is in it. (A page that a
connection has shown before is not fetched anew: only its flags are.)"""

import re

import pytest

from httpd.test_http_server import Client

PER_PAGE = 50


@pytest.fixture
def reader(school, fresh):
    client = Client(school)
    client.login = fresh("pembaca")
    client.log_in(client.login)
    return client


def add(school, login, subjects):
    with school.imap(login) as imap:
        for subject in subjects:
            imap.append("INBOX", None, None, f"From: Ali <ali@x.example>\r\nSubject: {subject}\r\n\r\nisi {subject}\r\n".encode())


def change(school, login, *commands):
    with school.imap(login) as imap:
        imap.select("INBOX")
        for command in commands:
            assert imap.uid(*command)[0] == "OK"
        imap.expunge()


def rows(client, path="/mail/INBOX"):
    """(classes, UID, subject, preview) of each row, from the top."""
    page = client.get(path).text
    return re.findall(r'<li(?: class="([^"]*)")? data-uid="(\d+)">.*?<span class="words">(.*?)</span> <span class="preview">(.*?)</span>', page, re.S)


def subjects(client, path="/mail/INBOX"):
    return [row[2] for row in rows(client, path)]


def test_what_was_opened_is_read_everywhere(school, reader):
    """The page does not wait for the disk; whoever asks next does."""
    add(school, reader.login, ["satu", "dua"])
    for _, uid, *_ in rows(reader):
        assert reader.get(f"/mail/INBOX/{uid}").status == 200
        assert "unread" not in {row[1]: row[0] for row in rows(reader)}[uid]
    again = Client(school)
    again.log_in(reader.login)
    assert not any("unread" in row[0] for row in rows(again))


def test_what_others_do_between_two_looks_is_shown(school, reader):
    add(school, reader.login, ["satu", "dua", "tiga"])
    assert subjects(reader) == ["tiga", "dua", "satu"]
    first = {row[2]: row for row in rows(reader)}
    assert all("unread" in row[0] for row in first.values())

    change(school, reader.login, ("STORE", first["dua"][1], "+FLAGS", "(\\Seen \\Flagged)"))
    again = {row[2]: row for row in rows(reader)}
    assert "unread" not in again["dua"][0] and "unread" in again["tiga"][0]
    assert again["dua"][3] == first["dua"][3] == "isi dua"

    add(school, reader.login, ["empat", "lima"])
    assert subjects(reader) == ["lima", "empat", "tiga", "dua", "satu"]
    change(school, reader.login, ("STORE", first["tiga"][1], "+FLAGS", "(\\Deleted)"))
    assert subjects(reader) == ["lima", "empat", "dua", "satu"]
    change(school, reader.login, ("STORE", "1:*", "+FLAGS", "(\\Deleted)"))
    assert subjects(reader) == []
    add(school, reader.login, ["enam"])
    assert subjects(reader) == ["enam"]


def test_pages_and_folders_do_not_mix(school, reader):
    add(school, reader.login, [f"surat {number}" for number in range(PER_PAGE + 5)])
    newest = [f"surat {number}" for number in range(PER_PAGE + 4, 4, -1)]
    oldest = [f"surat {number}" for number in range(4, -1, -1)]
    for _ in range(2):
        assert subjects(reader) == newest
        assert subjects(reader) == newest
        assert subjects(reader, "/mail/INBOX?page=2") == oldest
        assert subjects(reader, "/mail/Trash") == []
    # Two come: two of the first page move to the second.
    add(school, reader.login, ["baru 1", "baru 2"])
    assert subjects(reader, "/mail/INBOX?page=2") == [newest[-2], newest[-1], *oldest]
    assert subjects(reader) == ["baru 2", "baru 1", *newest[:-2]]


def test_a_folder_made_anew_shows_its_own_messages(school, reader):
    with school.imap(reader.login) as imap:
        imap.create("Tugas")
        imap.append("Tugas", None, None, b"Subject: lama\r\n\r\nisi\r\n")
    assert subjects(reader, "/mail/Tugas") == ["lama"]
    with school.imap(reader.login) as imap:
        assert imap.delete("Tugas")[0] == "OK"
        imap.create("Tugas")
        imap.append("Tugas", None, None, b"Subject: baru\r\n\r\nisi\r\n")
    assert subjects(reader, "/mail/Tugas") == ["baru"]
