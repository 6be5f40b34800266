"""Writing a mail while everything goes wrong: crashes between the steps, full mailboxes, two devices.
No mail is lost, none is sent twice, and what was written comes back."""

import datetime
import html
import re
import threading
import time

import pytest

from httpd.test_http_server import Client
from httpd.writing import Stopped, field, fields_of, mails, person, post_in_background, post_with_files, put, text_of, waits_for_httpd
from support.appliance import wait_until


# Crashes between the steps of sending.


@pytest.mark.parametrize("undo", ["0", "20"], ids=["at-once", "held"])
def test_a_crash_between_queue_and_sent_sends_one_mail_and_keeps_one_copy(school, fresh, reader, undo):
    writer = person(school, fresh("penulis"), undo)
    letter = writer.letter(reader, subject="antara")
    accepted = school.log_text().count("event=accepted ")
    with Stopped(school, "maild-box"):  # neither Sent nor delivery go on
        thread = post_in_background(writer, letter)
        wait_until(lambda: school.log_text().count("event=accepted ") > accepted, what="the queue's answer")
        school.kill("httpd")
        thread.join()
    waits_for_httpd(writer)
    answer = writer.post("/compose", letter)
    assert answer.status == 303 and "already-sent" in answer.headers["Location"]
    assert school.subjects(writer.login, "Sent") == ["antara"]
    if undo == "0":
        school.wait_for_subject(reader, "antara")
        put(school, reader, "Subject: sesudah\n\n.")
        assert school.subjects(reader) == ["antara", "sesudah"]
    else:
        assert writer.get("/later").text.count('name="message_id"') == 1
    assert school.subjects(writer.login, "Drafts") == []


def test_a_crash_between_sent_and_draft_sends_one_mail(school, writer, reader):
    letter = writer.letter(reader, subject="draf tinggal", do="save")
    assert writer.post("/compose", letter).status == 303
    letter["do"] = "send"
    assert writer.post("/compose", letter).status == 303
    school.wait_for_subject(reader, "draf tinggal")
    copy = mails(school, writer.login, "Sent")[0].as_bytes()
    with school.imap(writer.login) as imap:  # as it was before the last step
        imap.append("Drafts", r"(\Draft)", None, copy)
    school.kill("httpd")
    waits_for_httpd(writer)
    answer = writer.post("/compose", letter)
    assert answer.status == 303 and "already-sent" in answer.headers["Location"]
    assert school.subjects(reader) == school.subjects(writer.login, "Sent") == ["draf tinggal"]
    assert school.subjects(writer.login, "Drafts") == []


def test_a_crash_before_the_queue_sends_the_second_post(school, writer, reader):
    letter = writer.letter(reader, subject="belum")
    with Stopped(school, "maild-in"):
        thread = post_in_background(writer, letter)
        school.kill("httpd")
        thread.join()
    waits_for_httpd(writer)
    assert writer.post("/compose", letter).status == 303
    school.wait_for_subject(reader, "belum")
    assert school.subjects(reader) == school.subjects(writer.login, "Sent") == ["belum"]


def test_the_same_draft_on_two_devices_is_one_draft_and_one_mail(school, writer, reader):
    letter = writer.letter(reader, subject="dua gawai", do="save")
    edit = writer.post("/compose", letter).headers["Location"]
    other = person(school, writer.login, None)
    page = other.get(edit.split("?")[0]).text
    there = fields_of(page, do="save", text="dari ponsel")
    assert there["token"] == letter["token"]
    for client, form in ((other, there), (writer, letter), (other, there)):
        assert client.post("/compose", form).status == 303
        assert school.subjects(writer.login, "Drafts") == ["dua gawai"]
    assert "sent" in other.post("/compose", {**there, "do": "send"}).headers["Location"]
    assert "already-sent" in writer.post("/compose", {**letter, "do": "send"}).headers["Location"]
    school.wait_for_subject(reader, "dua gawai")
    assert school.subjects(writer.login, "Sent") == school.subjects(reader) == ["dua gawai"]
    assert mails(school, reader)[0].get_content().strip() == "dari ponsel"
    assert school.subjects(writer.login, "Drafts") == []


def test_a_message_thrown_away_is_never_said_to_be_sent(school, writer, reader):
    letter = writer.letter(reader, subject="dibuang", text="ternyata penting")
    assert writer.post("/compose", {**letter, "do": "save"}).status == 303
    for _ in range(2):
        assert "discarded" in writer.post("/compose", {**letter, "do": "discard"}).headers["Location"]
    writer.post("/compose", {**letter, "do": "save"})  # what a tab still wanted to save
    assert school.subjects(writer.login, "Drafts") == []
    page = writer.post("/compose", letter)  # Back, and Send
    assert page.status == 422 and 'role="alert"' in page.text and text_of(page.text) == "ternyata penting"
    assert "already" not in writer.post("/compose", fields_of(page.text, do="send")).headers["Location"]
    school.wait_for_subject(reader, "dibuang")


# Taking back.


def waiting_form(answer):
    location = answer.headers["Location"]
    return dict(part.split("=") for part in location.split("?")[1].split("&"))


def test_a_mail_taken_back_beside_its_release_is_in_one_place(school, fresh, reader):
    writer = person(school, fresh("penulis"), "5")
    tries = 20
    csrf = writer.token(writer.get("/compose").text)
    letters = [writer.letter(reader, subject=f"tepi {i}") for i in range(tries)]
    taken = {}

    def send_and_regret(i):
        mine = Client(school)
        mine.cookies = dict(writer.cookies)
        before = time.monotonic()
        waiting = waiting_form(mine.post("/compose", letters[i]))
        moment = (before + time.monotonic()) / 2 + 4.7 + 0.6 * i / tries
        wait_until(lambda: time.monotonic() >= moment, what="the moment")
        answer = mine.post("/undo", {"csrf": csrf, "id": waiting["waiting"], "token": waiting["token"]})
        assert answer.status == 303
        taken[i] = "taken-back" in answer.headers["Location"]

    threads = [threading.Thread(target=send_and_regret, args=(i,)) for i in range(tries)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == tries
    gone = sorted(f"tepi {i}" for i in taken if not taken[i])
    back = sorted(f"tepi {i}" for i in taken if taken[i])
    assert gone and back, "all on one side of the moment"
    wait_until(lambda: set(school.subjects(reader)) >= set(gone), 20, "what was not taken back")
    assert sorted(school.subjects(reader)) == sorted(school.subjects(writer.login, "Sent")) == gone
    assert sorted(school.subjects(writer.login, "Drafts")) == back


def test_only_the_writer_takes_a_mail_back(school, fresh, reader):
    writer, thief = person(school, fresh("penulis"), "20"), person(school, fresh("pencuri"))
    waiting = waiting_form(writer.post("/compose", writer.letter(reader, subject="milikku")))
    csrf = thief.token(thief.get("/compose").text)
    put(school, thief.login, f"Subject: palsu\nMessage-ID: <{waiting['token']}@{school.domain}>\n\nx\n", "Sent")
    for path, form in (("/undo", {"id": waiting["waiting"], "token": waiting["token"]}),
                       ("/later", {"id": waiting["waiting"], "do": "cancel", "message_id": f"<{waiting['token']}@{school.domain}>"})):
        answer = thief.post(path, {"csrf": csrf, **form})
        assert answer.status == 303 and "too-late" in answer.headers["Location"]
    assert school.subjects(thief.login, "Drafts") == []
    assert "milikku" not in thief.get("/later").text and "milikku" in writer.get("/later").text
    with school.submission(thief.login) as smtp:  # nor does a mail program know these words
        smtp.ehlo()
        assert smtp.docmd("XTAKEBACK", waiting["waiting"])[0] >= 500 and smtp.docmd("XWAITING")[0] >= 500
    csrf = writer.token(writer.get("/compose").text)
    for _ in range(2):  # pressed twice: the same answer
        answer = writer.post("/undo", {"csrf": csrf, "id": waiting["waiting"], "token": waiting["token"]})
        assert "taken-back" in answer.headers["Location"]
        assert school.subjects(writer.login, "Drafts") == ["milikku"] and school.subjects(writer.login, "Sent") == []


def test_a_crash_while_a_mail_is_taken_back_leaves_one_copy_in_the_end(school, fresh, reader):
    writer = person(school, fresh("penulis"), "20")
    answer = writer.post("/compose", writer.letter(reader, subject="setengah"))
    copy = mails(school, writer.login, "Sent")[0].as_bytes()
    waiting = waiting_form(answer)
    csrf = writer.token(writer.get("/compose").text)
    edit = writer.post("/undo", {"csrf": csrf, "id": waiting["waiting"], "token": waiting["token"]}).headers["Location"]
    with school.imap(writer.login) as imap:  # as it was before the last step
        imap.append("Sent", None, None, copy)
    school.kill("httpd")
    waits_for_httpd(writer)
    person(school, writer.login)
    page = writer.get(edit.split("?")[0]).text
    assert writer.post("/compose", fields_of(page, do="send", text="lagi")).status == 303
    school.wait_for_subject(reader, "setengah")
    assert [mail.get_content().strip() for mail in mails(school, writer.login, "Sent") + mails(school, reader)] == ["lagi", "lagi"]
    assert school.subjects(writer.login, "Drafts") == []


def test_a_mail_for_later_that_was_taken_back_and_changed_goes_out_once(school, writer, reader):
    tomorrow = (datetime.datetime.now() + datetime.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    assert "sent-later" in writer.post("/compose", writer.letter(reader, subject="besok", later=tomorrow)).headers["Location"]
    page = writer.get("/later").text
    form = {"csrf": writer.token(page), "id": field(page, "id"), "message_id": field(page, "message_id")}
    edit = writer.post("/later", {**form, "do": "edit"}).headers["Location"]
    again = fields_of(writer.get(edit.split("?")[0]).text, do="send", subject="sekarang")
    assert "already" not in writer.post("/compose", again).headers["Location"]
    school.wait_for_subject(reader, "sekarang")
    assert school.subjects(writer.login, "Sent") == school.subjects(reader) == ["sekarang"]
    assert school.subjects(writer.login, "Drafts") == [] and "besok" not in writer.get("/later").text


# The session ends; the mail daemon restarts.


def test_text_and_files_come_back_after_the_session_ended(school, writer, reader):
    letter = writer.letter(reader, subject="sesi", text="tulisan <lama>")
    assert post_with_files(writer, {**letter, "do": "attach"}, [("tugas.bin", b"isi tugas")]).status == 200
    writer.cookies.clear()
    page = writer.post("/compose", {**letter, "text": "tulisan <baru>"})
    kept = {html.unescape(k): html.unescape(v) for k, v in re.findall(r'<(?:input|textarea)[^>]* name="(kept\.[^"]+)"[^>]*? value="([^"]*)"', page.text)}
    kept |= {k: html.unescape(v) for k, v in re.findall(r'<textarea[^>]* name="(kept\.[^"]+)"[^>]*>\n?(.*?)</textarea>', page.text, re.S)}
    page = writer.log_in(writer.login, **kept).text
    again = fields_of(page, do="send")
    assert (again["to"], again["subject"], again["text"]) == (reader, "sesi", "tulisan <baru>")
    assert again["token"] == letter["token"] and "tugas.bin" in page
    assert writer.post("/compose", again).status == 303
    school.wait_for_subject(reader, "sesi")
    mail = mails(school, reader)[0]
    assert [part.get_content() for part in mail.iter_attachments()] == [b"isi tugas"]
    assert mail.get_body(("plain",)).get_content().strip() == "tulisan <baru>"


def test_a_mail_daemon_that_restarts_loses_no_draft_and_no_mail(school, writer, reader):
    for round, services in enumerate((["maild-box"], ["maild-in"], ["maild-box", "maild-in"])):
        subject = f"mati {round}"
        letter = writer.letter(reader, subject=subject, text="masih di sini")
        for do in ("save", "send"):
            for service in services:
                school.kill(service)
            answer = writer.post("/compose", {**letter, "do": do})
            if answer.status != 303:  # a page that keeps everything, and says what to do
                assert answer.status == 422 and 'role="alert"' in answer.text
                assert text_of(answer.text) == "masih di sini" and field(answer.text, "token") == letter["token"]
                wait_until(lambda: writer.get("/mail/INBOX").status == 200, 20, "the list")
                answer = wait_until(lambda: saved_or_none(writer, {**letter, "do": do}), 20, "the second try")
            if do == "save":
                wait_until(lambda: writer.get("/mail/INBOX").status == 200, 20, "the list")
                assert school.subjects(writer.login, "Drafts") == [subject]
        wait_until(lambda: reads(school, reader, subject), 20, "the mail")
        assert school.subjects(reader).count(subject) == 1
        wait_until(lambda: school.subjects(writer.login, "Sent").count(subject) == 1, what="the copy")
        assert school.subjects(writer.login, "Drafts") == []


def saved_or_none(client, letter):
    answer = client.post("/compose", letter)
    return answer if answer.status == 303 else None


def reads(school, login, subject):
    try:
        return subject in school.subjects(login)
    except OSError:
        return False


# A full mailbox.


def test_a_full_mailbox_sends_and_says_that_no_copy_was_kept(school, fresh, reader):
    login = fresh("penuh", quota="1M")
    writer = person(school, login)
    put(school, login, "Subject: isi\n\n" + ("x" * 70 + "\n") * 14000)
    letter = writer.letter(reader, subject="masih terkirim", text="y" * 200_000)
    draft = writer.post("/compose", {**letter, "do": "save"})
    assert draft.status == 422 and 'role="alert"' in draft.text and text_of(draft.text) == letter["text"]
    answer = writer.post("/compose", {**letter, "do": "send"})
    assert "sent-no-copy" in answer.headers["Location"]
    assert writer.get(answer.headers["Location"]).text.count('class="notice"') == 1
    school.wait_for_subject(reader, "masih terkirim")
    assert school.subjects(login, "Sent") == []
    assert "already-sent" in writer.post("/compose", letter).headers["Location"]
    assert school.subjects(reader) == ["masih terkirim"]
