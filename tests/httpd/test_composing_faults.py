"""Writing a mail while everything goes wrong: crashes between the steps, full mailboxes, two devices, hostile forms.
No mail is lost, none is sent twice, and what was written comes back."""

import datetime
import email
import email.policy
import html
import os
import re
import signal
import socket
import ssl
import threading
import time

import pytest

from httpd.test_http_server import Client
from support.appliance import wait_until


@pytest.fixture
def writer(school, fresh):
    return person(school, fresh("penulis"))


@pytest.fixture
def reader(fresh):
    return fresh("pembaca")


def person(school, login, undo="0"):
    client = Client(school)
    client.login = login
    client.log_in(login)
    if undo is not None:
        answer = client.post("/settings/display", {"csrf": client.token(client.get("/compose").text), "undo-seconds": undo})
        assert answer.status == 303
    return client


def mails(school, login, folder="INBOX"):
    with school.imap(login) as imap:
        imap.select(folder, readonly=True)
        found = imap.uid("search", None, "ALL")[1][0].split()
        return [email.message_from_bytes(imap.uid("fetch", uid, "(BODY.PEEK[])")[1][0][1], policy=email.policy.default) for uid in found]


def uids(school, login, folder="INBOX"):
    with school.imap(login) as imap:
        imap.select(folder, readonly=True)
        return [uid.decode() for uid in imap.uid("search", None, "ALL")[1][0].split()]


def put(school, login, lines, folder="INBOX"):
    """A message straight into a mailbox; gives its UID."""
    with school.imap(login) as imap:
        imap.append(folder, None, None, lines.replace("\n", "\r\n").encode())
    return uids(school, login, folder)[-1]


def field(page, name):
    found = re.search(rf'<input[^>]* name="{name}"[^>]*? value="([^"]*)"', page)
    return html.unescape(found.group(1)) if found else None


def text_of(page):
    return html.unescape(re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.S).group(1))


def fields_of(page, **more):
    """What a browser would post from this page."""
    names = ("csrf", "token", "origin", "origin_folder", "origin_uid", "html", "to", "cc", "bcc", "subject")
    return {**{name: field(page, name) or "" for name in names}, "text": text_of(page), **more}


def waits_for_httpd(client):
    def is_back():
        try:
            return client.get("/login").status in (200, 303)
        except OSError:
            return False

    wait_until(is_back, 20, "httpd's return")


def post_with_files(client, fields, files):
    boundary = "----TestBoundary8"
    body = b"".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items())
    for name, content in files:
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'.encode()
        body += content + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return client.request("POST", "/compose", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})


class Stopped:
    """A daemon that stands still, as on a disk that does not answer."""

    def __init__(self, school, service):
        self.pid = school.pid(service)

    def __enter__(self):
        os.kill(self.pid, signal.SIGSTOP)

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGCONT)


def post_in_background(client, letter):
    def post():
        try:
            client.post("/compose", letter)
        except OSError:
            pass

    thread = threading.Thread(target=post)
    thread.start()
    return thread


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


# Much, large, broken off, oddly named.


def test_thousands_of_pasted_recipients_get_an_answer_within_seconds(school, writer, reader):
    begin = time.monotonic()
    people = "\n".join(f"Orang {i} <orang{i}@luar.example>" for i in range(5000))
    page = writer.post("/compose", writer.letter(people + "\n" + reader, subject="semua"))
    assert page.status == 422 and 'role="alert"' in page.text and "orang4999@luar.example" in page.text
    page = writer.post("/compose", writer.letter(", ".join(f"tiada{i}" for i in range(5000)), subject="semua"))
    assert page.status == 422 and 'role="alert"' in page.text
    assert time.monotonic() - begin < 20
    assert school.subjects(writer.login, "Sent") == []


def memory(school):
    status = open(f"/proc/{school.pid('httpd')}/status").read()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) << 10


def test_a_file_of_fifty_megabytes_is_kept_or_refused_in_words_and_memory_comes_back(school, writer, reader):
    letter = writer.letter(reader, subject="besar", text="teks tetap", do="attach")
    large = post_with_files(writer, letter, [("besar.bin", b"\0" * (51 << 20))])
    assert large.status in (413, 422) and "50 MB" in large.text
    assert post_with_files(writer, letter, [("satu.bin", b"1" * (30 << 20))]).status == 200
    second = post_with_files(writer, letter, [("dua.bin", b"2" * (30 << 20))])
    assert second.status == 422 and "50 MB" in second.text and text_of(second.text) == "teks tetap" and "satu.bin" in second.text
    assert "dua.bin" not in second.text
    assert memory(school) < 400 << 20
    wait_until(lambda: memory(school) < 200 << 20, 20, "the memory's return")


def test_an_upload_broken_off_leaves_the_form_as_it_was(school, writer, reader):
    letter = writer.letter(reader, subject="putus", text="tetap")
    assert post_with_files(writer, {**letter, "do": "attach"}, [("utuh.txt", b"utuh")]).status == 200
    cookie = "; ".join(f"{k}={v}" for k, v in writer.cookies.items())
    boundary = "x7"
    head = f"--{boundary}\r\n" + "".join(f'Content-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n--{boundary}\r\n' for k, v in {**letter, "do": "send"}.items())
    head += 'Content-Disposition: form-data; name="files"; filename="setengah.bin"\r\n\r\n'
    with socket.create_connection(("localhost", school.ports["https"]), timeout=20) as plain:
        stream = ssl._create_unverified_context().wrap_socket(plain, server_hostname="localhost")
        stream.sendall((f"POST /compose HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nContent-Type: multipart/form-data; boundary={boundary}\r\n"
                        f"Content-Length: {10 << 20}\r\n\r\n{head}").encode() + b"z" * (1 << 20))
    page = writer.post("/compose", {**letter, "do": "keep"}).text
    assert "utuh.txt" in page and "setengah.bin" not in page
    assert school.subjects(writer.login, "Sent") == []
    assert writer.post("/compose", letter).status == 303
    school.wait_for_subject(reader, "putus")
    assert [part.get_filename() for part in mails(school, reader)[0].iter_attachments()] == ["utuh.txt"]


@pytest.mark.parametrize("name,expected", [
    ("../../etc/passwd", None), ("C:\\\\Users\\\\ali\\\\tugas.txt", None), ("a\u202egnp.exe", None),
    ("n" * 300 + ".pdf", None), ("b\u0000r\u0007.txt", None), ("%0d%0aX-Evil: 1.txt", None), ("tugas é 日本.odt", "tugas é 日本.odt"),
], ids=["slashes", "backslashes", "rtl", "long", "controls", "crlf", "unicode"])
def test_odd_file_names_become_harmless_and_the_file_arrives(school, writer, reader, name, expected):
    letter = writer.letter(reader, subject="nama")
    assert post_with_files(writer, letter, [(name, b"isi")]).status == 303
    school.wait_for_subject(reader, "nama")
    mail = mails(school, reader)[0]
    part = next(mail.iter_attachments())
    got = part.get_filename()
    assert part.get_content() == b"isi" and mail["X-Evil"] is None and part["X-Evil"] is None
    assert got and "/" not in got and "\\" not in got and not re.search("[\u202a-\u202e\u2066-\u2069\0-\x1f]", got)
    assert len(got.encode()) <= 255
    assert expected is None or got == expected


# What a hostile form sends.


HOSTILE = """<p onclick="x()">Halo <b>tebal</b></p><script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">klik</a>
<iframe src="https://evil.example"></iframe><form action="https://evil.example"><input name=q></form><style>*{display:none}</style>
<svg onload=alert(1)></svg><meta http-equiv=refresh content="0;url=https://evil.example"><base href="https://evil.example/">"""


def test_hostile_rich_text_is_cleaned_before_it_is_sent(school, writer, reader):
    letter = writer.letter(reader, subject="kaya", html=HOSTILE, text="")
    kept = writer.post("/compose", {**letter, "do": "keep"}).text
    assert "onerror" not in field(kept, "html") and "<b>tebal</b>" in field(kept, "html")
    assert writer.post("/compose", {**letter, "do": "save"}).status == 303
    assert writer.post("/compose", letter).status == 303
    school.wait_for_subject(reader, "kaya")
    for mail in mails(school, reader) + mails(school, writer.login, "Sent"):
        rich = mail.get_body(("html",)).get_content().lower()
        assert "<b>tebal</b>" in rich and "tebal" in mail.get_body(("plain",)).get_content()
        for word in ("<script", "onclick", "onerror", "onload", "javascript:", "<iframe", "<form", "<input", "<meta", "<base", "<svg"):
            assert word not in rich, word
        assert "alert(1)" not in mail.get_body(("plain",)).get_content()


def test_nobody_writes_as_somebody_else_and_no_field_adds_a_header(school, writer, reader):
    letter = writer.letter(reader, subject="palsu\r\nX-Evil: 1\r\nBcc: guru1", **{"from": f"kepsek@{school.domain}"})
    letter |= {"priority": "high\r\nX-Evil: 2", "token": "../../../etc", "origin_folder": "INBOX\r\nA1 DELETE Sent", "origin_uid": "1", "origin": "reply"}
    assert writer.post("/compose", letter).status == 303
    wait_until(lambda: mails(school, reader), 20, "the mail")
    for mail in mails(school, reader) + mails(school, writer.login, "Sent"):
        assert mail["From"].addresses[0].addr_spec == f"{writer.login}@{school.domain}"
        assert mail["X-Evil"] is None and mail["Bcc"] is None
    assert mails(school, reader)[0]["X-Kotakpos-Form"] is None


def test_blind_copies_and_the_forms_field_are_only_in_the_writers_copy(school, fresh, writer, reader):
    hidden = fresh("rahasia")
    assert writer.post("/compose", writer.letter(reader, bcc=hidden, subject="buta")).status == 303
    for login in (reader, hidden):
        school.wait_for_subject(login, "buta")
        assert hidden.encode() not in mails(school, login)[0].as_bytes().split(b"\n\n")[0].split(b"Received:")[0].replace(b"Delivered-To: " + hidden.encode(), b"")
        assert mails(school, login)[0]["Bcc"] is None
    assert hidden in mails(school, writer.login, "Sent")[0]["Bcc"]


# Forwarding, lists, reports, receipts.


def test_an_answer_goes_out_although_the_mail_and_its_folder_have_gone(school, writer, reader):
    with school.imap(writer.login) as imap:
        imap.create("Rapat")
    uid = put(school, writer.login, f"From: {reader}@{school.domain}\nTo: x@luar.example\nSubject: asal\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
              "--b\n\nisi\n--b\nContent-Disposition: attachment; filename=a.txt\n\nberkas\n--b--\n", "Rapat")
    reply = fields_of(writer.get(f"/mail/Rapat/{uid}/reply").text, do="send")
    page = writer.get(f"/mail/Rapat/{uid}/forward").text
    forward = fields_of(page, do="send", to=reader, forwarded=field(page, "forwarded"))
    assert forward["forwarded"]
    with school.imap(writer.login) as imap:
        imap.delete("Rapat")
    assert writer.post("/compose", reply).status == 303
    school.wait_for_subject(reader, "Re: asal")
    lost = writer.post("/compose", forward)  # it would go out without its file
    assert lost.status == 422 and 'role="alert"' in lost.text and text_of(lost.text) == forward["text"]
    assert writer.post("/compose", fields_of(lost.text, do="send")).status == 303
    school.wait_for_subject(reader, "Fwd: asal")


def test_a_mail_is_forwarded_whole_and_answered_to_its_list(school, writer, reader):
    uid = put(school, writer.login, "From: a@luar.example\nTo: x@luar.example\nList-Post: <mailto:daftar@luar.example>\nSubject: =?utf-8?q?Rapat_=2Fbesok?=\n"
              "Message-ID: <asal@luar.example>\n\nisi asal\n")
    reply = fields_of(writer.get(f"/mail/INBOX/{uid}/reply-list").text)
    assert reply["to"] == "daftar@luar.example" and reply["subject"] == "Re: Rapat /besok"
    whole = fields_of(writer.get(f"/mail/INBOX/{uid}/forward-whole").text, to=reader, do="send")
    assert writer.post("/compose", whole).status == 303
    school.wait_for_subject(reader, "Fwd: Rapat /besok")
    part = next(mails(school, reader)[0].iter_attachments())
    assert part.get_content_type() == "message/rfc822"
    assert part.get_content()["Message-ID"] == "<asal@luar.example>" and "isi asal" in part.get_content().get_content()


def test_a_mail_too_large_to_forward_whole_is_not_forwarded_without_itself(school, writer, reader):
    uid = put(school, writer.login, "From: a@luar.example\nSubject: raksasa\n\n" + ("x" * 990 + "\n") * 38_000)
    fill = writer.letter(reader, do="attach")
    assert post_with_files(writer, fill, [("penuh.bin", b"0" * (20 << 20))]).status == 200
    page = writer.get(f"/mail/INBOX/{uid}/forward-whole")
    assert page.status == 422 and "50 MB" in page.text and 'role="alert"' in page.text


def test_a_list_post_of_a_stranger_cannot_name_anything_but_an_address(school, writer):
    for value in ("NO", "<javascript:alert(1)>", "<mailto:>", "<mailto:a@x.example?bcc=guru1@x.example>", "<https://evil.example/>"):
        uid = put(school, writer.login, f"From: a@luar.example\nTo: b@luar.example\nSubject: x\nList-Post: {value}\n\nx\n")
        page = writer.get(f"/mail/INBOX/{uid}/reply-list")
        assert page.status == 200 and field(page.text, "to") in ("a@luar.example", "a@x.example")


def test_a_report_comes_when_the_mail_arrived(school, writer, reader):
    assert writer.post("/compose", writer.letter(reader, subject="laporkan", report="1", receipt="1")).status == 303
    school.wait_for_subject(reader, "laporkan")
    assert mails(school, reader)[0]["Disposition-Notification-To"] == f"{writer.login}@{school.domain}"
    report = wait_until(lambda: mails(school, writer.login), 20, "the report")[0]
    assert report.get_content_type() == "multipart/report" and "Action: delivered" in report.as_string()


def asked(school, login, asker, more=""):
    return put(school, login, f"From: {asker}@{school.domain}\nTo: {login}@{school.domain}\nDisposition-Notification-To: {asker}@{school.domain}\n"
               f"Message-ID: <tanya{os.urandom(4).hex()}@luar.example>\nSubject: dibaca?\n{more}\nhalo\n")


def test_a_receipt_is_sent_once_and_never_after_no(school, fresh, writer):
    asker = fresh("penanya")
    path = f"/mail/INBOX/{asked(school, writer.login, asker)}"
    assert 'value="ignore"' in writer.get(path).text
    csrf = writer.token(writer.get(path).text)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(writer.post(path + "/receipt", {"csrf": csrf, "do": "send"}).status)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [303] * 3
    assert writer.post(path + "/receipt", {"csrf": csrf, "do": "send"}).status == 303
    assert 'value="ignore"' not in writer.get(path).text
    wait_until(lambda: mails(school, asker), 20, "the receipt")

    no = f"/mail/INBOX/{asked(school, writer.login, asker)}"
    assert writer.post(no + "/receipt", {"csrf": csrf, "do": "ignore"}).status == 303
    assert 'value="ignore"' not in writer.get(no).text
    assert writer.post(no + "/receipt", {"csrf": csrf, "do": "send"}).status == 303  # a tab left open
    assert writer.post("/compose", writer.letter(asker, subject="terakhir")).status == 303
    school.wait_for_subject(asker, "terakhir")
    assert len(mails(school, asker)) == 2


def test_a_receipt_asks_for_no_receipt_and_is_offered_none(school, fresh, writer):
    asker = person(school, fresh("penanya"))
    path = f"/mail/INBOX/{asked(school, writer.login, asker.login)}"
    writer.post(path + "/receipt", {"csrf": writer.token(writer.get(path).text), "do": "send"})
    receipt = wait_until(lambda: mails(school, asker.login), 20, "the receipt")[0]
    assert receipt["Disposition-Notification-To"] is None and receipt["Return-Path"] == "<>"
    assert 'value="ignore"' not in asker.get(f"/mail/INBOX/{uids(school, asker.login)[-1]}").text
    forged = asked(school, writer.login, asker.login, 'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n')
    assert 'value="ignore"' not in writer.get(f"/mail/INBOX/{forged}").text
    writer.post(f"/mail/INBOX/{forged}/receipt", {"csrf": writer.token(writer.get(path).text), "do": "send"})
    assert writer.post("/compose", writer.letter(asker.login, subject="terakhir")).status == 303
    school.wait_for_subject(asker.login, "terakhir")
    assert len(mails(school, asker.login)) == 2
