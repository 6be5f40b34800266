"""Bad input and a broken world: each has a clear answer, the daemons stay up, nothing acknowledged is lost."""

import imaplib
import os
import shutil
import smtplib
import socket
import statistics
import subprocess
import time

import pytest

from support.appliance import Appliance, wait_until
from support.full_disk import fill

LIMIT = 1 << 20  # message.size.max of this file's school


@pytest.fixture(scope="module")
def school():
    with Appliance(conf=f"message.size.max = {LIMIT}\n") as appliance:
        yield appliance


@pytest.fixture(autouse=True)
def daemons_stay_up(school):
    """No test of this file may cost a daemon its life."""
    before = {process["name"]: process["pid"] for process in school.processes()}
    yield
    after = {process["name"]: process["pid"] for process in school.processes()}
    assert before == after, school.log_tail()


def talk(school, port, data, seconds=10):
    """Sends the bytes, then gives everything the server says until it closes or is quiet."""
    with socket.create_connection((school.host, school.ports[port]), seconds) as client:
        client.settimeout(seconds)
        said = client.recv(1000)
        try:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            while piece := client.recv(65536):
                said += piece
        except (ConnectionResetError, BrokenPipeError):
            pass
    return said


def memory(pid):
    """Resident bytes."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def test_unknown_user_is_refused_at_rcpt(school):
    with school.smtp() as client:
        client.ehlo()
        client.mail("other@example.net")
        code, text = client.rcpt(school.address("tiada"))
        assert (code, text[:5]) == (550, b"5.1.1")


def test_other_domains_are_no_business_of_port_25(school):
    with school.smtp() as client:
        client.ehlo()
        client.mail("other@example.net")
        code, _ = client.rcpt("someone@example.org")
        assert code in (550, 551, 554)


def failed_login(school, login):
    client = school.imap()
    began = time.monotonic()
    with pytest.raises(imaplib.IMAP4.error) as error:
        client.login(login, "wrong")
    took = time.monotonic() - began
    client.shutdown()
    return took, str(error.value)


def test_wrong_password_and_unknown_user_look_alike(school, fresh):
    ali = fresh("ali")
    known, unknown = [], []
    for _ in range(7):
        known.append(failed_login(school, ali))
        unknown.append(failed_login(school, "tiada"))
    assert {text for _, text in known} == {text for _, text in unknown}
    times = [statistics.median(took for took, _ in side) for side in (known, unknown)]
    assert abs(times[0] - times[1]) < 0.5 * max(times) + 0.01, times


def test_wrong_password_over_smtp_and_pop3(school, fresh):
    ali = fresh("ali")
    for login in (ali, "tiada"):
        with school.submission() as client, pytest.raises(smtplib.SMTPAuthenticationError) as error:
            client.login(login, "wrong")
        assert error.value.smtp_code == 535
        client = school.pop3()
        client.user(login)
        with pytest.raises(Exception, match="-ERR"):
            client.pass_("wrong")
        client.close()


def test_a_message_over_the_limit(school, fresh):
    budi = fresh("budi")
    with school.smtp() as client:
        client.ehlo()
        assert client.mail("other@example.net", [f"SIZE={LIMIT + 1}"])[0] == 552
        assert client.mail("other@example.net")[0] == 250
        assert client.rcpt(school.address(budi))[0] == 250
        code, text = client.data(b"Subject: besar\r\n\r\n" + b"x" * 70 + b"\r\n" + b"y" * 78 * (LIMIT // 78 + 1))
        assert code == 552, text
        assert client.noop()[0] == 250
    client = school.imap(budi)
    answer, data = client.append("INBOX", None, None, b"Subject: besar\r\n\r\n" + (b"z" * 78 + b"\r\n") * (LIMIT // 80 + 1))
    assert answer == "NO", data
    client.shutdown()


def test_over_quota(school, fresh):
    ali, budi = fresh("ali"), fresh("budi", quota="100K")
    big = b"Subject: penuh\r\n\r\n" + (b"q" * 78 + b"\r\n") * 2000
    client = school.imap(budi)
    answer, data = client.append("INBOX", None, None, big)
    assert answer == "NO" and b"OVERQUOTA" in data[0], data
    client.logout()
    with school.submission(ali) as sender:
        try:
            sender.sendmail(school.address(ali), [school.address(budi)], big)
        except smtplib.SMTPRecipientsRefused as refused:  # known at RCPT time
            assert next(iter(refused.recipients.values()))[0] in (452, 552)
            return
    # Found late: the sender hears of it.
    wait_until(lambda: school.subjects(ali), 20, "the report to the sender")
    assert school.subjects(budi) == []


@pytest.mark.parametrize("name,body", [
    ("NUL", b"a\0b\r\n.\r\n"),
    ("a bare LF", b"a\nb\r\n.\r\n"),
    ("LF . LF", b"first\n.\nMAIL FROM:<x@example.net>\r\nRCPT TO:<%s>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n"),
    ("LF . CR LF", b"first\n.\r\nMAIL FROM:<x@example.net>\r\nRCPT TO:<%s>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n"),
    ("CR LF . LF", b"first\r\n.\nMAIL FROM:<x@example.net>\r\nRCPT TO:<%s>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n"),
    ("a bare CR", b"first\r.\rMAIL\r\n.\r\n"),
])
def test_bytes_that_may_not_be_in_a_message_are_refused(school, fresh, name, body):
    budi = fresh("budi")
    address = school.address(budi).encode()
    said = talk(school, "smtp", b"EHLO client.example\r\nMAIL FROM:<other@example.net>\r\nRCPT TO:<" + address +
                b">\r\nDATA\r\n" + (body.replace(b"%s", address)) + b"QUIT\r\n")
    codes = [line[:3] for line in said.splitlines() if line[3:4] == b" "]
    assert codes[4] == b"354" or codes[3] == b"354", said
    after = codes[codes.index(b"354") + 1:]
    assert after and after[0][:1] == b"5", said
    assert b"354" not in after, "the smuggled commands were obeyed: " + said.decode(errors="replace")
    assert school.subjects(budi) == []


def test_8_bit_text_passes_unchanged(school, fresh):
    budi = fresh("budi")
    body = "Subject: 8 bit\r\n\r\nSelamat pagi, anak-anak – é\r\n".encode()
    with school.smtp() as client:
        client.sendmail("other@example.net", [school.address(budi)], body, ["BODY=8BITMIME"])
    school.wait_for_subject(budi, "8 bit")
    client = school.imap(budi)
    client.select("INBOX")
    assert client.fetch("1", "(BODY[TEXT])")[1][0][1] == body.split(b"\r\n\r\n")[1]
    client.logout()


@pytest.mark.parametrize("port,service", [("smtp", "maild-in"), ("submission", "maild-in"), ("imap", "maild-box"),
                                          ("pop3", "maild-box")])
def test_a_line_of_10_mb_before_login(school, port, service):
    before = memory(school.pid(service))
    said = talk(school, port, b"A" * 10_000_000 + b"\r\nQUIT\r\n", 30)
    refusal = {"smtp": b"500", "submission": b"500", "imap": b"B", "pop3": b"-ERR"}[port]
    assert refusal in said, said[:500]
    assert memory(school.pid(service)) - before < 8_000_000


def test_a_literal_of_4_gb(school, fresh):
    said = talk(school, "imap", b"a LOGIN {4294967296}\r\n")
    assert b"a BAD" in said or b"a NO" in said or b"* BYE" in said, said
    said = talk(school, "imap", b"a LOGIN {99999999999999999999999}\r\n")
    assert b"BAD" in said or b"* BYE" in said, said
    budi = fresh("budi")
    said = talk(school, "imap", b"a LOGIN %s 123\r\nb APPEND INBOX {4294967296}\r\n" % budi.encode())
    assert b"b NO" in said or b"b BAD" in said, said
    said = talk(school, "imap", b"a LOGIN %s 123\r\nb APPEND INBOX {4294967296+}\r\nhello\r\n" % budi.encode())
    assert b"b NO" in said or b"b BAD" in said or b"BYE" in said, said


def test_10000_recipients(school, fresh):
    budi = fresh("budi")
    with school.smtp() as client:
        client.ehlo()
        client.mail("other@example.net")
        lines = b"".join(b"RCPT TO:<%s+%d@%s>\r\n" % (budi.encode(), number, school.domain.encode()) for number in range(10000))
        client.send(lines)
        codes = [client.getreply()[0] for _ in range(10000)]
        taken = codes.count(250)
        assert taken >= 100  # RFC 5321 4.5.3.1.8
        assert set(codes) <= {250, 452}, set(codes)
        assert client.data(b"Subject: banyak\r\n\r\nx\r\n")[0] == 250
    school.wait_for_subject(budi, "banyak")


def test_a_zone_name_that_does_not_exist(school):
    shown = subprocess.run(["dig", "@127.0.0.1", "-p", str(school.ports["dns"]), "www.example.org"], capture_output=True,
                           text=True).stdout
    assert "status: REFUSED" in shown, shown
    done = school.run("dns", "list", "--zone", "tiada.sch.id")
    assert done.returncode == 3 and "tiada.sch.id" in done.stderr, done
    done = school.run("dns", "add", "x A 999.1.1.1")
    assert done.returncode == 3 and done.stderr, done


def test_a_taken_port_names_its_holder():
    with Appliance(start=False) as other, socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # old connections may linger
        holder.bind((other.host, other.ports["smtp"]))
        holder.listen()
        other.start(wait=False)
        assert other.process.wait(10) != 0
        text = other.log_text()
        assert str(other.ports["smtp"]) in text and f"pid {os.getpid()}" in text, text


def test_a_missing_or_damaged_database():
    with Appliance(start=False) as other:
        database = other.state / "school" / "school.db"
        good = database.read_bytes()
        for leftover in (other.state / "school").iterdir():
            leftover.unlink()
        database.write_bytes(b"this is no database at all" * 1000)
        other.start(wait=False)
        assert other.process.wait(10) != 0
        assert "school.db" in other.log_text(), other.log_text()
        database.write_bytes(good)
        other.log.unlink()
        other.start()
        assert other.subjects("ali") == []


def test_a_lost_mail_database_refuses_and_recovers():
    """The mailboxes become unreadable: mail is still taken (the spool is another database) and arrives after the repair."""
    with Appliance() as other:
        with other.smtp() as client:
            client.sendmail("other@example.net", [other.address("budi")], b"Subject: sebelum\r\n\r\nx\r\n")
        other.wait_for_subject("budi", "sebelum")
        other.stop()
        folder = other.state / "mail"
        folder.rename(other.state / "aside")
        folder.mkdir(mode=0o700)
        (folder / "mail.db").write_bytes(b"garbage" * 5000)
        other.start(wait=False)
        wait_until(lambda: (other.state / "run" / "status").exists(), 10, "a status")
        with other.smtp() as client:
            client.sendmail("other@example.net", [other.address("budi")], b"Subject: selama\r\n\r\nx\r\n")
        other.stop()
        shutil.rmtree(folder)
        (other.state / "aside").rename(folder)
        other.start()
        other.wait_for_subject("budi", "selama")
        assert sorted(other.subjects("budi")) == ["sebelum", "selama"]


def test_a_full_disk(small_disk):
    state = os.path.join(small_disk, "state")
    os.mkdir(state)
    body = b"Subject: %s\r\n\r\n" + (b"isi surat " * 7 + b"\r\n") * 700
    acknowledged = []
    with Appliance(state=state) as other:
        assert other.subjects("budi") == []  # the first login makes the mailboxes
        ballast = fill(small_disk)
        answers = []
        with other.smtp() as client:
            for number in range(40):
                name = f"p{number}"
                client.ehlo_or_helo_if_needed()
                codes = [client.mail("other@example.net")[0]]
                if codes[-1] == 250:
                    codes.append(client.rcpt(other.address("budi"))[0])
                if codes[-1] == 250:
                    codes.append(client.data(body % name.encode())[0])
                answers.append(codes[-1])
                if codes == [250, 250, 250]:
                    acknowledged.append(name)
                else:
                    client.rset()
        assert set(answers) <= {250, 452}, answers
        assert 452 in answers, "the disk was not full"
        reader = other.imap("budi")
        answer, data = reader.append("INBOX", None, None, body % b"lewat APPEND")
        assert answer == "NO" and (b"OVERQUOTA" in data[0] or b"UNAVAILABLE" in data[0]), (answer, data)
        reader.logout()
        os.unlink(ballast)
        with other.smtp() as client:
            client.sendmail("other@example.net", [other.address("budi")], body % b"sesudah")
        acknowledged.append("sesudah")
        wait_until(lambda: len(other.subjects("budi")) >= len(acknowledged), 30, "every acknowledged mail")
        assert sorted(other.subjects("budi")) == sorted(acknowledged)
