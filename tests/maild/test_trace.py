"""kotakpos trace: what became of each message, in order, in words that a pupil understands, and as JSON."""

import imaplib
import json
import os
import re
import signal
import socket
import socketserver
import threading
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid

import pytest

from support.appliance import Appliance, wait_until


def send(school, sender, to, text="Halo\n", subject="rahasia-subjek"):
    """Submits a mail; gives its Message-ID."""
    message = EmailMessage()
    message["From"] = school.address(sender)
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = make_msgid(domain="test")
    message.set_content(text)
    with school.submission(sender) as client:
        client.sendmail(school.address(sender), [to], message.as_bytes(policy=SMTP))
    return message["Message-ID"]


def trace(school, *words):
    return json.loads(school.kotakpos("trace", "--json", *words))


def events(school, message_id):
    messages = trace(school, "--id", message_id)["messages"]
    return messages[0]["events"] if messages else []


def names(school, message_id):
    return [event["event"] for event in events(school, message_id)]


def wait_for(school, message_id, *expected):
    wait_until(lambda: names(school, message_id) == list(expected), 10, f"{expected}, not {names(school, message_id)},")
    return events(school, message_id)


def in_order(text, *parts):
    """The parts stand in the text one behind the other."""
    return re.search(".*".join(re.escape(part) for part in parts), text, re.S) is not None


def test_a_mail_to_one_person_is_told_in_the_language_of_the_school(school, fresh, tmp_path):
    ali, budi = fresh("ali"), fresh("budi")
    message_id = send(school, ali, school.address(budi))
    event, = wait_for(school, message_id, "delivered")
    assert event["places"] == [budi] and event["recipient"] == school.address(budi)

    message, = trace(school, "--id", message_id)["messages"]
    assert message["from"] == school.address(ali) and message["login"] == ali and message["to"] == [school.address(budi)]
    assert (message["peer"], message["hello"], message["protocol"]) == ("127.0.0.1", "client.example", "ESMTPSA")
    assert message["tls"].startswith("TLSv1.3") and message["message_id"] == message_id and message["size"] > 100
    assert message["connected"] <= message["accepted"] <= event["time"]

    told = school.kotakpos("trace", "--id", message["id"])
    assert in_order(told, f"{school.address(ali)} → {school.address(budi)}", "127.0.0.1 tersambung", "dienkripsi dengan TLS",
                    f"diterima untuk {school.address(budi)}, dikirim oleh {ali}", f"masuk ke kotak surat {budi}")
    english = tmp_path / "en.conf"
    english.write_text(school.config.read_text().replace("language = id", "language = en"))
    told = school.kotakpos("trace", "--id", message["id"], "--config", str(english))
    assert in_order(told, "127.0.0.1 connects", "encrypted with TLS", "accepted for", f"into the mailbox of {budi}")
    assert "rahasia-subjek" not in told and "\033" not in told


def test_a_class_is_expanded_and_each_of_it_finds_the_mail(school, fresh):
    school.kotakpos("class", "add", "XII-TRACE")
    ali, budi, guru = (fresh("ali", **{"class": "XII-TRACE"}), fresh("budi", **{"class": "XII-TRACE"}),
                       fresh("guru", role="teacher"))
    address = "xii-trace"
    message_id = send(school, guru, school.address(address))
    expanded, delivered = wait_for(school, message_id, "expanded", "delivered")
    assert expanded["recipient"] == school.address(address)
    assert sorted(expanded["places"]) == sorted(delivered["places"]) == sorted([ali, budi])
    for who in (budi, school.address(budi), school.address(address), school.address(budi).upper()):
        assert [m["message_id"] for m in trace(school, "--to", who)["messages"]] == [message_id], who
    assert f"{school.address(address)} berarti" in school.kotakpos("trace", "--to", budi)


class Sink(socketserver.StreamRequestHandler):
    """Another school's server: takes everything."""

    def handle(self):
        self.say("220 mail.sekolah-lain.example")
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"DATA":
                self.say("354 go on")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                self.say("250 2.0.0 terima kasih")
            elif verb == b"QUIT":
                return self.say("221 bye")
            else:
                self.say("250 ok")

    def say(self, reply):
        self.wfile.write(reply.encode() + b"\r\n")


def test_what_another_server_takes_is_told_with_its_answer(school, fresh):
    ali = fresh("ali")
    try:
        server = socketserver.ThreadingTCPServer(("127.71.0.3", 25), Sink)
    except OSError:
        pytest.skip("port 25 is taken, or only for root")
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        message_id = send(school, ali, "siti@[127.71.0.3]")
        event, = wait_for(school, message_id, "sent")
        server.shutdown()
    assert event["recipient"] == "siti@[127.71.0.3]" and event["reply"] == "250 2.0.0 terima kasih" and event["places"]
    assert re.search(r"diserahkan ke .* untuk siti@\[127.71.0.3\]: 250 2.0.0 terima kasih", school.kotakpos("trace", "--to", "siti@["))


def test_what_waits_for_another_server_says_why_and_until_when(school, fresh):
    ali = fresh("ali")
    message_id = send(school, ali, "siti@[127.71.0.4]")  # nobody is there
    event = wait_for(school, message_id, "deferred")[0]
    assert event["recipient"] == "siti@[127.71.0.4]" and event["reply"] and event["next_try"] > event["time"]
    message, = trace(school, "--id", message_id)["messages"]
    queued, = message["queued"]
    assert (queued["recipient"], queued["attempts"], queued["held"]) == ("siti@[127.71.0.4]", 1, False)
    for command in ("hold", "retry", "delete"):
        school.kotakpos("queue", command, message["id"])
    by_person = [name for name in names(school, message_id) if name in ("held", "released", "deleted")]
    assert by_person == ["held", "released", "deleted"]
    assert trace(school, "--id", message_id)["messages"][0]["queued"] == []
    told = school.kotakpos("trace", "--from", ali)
    assert in_order(told, "harus menunggu", "ditahan oleh administrator", "dilepas oleh", "dihapus dari antrean")


def read_by_imap(school, login):
    with school.imap(login) as client:
        client.select("INBOX")
        client.fetch("1", "(BODY[])")


def read_by_pop3(school, login):
    client = school.pop3(login)
    client.retr(1)
    client.dele(1)
    client.quit()


def read_in_webmail(school, login):
    """The webmail speaks IMAP over this socket, and nobody else does."""
    class Local(imaplib.IMAP4):
        def _create_socket(self, timeout):
            client = socket.socket(socket.AF_UNIX)
            client.connect(str(school.state / "run" / "imap.sock"))
            return client

    with Local() as client:
        client.login(login, "123")
        client.select("INBOX")
        client.fetch("1", "(BODY.PEEK[])")
        client.store("1", "+FLAGS", r"(\Seen)")


@pytest.mark.parametrize("read, means, word", [(read_by_imap, "imap", "IMAP"), (read_by_pop3, "pop3", "POP3"),
                                               (read_in_webmail, "webmail", "webmail")])
def test_the_first_reading_is_told_once(school, fresh, read, means, word):
    ali, budi = fresh("ali"), fresh("budi")
    message_id = send(school, ali, school.address(budi))
    wait_for(school, message_id, "delivered")
    with school.imap(budi) as client:  # looking without reading
        client.select("INBOX")
        client.fetch("1", "(BODY.PEEK[HEADER])")
    assert names(school, message_id) == ["delivered"]
    read(school, budi)
    reading = wait_for(school, message_id, "delivered", "read")[1]
    assert (reading["means"], reading["places"]) == (means, [budi])
    assert f"pertama kali dibaca oleh {budi} ({word})" in school.kotakpos("trace", "--to", budi)
    if means != "pop3":
        with school.imap(budi) as client:
            client.select("INBOX")
            client.store("1", "-FLAGS", r"(\Seen)")
            client.fetch("1", "(BODY[])")
        assert events(school, message_id)[1] == reading


def test_a_refused_recipient_is_found_and_a_flood_stays_small(school):
    with school.smtp() as client:
        client.ehlo()
        client.mail("ibu@luar.example")
        assert client.rcpt(school.address("tidak-ada"))[0] == 550
    found = wait_until(lambda: trace(school, "--to", school.address("tidak-ada"))["refused"], 5, "the refusal")
    assert found[0]["from"] == "ibu@luar.example" and found[0]["reply"].startswith("550 5.1.1") and found[0]["count"] == 1
    assert "ditolak ketika mengirim surat dari ibu@luar.example" in school.kotakpos("trace", "--to", "tidak-ada")

    with school.smtp() as client:
        client.ehlo()
        client.mail("penyerang@luar.example")
        for number in range(300):
            client.rcpt(school.address(f"tebakan-{number}"))
    with school.smtp() as client:
        client.ehlo()
        client.mail("ayah@luar.example")
        client.rcpt(school.address("ali"))
        client.data("Subject: hai\r\n\r\nhai\r\n")
    wait_until(lambda: trace(school, "--from", "ayah@luar.example")["messages"], 5, "the mail behind the flood")
    wait_until(lambda: trace(school, "--from", "penyerang")["refused"], 5, "the flood's refusals")
    assert 5 < len(trace(school, "--from", "penyerang")["refused"]) <= 20


def test_what_does_not_fit_is_said_and_bad_questions_are_refused(school, fresh):
    told = school.kotakpos("trace", "--from", fresh("tanpa-surat"))
    assert told.strip() == "Tidak ada surat yang cocok. Jejak surat disimpan selama 30 hari."
    school.kotakpos("setting", "set", "trace.keep", "7d")
    assert "selama 7 hari" in school.kotakpos("trace", "--from", "tanpa-surat")
    school.kotakpos("setting", "unset", "trace.keep")
    assert trace(school, "--since", "2001-01-01", "--until", "2001-12-31")["messages"] == []
    for words in (["--since", "kemarin"], ["--since", "2026-02-30"], ["--limit", "0"], ["--until", "5x"]):
        done = school.run("trace", *words)
        assert done.returncode == 3 and done.stderr.startswith("kotakpos: ") and done.stdout == ""
    assert school.run("trace", "--sejak", "2h").returncode == 2


def test_pages_of_a_busy_day_and_times(school, fresh):
    ali, budi = fresh("ali"), fresh("budi")
    ids = [send(school, ali, school.address(budi)) for _ in range(4)]
    found = trace(school, "--from", ali, "--limit", "3")
    assert [m["message_id"] for m in found["messages"]] == ids[1:] and found["has_more"]
    assert len(trace(school, "--from", ali, "--since", "10m")["messages"]) == 4
    assert trace(school, "--from", ali, "--until", "10m")["messages"] == []


def test_kill_9_between_accepting_and_delivering_and_a_restart_keep_the_trace():
    with Appliance() as school:
        for _ in range(3):
            pid = wait_until(lambda: next((p["pid"] for p in school.processes() if p["name"] == "maild-box"), 0), 20, "a pid")
            os.kill(pid, signal.SIGSTOP)
            message_id = send(school, "ali", school.address("budi"))
            message, = trace(school, "--id", message_id)["messages"]
            assert message["to"] == [school.address("budi")] and message["events"] == []
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: names(school, message_id) == ["delivered"], 20, "the delivery after the restart")
        before = trace(school)
        school.stop()
        assert trace(school) == before  # readable while nothing runs
        school.start()
        assert trace(school) == before and len(before["messages"]) == 3
