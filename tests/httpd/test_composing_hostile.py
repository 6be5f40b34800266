"""Mails and forms that are large, broken off, oddly named or hostile; forwarding, lists, reports and receipts."""

import os
import re
import socket
import ssl
import threading
import time

import pytest

from httpd.writing import field, fields_of, mails, person, post_with_files, put, text_of, uids
from support.appliance import wait_until


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


def test_a_file_of_fifty_megabytes_is_kept_or_refused_in_words_without_costing_memory(school, writer, reader):
    letter = writer.letter(reader, subject="besar", text="teks tetap", do="attach")
    large = post_with_files(writer, letter, [("besar.bin", b"\0" * (51 << 20))])
    assert large.status in (413, 422) and "50 MB" in large.text
    assert post_with_files(writer, letter, [("satu.bin", b"1" * (30 << 20))]).status == 200
    second = post_with_files(writer, letter, [("dua.bin", b"2" * (30 << 20))])
    assert second.status == 422 and "50 MB" in second.text and text_of(second.text) == "teks tetap" and "satu.bin" in second.text
    assert "dua.bin" not in second.text
    assert memory(school) < 80 << 20


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
