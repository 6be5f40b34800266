"""Not a byte is left on the box's disk: mail can be read, everything else says so in the reader's words and changes nothing."""

import os

import pytest

from httpd import admin_client
from httpd.browser import Browser
from httpd.test_http_server import Client
from httpd.test_site_page import packed, upload, visit
from httpd.writing import person, post_with_files, put, text_of, uids
from support.appliance import Appliance, wait_until
from support.full_disk import fill

FULL = "Disk server penuh"


@pytest.fixture
def school(small_disk):
    state = os.path.join(small_disk, "state")
    os.mkdir(state)
    with Appliance(state=state) as box:
        box.disk = small_disk
        yield box


def is_seen(school, login, uid):
    with school.imap(login) as imap:
        imap.select("INBOX", readonly=True)
        return b"\\Seen" in imap.uid("fetch", uid, "(FLAGS)")[1][0]


def test_mail_is_read_and_marked_when_there_is_room_again(school):
    reader = person(school, "ali", None)
    uid = put(school, "ali", "From: budi@x.example\nSubject: halo\n\nisi surat")
    ballast = fill(school.disk)
    page = reader.get(f"/mail/INBOX/{uid}")
    assert page.status == 200 and "isi surat" in page.text
    assert reader.get("/mail/INBOX").status == 200
    assert not is_seen(school, "ali", uid)
    os.unlink(ballast)
    assert reader.get(f"/mail/INBOX/{uid}").status == 200
    wait_until(lambda: is_seen(school, "ali", uid), what="the flag")


def test_what_was_written_stays_in_the_form_and_is_sent_later(school):
    writer = person(school, "ali")
    assert school.subjects("budi") == []
    letter = writer.letter("budi", subject="penuh", text="baris yang panjang")
    ballast = fill(school.disk)
    for answer in (writer.post("/compose", letter), writer.post("/compose", {**letter, "do": "save"})):
        assert (answer.status, text_of(answer.text)) == (422, "baris yang panjang") and FULL in answer.text
    assert '"uid":0' in (saved := writer.post("/compose", {**letter, "do": "save"}, {"Accept": "application/json"}).text) and FULL in saved
    answer = post_with_files(writer, letter, [("tugas.bin", bytes(200_000))])
    assert answer.status == 507 and FULL in answer.text
    os.unlink(ballast)
    answer = post_with_files(writer, letter, [("tugas.bin", bytes(200_000))])
    assert answer.status == 303, answer.text
    school.wait_for_subject("budi", "penuh")
    assert school.subjects("ali", "Sent") == ["penuh"] and school.subjects("ali", "Drafts") == []


def test_a_letter_that_is_made_in_a_file_finds_no_room_and_goes_later(school):
    """Its own file is attached already; only the letter around it has no place (limits.h: letter_in_memory)."""
    writer = person(school, "ali")
    assert school.subjects("budi") == []
    letter = writer.letter("budi", subject="besar", text="baris yang panjang")
    assert post_with_files(writer, {**letter, "do": "attach"}, [("tugas.bin", os.urandom(1 << 20))]).status == 200
    ballast = fill(school.disk)
    for do in ("send", "save"):
        answer = writer.post("/compose", {**letter, "do": do})
        assert (answer.status, text_of(answer.text)) == (422, "baris yang panjang") and FULL in answer.text
        assert "tugas.bin" in answer.text
    os.unlink(ballast)
    assert writer.post("/compose", {**letter, "do": "send"}).status == 303
    school.wait_for_subject("budi", "besar")
    assert school.subjects("ali", "Sent") == ["besar"] and school.subjects("ali", "Drafts") == []


def test_whose_mailbox_was_never_opened_learns_it_too(school):
    """It is made when he first opens it."""
    newcomer = Client(school)
    assert newcomer.log_in("budi").status == 303
    ballast = fill(school.disk)
    page = newcomer.get("/mail/INBOX")
    assert page.status == 507 and FULL in page.text
    os.unlink(ballast)
    assert newcomer.get("/mail/INBOX").status == 200


def test_a_button_of_the_list_says_it_without_leaving_the_page(school):
    put(school, "ali", "From: budi@x.example\nSubject: halo\n\nisi")
    with Browser(school) as browser:
        browser.log_in("ali")
        browser.click(".messages input")
        ballast = fill(school.disk)
        browser.click("button[name=do][value=delete]")
        wait_until(lambda: any(FULL in notice.text for notice in browser.all("main > .notice")), what="the words")
        assert "halo" in browser.text(".list-pane")
        os.unlink(ballast)
        browser.press("delete")
        assert "halo" not in browser.text(".list-pane")


def test_what_would_change_something_says_that_the_disk_is_full(school):
    person_there = person(school, "ali", None)
    uid = put(school, "ali", "From: budi@x.example\nSubject: halo\n\nisi")
    csrf = person_there.token(person_there.get("/compose").text)
    ballast = fill(school.disk)
    answers = [person_there.post("/mail/INBOX", {"csrf": csrf, "uid": uid, "do": "archive"}),
               person_there.post("/settings/display", {"csrf": csrf, "undo-seconds": "20"}), Client(school).log_in("budi")]
    assert {(answer.status, FULL in answer.text) for answer in answers} <= {(303, False), (507, True)}
    assert [answer.status for answer in answers].count(507) >= 2, "the disk was not full"
    moved = answers[0].status == 303
    os.unlink(ballast)
    assert uids(school, "ali") == ([] if moved else [uid])
    assert Client(school).log_in("budi").status == 303


def test_the_administrator_learns_it_and_nothing_is_half_done(school):
    admin = admin_client.Client(school, "admin")
    assert upload(admin, packed({"index.html": "lama"}))[0] == 303
    admin.get("/admin/new-person")
    ballast = fill(school.disk)
    status, text = upload(admin, packed({"index.html": "baru"}))
    assert status == 507 and FULL in text
    status, text = admin.post("/admin/new-person", {"login": "tono", "name": "Tono", "role": "pupil"})
    assert status >= 400 and FULL in text, (status, text)
    assert visit(school) == (200, "lama")
    os.unlink(ballast)
    assert upload(admin, packed({"index.html": "baru"}))[0] == 303 and visit(school) == (200, "baru")
    assert "tono" not in school.kotakpos("user", "list")
