"""The queue from outside: delivery reports field by field, kotakpos route and kotakpos queue, with real daemons and a
small server that plays the other school."""

import contextlib
import email
import json
import socketserver
import sqlite3
import stat
import threading
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parsedate_to_datetime

import pytest

from support.appliance import is_free, wait_until

LATER = 6 * 3600
WORDS = {"premium": "utama", "standard": "biasa", "bulk": "massal", "auto": "otomatis"}


class OtherSchool(socketserver.ThreadingTCPServer):
    """Refuses who is called tolak, takes everything else: [(MAIL line, [RCPT lines], bytes)]."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Talk)
        self.taken = []
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def to(self, address):
        """The mails taken for an address."""
        return [content for _, recipients, content in list(self.taken) if any(address in line for line in recipients)]


class Talk(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 mail.far.example")
        sender, recipients = "", []
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"EHLO":
                self.say("250-mail.far.example\r\n250-8BITMIME\r\n250 SMTPUTF8")
            elif verb == b"MAIL":
                sender, recipients = line.decode().strip(), []
                self.say("250 ok")
            elif verb == b"RCPT" and b"tolak" in line:
                self.say("550 5.1.1 tidak ada di sini")
            elif verb == b"RCPT":
                recipients.append(line.decode().strip())
                self.say("250 ok")
            elif verb == b"DATA" and not recipients:
                self.say("503 5.5.1 no recipients")
            elif verb == b"DATA":
                self.say("354 go on")
                content = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.taken.append((sender, recipients, content))
                self.say("250 2.0.0 terima kasih")
            elif verb == b"QUIT":
                return self.say("221 bye")
            else:
                self.say("250 ok")

    def say(self, reply):
        self.wfile.write(reply.encode() + b"\r\n")


@pytest.fixture(scope="module")
def far(school):
    """far.example answers; nobody is at *.away.example."""
    with OtherSchool() as server:
        school.kotakpos("route", "set", "far.example", f"[127.0.0.1]:{server.port}")
        school.kotakpos("route", "set", "*.away.example", f"[127.0.0.1]:{closed_port()}")
        yield server
        server.shutdown()


closed_ports = (port for port in range(9000, 9900) if is_free(port))


def closed_port():
    """Another one each time."""
    return next(closed_ports)


def send_away(school, login, mail=()):
    """Sends to a server of its own that nobody has (who does not answer rests for all); waits for the first try."""
    school.kotakpos("route", "set", f"{login}.away.example", f"[127.0.0.1]:{closed_port()}")
    message_id = send(school, login, away(login), mail)
    wait_for_event(school, message_id, "deferred")
    return message_id


def send(school, login, to, mail=(), rcpt=(), text="Halo\n"):
    """Submits a mail with the parameters of MAIL and RCPT; gives its Message-ID."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = school.address(login), "teman: ;", "surat"
    message["Message-ID"] = f"<{login}.{id(message)}@test>"
    message.set_content(text)
    with school.submission(login) as client:
        client.sendmail(school.address(login), [to], message.as_bytes(policy=SMTP), list(mail), list(rcpt))
    return message["Message-ID"]


def away(login):
    return f"siti@{login}.away.example"


def queued(school, *words):
    return json.loads(school.kotakpos("queue", "list", "--json", *words))


def of(school, login):
    """What waits of a person."""
    return queued(school, "--from", school.address(login))


def events(school, message_id):
    messages = json.loads(school.kotakpos("trace", "--json", "--id", message_id))["messages"]
    return [event["event"] for event in messages[0]["events"]] if messages else []


def wait_for_event(school, message_id, name):
    wait_until(lambda: name in events(school, message_id), 15, f"{name} of {message_id}")


def make_older(school, login, seconds):
    """As if the person's waiting mail had come so long ago: the shortest queue.warning is five minutes."""
    with contextlib.closing(sqlite3.connect(school.state / "spool" / "spool.db", timeout=10)) as spool, spool:
        ids = "(SELECT message_id FROM message WHERE login = :login)"
        values = {"login": login, "time": seconds * 1_000_000}
        spool.execute(f"UPDATE recipient SET deadline = deadline - :time WHERE deadline > 1 AND message_id IN {ids}", values)
        spool.execute("UPDATE message SET received = received - :time, release = MAX(release - :time, 0), "
                      "deliver_by = MAX(deliver_by - :time, 0) WHERE login = :login", values)
        spool.execute(f"UPDATE recipient SET next_try = next_try - :time WHERE state = 0 AND message_id IN {ids}", values)


def inbox(school, login):
    with school.imap(login) as client:
        if client.select("INBOX", readonly=True)[1] == [b"0"]:
            return []
        found = client.fetch("1:*", "(BODY.PEEK[])")[1]
        return [email.message_from_bytes(part[1]) for part in found if isinstance(part, tuple)]


class Report:
    """A report that has come, its outer shape checked."""

    def __init__(self, school, mail, action):
        self.mail, self.action = mail, action
        assert mail.get_content_type() == "multipart/report" and mail.get_param("report-type") == "delivery-status"
        assert mail["Return-Path"] == "<>" and mail["Auto-Submitted"] == "auto-replied"
        assert f"postmaster@{school.domain}" in mail["From"] and parsedate_to_datetime(mail["Date"])
        assert len(mail.get_payload()) == 3 and not any(part.defects for part in mail.walk())
        text, status, self.original = mail.get_payload()
        self.text = text.get_payload(decode=True).decode(text.get_content_charset())
        self.status_type = status.get_content_type()
        blocks = status.get_payload()
        if self.status_type == "message/global-delivery-status":  # Python takes the second block for a body
            rest = status.as_bytes().decode().split("\n\n")[2]
            blocks.append(email.message_from_string(rest, policy=SMTP))
        self.message, self.recipient = blocks[0], blocks[1]
        assert self.message["Reporting-MTA"] == f"dns; mail.{school.domain}"
        assert parsedate_to_datetime(self.message["Arrival-Date"])
        assert self.recipient["Action"] == action


def wait_for_report(school, login, action):
    found = wait_until(lambda: [mail for mail in inbox(school, login) if mail.get_content_type() == "multipart/report"],
                       15, f"a report for {login}")
    assert len(found) == 1
    return Report(school, found[0], action)


@pytest.mark.parametrize("returns, kind", [("FULL", "message/rfc822"), ("HDRS", "text/rfc822-headers")])
def test_failed_says_who_refused_what_and_gives_the_mail_back(school, far, fresh, returns, kind):
    ali = fresh("ali")
    message_id = send(school, ali, "tolak@far.example", [f"RET={returns}", "ENVID=QQ+2B314"],
                      ["NOTIFY=FAILURE", "ORCPT=rfc822;Tolak@far.example"], "isi-surat\n")
    report = wait_for_report(school, ali, "failed")
    assert report.message["Original-Envelope-Id"] == "QQ+314"
    assert report.recipient["Original-Recipient"].replace(" ", "") == "rfc822;Tolak@far.example"
    assert report.recipient["Final-Recipient"].replace(" ", "") == "rfc822;tolak@far.example"
    assert report.recipient["Status"] == "5.1.1" and report.recipient["Remote-MTA"] == "dns; 127.0.0.1"
    assert report.recipient["Diagnostic-Code"] == "smtp; 550 5.1.1 tidak ada di sini"
    assert parsedate_to_datetime(report.recipient["Last-Attempt-Date"]) and report.recipient["Will-Retry-Until"] is None
    assert report.status_type == "message/delivery-status" and report.original.get_content_type() == kind
    assert message_id in report.original.as_string() and report.mail["In-Reply-To"] == message_id
    assert ("isi-surat" in report.original.as_string()) == (returns == "FULL")
    assert "Your mail could not be delivered to:" in report.text and "tidak dapat" in report.text
    assert "127.0.0.1 answered: 550 5.1.1 tidak ada di sini" in report.text
    subject = str(email.header.make_header(email.header.decode_header(report.mail["Subject"])))
    assert subject.endswith(" / Mail not delivered") and of(school, ali) == []


def test_delayed_is_told_once_and_says_until_when_it_is_tried(school, far, fresh):
    ali = fresh("ali")
    message_id = send_away(school, ali)
    make_older(school, ali, LATER)
    report = wait_for_report(school, ali, "delayed")
    assert report.recipient["Status"] == "4.4.1" and report.recipient["Diagnostic-Code"] is None  # nobody has answered
    assert parsedate_to_datetime(report.recipient["Last-Attempt-Date"])
    arrival, until = (parsedate_to_datetime(value) for value in (report.message["Arrival-Date"],
                                                                 report.recipient["Will-Retry-Until"]))
    assert (until - arrival).days == 5
    assert report.original.get_content_type() == "text/rfc822-headers"
    assert "no connection to the other server" in report.text and "server tujuan tidak dapat dihubungi" in report.text
    assert "nothing needs to be done" in report.text and "answered" not in report.text
    message, = of(school, ali)
    assert message["recipients"][0]["state"] == "waiting"
    make_older(school, ali, LATER)
    make_older(school, ali, 6 * 86400)  # and after five days it goes back
    failed = Report(school, wait_until(lambda: inbox(school, ali)[1:], 15, "the failure")[0], "failed")
    assert failed.recipient["Status"] == "4.4.7" and of(school, ali) == []
    assert message_id in failed.original.as_string()


def test_delivered_here_relayed_elsewhere(school, far, fresh):
    ali, budi = fresh("ali"), fresh("budi")
    send(school, ali, school.address(budi), ["ENVID=satu"], ["NOTIFY=SUCCESS"])
    report = wait_for_report(school, ali, "delivered")
    assert report.recipient["Status"] == "2.0.0" and report.message["Original-Envelope-Id"] == "satu"
    assert report.recipient["Final-Recipient"].replace(" ", "") == f"rfc822;{school.address(budi)}"
    assert report.original.get_content_type() == "text/rfc822-headers"
    assert "Your mail was delivered to:" in report.text

    send(school, budi, "siti@far.example", rcpt=["NOTIFY=SUCCESS,FAILURE"])
    wait_until(lambda: [mail for mail in inbox(school, budi) if mail.get_content_type() == "multipart/report"], 15, "it")
    report = wait_for_report(school, budi, "relayed")
    assert report.recipient["Status"].startswith("2.") and report.recipient["Remote-MTA"] == "dns; 127.0.0.1"
    assert "a server that does not report deliveries" in report.text and far.to("siti@far.example")


def test_a_class_that_leads_away_too_is_expanded(school, far, fresh):
    ali, budi = fresh("ali"), fresh("budi")
    school.kotakpos("alias", "add", "panitia", school.address(budi), "panitia@far.example")
    send(school, ali, school.address("panitia"), rcpt=["NOTIFY=SUCCESS"])
    report = wait_for_report(school, ali, "expanded")
    assert report.recipient["Final-Recipient"].replace(" ", "") == f"rfc822;{school.address('panitia')}"
    assert report.recipient["Status"] == "2.0.0" and "passed on to several" in report.text
    wait_until(lambda: far.to("panitia@far.example"), 15, "the copy elsewhere")
    assert len(inbox(school, ali)) == 1  # and not one of each


def test_a_class_here_is_reported_by_its_address_alone(school, fresh):
    school.kotakpos("class", "add", "XII-DSN")
    budi, guru = fresh("budi", **{"class": "XII-DSN"}), fresh("guru", role="teacher")
    send(school, guru, school.address("xii-dsn"), rcpt=["NOTIFY=SUCCESS"])
    report = wait_for_report(school, guru, "delivered")
    assert school.address("xii-dsn") in report.recipient["Final-Recipient"] and budi not in report.mail.as_string()


def test_never_is_never(school, far, fresh):
    ali = fresh("ali")
    message_id = send(school, ali, "tolak@far.example", rcpt=["NOTIFY=NEVER"])
    wait_for_event(school, message_id, "failed")
    assert events(school, message_id) == ["failed"] and inbox(school, ali) == [] and of(school, ali) == []


def test_a_mail_in_utf8_is_reported_in_utf8(school, far, fresh):
    ali = fresh("ali")
    send(school, ali, "tolak-\u00e9@far.example", ["SMTPUTF8", "BODY=8BITMIME"])
    report = wait_for_report(school, ali, "failed")
    assert report.status_type == "message/global-delivery-status"
    assert report.recipient["Final-Recipient"].replace(" ", "") == "utf-8;tolak-\u00e9@far.example"
    assert report.original.get_content_type() == "message/global" and "tolak-\u00e9@far.example" in report.text


def from_outside(school, sender, to, lines=1):
    message_id = f"<{abs(hash((sender, to)))}@luar.example>"
    header = f"From: <ibu@luar.example>\r\nMessage-ID: {message_id}\r\nSubject: palsu\r\n\r\n"
    with school.smtp() as client:
        client.sendmail(sender, [to], header + lines * (20 * "hai" + "\r\n"))
    return message_id


def test_never_a_report_about_a_report(school, far):
    school.kotakpos("alias", "add", "laporan", "tolak@far.example")
    message_id = from_outside(school, "", school.address("laporan"))
    wait_until(lambda: "unreported" in str(all_events(school, message_id)), 15, "the refusal")
    assert "reported" not in all_events(school, message_id)


def all_events(school, message_id):
    """Of a mail and of the copy that an alias sends on."""
    messages = json.loads(school.kotakpos("trace", "--json"))["messages"]
    ids = {message["id"] for message in messages if message["message_id"] == message_id}
    return [event["event"] for message in messages if message["id"] in ids or message["report_about"] in ids
            for event in message["events"]]


def test_a_forged_sender_gets_no_backscatter_of_an_alias(school, far):
    """far.example takes mail for korban: a report would be seen there."""
    school.kotakpos("alias", "add", "keluar", "tolak@far.example")
    message_id = from_outside(school, "korban@far.example", school.address("keluar"))
    wait_until(lambda: "unreported" in all_events(school, message_id), 15, "the refusal")
    assert "reported" not in all_events(school, message_id)
    assert far.to("korban") == []


def test_a_forged_sender_gets_no_backscatter_of_a_class(school, far, fresh):
    school.kotakpos("class", "add", "XII-PENUH")
    school.kotakpos("class", "writers", "XII-PENUH", "everyone")
    ali = fresh("ali", quota="1M", **{"class": "XII-PENUH"})
    budi = fresh("budi", **{"class": "XII-PENUH"})
    before = len(inbox(school, "admin"))
    message_id = from_outside(school, "korban@far.example", school.address("xii-penuh"), 20000)
    report = Report(school, wait_until(lambda: inbox(school, "admin")[before:], 15, "the postmaster's report")[0], "failed")
    assert report.recipient["Status"] == "5.2.2" and school.address("xii-penuh") in report.recipient["Final-Recipient"]
    assert message_id in report.original.as_string() and ali not in report.text
    assert len(inbox(school, budi)) == 1 and inbox(school, ali) == []
    assert far.to("korban") == [] and all(mail["from"] != "" for mail in queued(school))

def test_a_route_is_taken_listed_and_deleted(school, far, fresh, tmp_path):
    ali, here = fresh("ali"), f"[127.0.0.1]:{far.port}"
    school.kotakpos("route", "set", "*.cabang.example", here)
    school.kotakpos("route", "set", "default", here, "--tls", "never")
    for to in ("a@satu.cabang.example", "b@di.mana.pun.example"):
        send(school, ali, to)
        wait_until(lambda: far.to(to), 15, to)
    routes = {route["domain"]: route for route in json.loads(school.kotakpos("route", "list", "--json"))}
    assert routes["*.cabang.example"]["port"] == far.port and routes["*.cabang.example"]["hosts"] == ["127.0.0.1"]
    school.kotakpos("route", "set", "default", "smtp.penyedia.example", "--user", "smk@penyedia.example",
                    "--password-stdin", input="rahasia-sekali\n")
    assert f"127.0.0.1:{far.port}" in school.kotakpos("route", "show", "satu.cabang.example")
    assert "smtp.penyedia.example:587" in school.kotakpos("route", "show", "lain.example")
    listed = "".join(school.kotakpos("route", *words) for words in (["list"], ["list", "--json"], ["show", "default"]))
    assert "smk@penyedia.example" in listed and "587" in listed and "verified" in listed and "rahasia" not in listed
    holding = [file for file in school.state.rglob("*") if file.is_file() and b"rahasia-sekali" in file.read_bytes()]
    assert holding and not any(stat.S_IMODE(file.stat().st_mode) & 0o077 for file in holding)
    for domain in ("default", "*.cabang.example"):
        school.kotakpos("route", "delete", domain)
    assert "rahasia-sekali" not in "".join(file.read_text() for file in holding if file.exists())
    left = [route["domain"] for route in json.loads(school.kotakpos("route", "list", "--json"))]
    assert "far.example" in left and "default" not in left and "*.cabang.example" not in left


@pytest.mark.parametrize("words", [
    ["smkn1pendalian.sch.id", "[127.0.0.1]:25"], ["bukan domain", "mail.example"], ["x.example", "dua kata"],
    ["x.example", "mail.example:70000"], ["x.example", "mail.example:0"], ["x.example", "[::1"],
    ["x.example", "mail.example", "--user", "ali"], ["x.example", "mail.example", "--tls", "mungkin"],
    ["x.example", "mx", "--user", "ali", "--password-stdin"]])
def test_a_wrong_route_is_refused_with_a_reason(school, words):
    before = school.kotakpos("route", "list")
    done = school.run("route", "set", *words, input="123\n")
    assert done.returncode == 3 and done.stdout == "" and done.stderr.startswith("kotakpos: ")
    assert done.stderr.count(";") + done.stderr.count("\n") >= 2  # what and why; what to do next
    assert school.kotakpos("route", "list") == before


def test_the_schools_own_domain_has_no_route_and_the_refusal_says_what_to_do(school):
    done = school.run("route", "set", school.domain, "[127.0.0.1]:25")
    assert done.returncode == 3 and school.domain in done.stderr
    assert "ini domain sekolah sendiri" in done.stderr and "alias" in done.stderr
    assert school.run("route", "delete", "tidak.example").returncode == 3


def test_queue_list_show_hold_and_retry(school, far, fresh):
    ali, budi = fresh("ali"), fresh("budi")
    for login in (ali, budi):
        send_away(school, login)
    message, = of(school, ali)
    recipient, = message["recipients"]
    assert (message["login"], message["from"]) == (ali, school.address(ali))
    assert (recipient["address"], recipient["state"], recipient["class"], recipient["attempts"]) == (
        away(ali), "waiting", "standard", 1)
    assert recipient["last_reply"] and recipient["next_try"] > recipient["last_try"]
    assert queued(school, "--to", f"{ali}.away.example") == [message] and queued(school, "--to", "lain.example") == []
    told = school.kotakpos("queue", "show", message["id"])
    assert away(ali) in told and message["id"] in told and "no connection" not in told  # in Indonesian
    assert json.loads(school.kotakpos("queue", "show", message["id"], "--json")) == message
    told = school.kotakpos("queue", "list", "--from", school.address(ali))
    assert message["id"] in told and f"{ali}.away.example tidak menjawab" in told

    school.kotakpos("queue", "hold", "--from", school.address(ali))
    assert of(school, ali)[0]["recipients"][0]["state"] == "held" and of(school, budi)[0]["recipients"][0]["state"] == "waiting"
    for login in (ali, budi):
        school.kotakpos("route", "set", f"{login}.away.example", f"[127.0.0.1]:{far.port}")
    school.kotakpos("queue", "retry", "--to", f"{budi}.away.example")
    wait_until(lambda: of(school, budi) == [], 15, "the retried mail")
    assert far.to(away(budi)) and not far.to(away(ali))
    school.kotakpos("queue", "retry", message["id"])
    wait_until(lambda: of(school, ali) == [], 15, "the mail that was held")
    assert far.to(away(ali))
    for login in (ali, budi):
        school.kotakpos("route", "delete", f"{login}.away.example")


def test_queue_expire_and_delete(school, far, fresh):
    ali, budi = fresh("ali"), fresh("budi")
    for login in (ali, budi):
        send_away(school, login)
    school.kotakpos("queue", "expire", "--from", school.address(ali))
    report = wait_for_report(school, ali, "failed")
    assert report.recipient["Status"] == "5.4.7" and "administrator" in report.text and of(school, ali) == []
    school.kotakpos("queue", "delete", "--all")
    assert queued(school) == [] and inbox(school, budi) == []
    for words in (["show", "0000000000000"], ["show", "bukan-id"], ["retry"]):
        done = school.run("queue", *words)
        assert done.returncode in (2, 3) and done.stderr.startswith("kotakpos: "), words


def status(school):
    return json.loads(school.kotakpos("status", "--json"))["queue"]


def test_queue_class_pins_a_person(school, far, fresh):
    ali, guru = fresh("ali"), fresh("guru", role="teacher")
    school.kotakpos("queue", "delete", "--all")
    for login, pinned, mail_class in ((ali, "bulk", "bulk"), (ali, "premium", "premium"), (ali, "auto", "standard"),
                                      (guru, "auto", "premium"), (guru, "standard", "standard")):
        told = school.kotakpos("queue", "class", login, pinned)
        assert login in told and WORDS[pinned] in told and school.kotakpos("queue", "class", login) == told

        def waits():
            send(school, login, away(login))
            wait_until(lambda: all(one["destination"] for mail in of(school, login) for one in mail["recipients"]), 10)
            return of(school, login)[-1]["recipients"][0]["class"] == mail_class

        wait_until(waits, 10, f"{login} in {mail_class}")  # settings are read every half second
        if pinned == "bulk":
            classes = [one["class"] for mail in queued(school) for one in mail["recipients"]]
            standard, bulk = classes.count("standard"), classes.count("bulk")
            assert status(school)["by_class"] == {"premium": 0, "standard": standard, "bulk": bulk}
            assert f"0 utama, {standard} biasa, {bulk} massal" in school.kotakpos("status")
            assert "massal" in school.kotakpos("queue", "list", "--from", school.address(login)).lower()
        school.kotakpos("queue", "delete", "--all")
    assert school.run("queue", "class", "tidak-ada", "bulk").returncode == 3
    assert school.run("queue", "class", ali, "cepat").returncode == 3


def test_who_writes_to_many_is_bulk_until_he_calms_down(school, far, fresh):
    ali, budi = fresh("ali"), fresh("budi")
    school.kotakpos("setting", "set", "queue.bulk.recipients", "2")

    def class_now(login):
        send(school, login, away(login))
        wait_until(lambda: all(one["destination"] for mail in of(school, login) for one in mail["recipients"]), 10)
        return of(school, login)[-1]["recipients"][0]["class"]

    try:
        wait_until(lambda: class_now(ali) == "bulk", 15, "bulk by behaviour")
        assert class_now(budi) == "standard"
        with contextlib.closing(sqlite3.connect(school.state / "spool" / "spool.db", timeout=10)) as spool, spool:
            spool.execute("UPDATE origin SET since = since - 3 * 3600000000 WHERE origin = ?", [ali])
        assert class_now(ali) == "standard"
    finally:
        school.kotakpos("setting", "unset", "queue.bulk.recipients")
        school.kotakpos("queue", "delete", "--all")


def test_a_scheduled_mail_is_not_sent_before(school, far, fresh):
    ali, budi = fresh("ali"), fresh("budi")
    for to in ("nanti@far.example", school.address(budi)):
        send(school, ali, to, ["HOLDFOR=3600"])
    send(school, ali, "sekarang@far.example")
    wait_until(lambda: far.to("sekarang@far.example"), 15, "what is sent at once")
    messages = of(school, ali)
    assert [one["state"] for message in messages for one in message["recipients"]] == ["scheduled"] * 2
    assert "terjadwal" in school.kotakpos("queue", "show", messages[0]["id"]).lower()
    assert not far.to("nanti@far.example") and inbox(school, budi) == []
    make_older(school, ali, 3601)
    wait_until(lambda: of(school, ali) == [], 15, "the release")
    assert far.to("nanti@far.example") and len(inbox(school, budi)) == 1


@pytest.mark.parametrize("mode, action, status", [("R", "failed", "5.4.7"), ("N", "delayed", "4.4.7")])
def test_deliver_by_returns_or_notifies_when_it_is_late(school, far, fresh, mode, action, status):
    ali = fresh("ali")
    send_away(school, ali, [f"BY=120;{mode}"])
    assert inbox(school, ali) == []
    make_older(school, ali, 121)
    report = wait_for_report(school, ali, action)
    assert report.recipient["Status"] == status and len(of(school, ali)) == (mode == "N")
    school.run("queue", "delete", "--all")
