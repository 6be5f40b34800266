"""Ordinary mail programs of Debian do their ordinary jobs with the appliance."""

import email.policy
import mailbox
import os
import pty
import random
import re
import select
import signal
import smtplib
import subprocess
import time
from email import message_from_bytes
from email.message import EmailMessage

import pytest

from support.appliance import wait_until

ATTACHMENT = random.Random(1).randbytes(30000)


def letter(school, sender, recipient, subject, attachment=None):
    message = EmailMessage()
    message["From"], message["To"] = school.address(sender), school.address(recipient)
    message["Subject"] = subject
    message.set_content("Halo,\n\nini suratnya.\n")
    if attachment:
        message.add_attachment(attachment, maintype="application", subtype="octet-stream", filename="tugas.bin")
    return message


def run(*command, **options):
    environment = {**os.environ, "LC_ALL": "C.UTF-8", **options.pop("env", {})}
    done = subprocess.run(command, capture_output=True, timeout=60, env=environment, **options)
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout.decode()}\n{done.stderr.decode()}"
    return done.stdout


def attachment_of(raw):
    parts = list(message_from_bytes(raw, policy=email.policy.default).iter_attachments())
    return parts[0].get_content() if parts else None


def raw_message(school, login, number="1"):
    client = school.imap(login)
    client.select("INBOX", readonly=True)
    data = client.fetch(number, "(BODY.PEEK[])")[1]
    client.logout()
    return data[0][1]


def test_smtplib_sends_and_imaplib_reads_the_same_bytes(school, fresh):
    ali, budi = fresh("ali"), fresh("budi")
    with school.submission(ali) as client:
        client.send_message(letter(school, ali, budi, "Dari smtplib", ATTACHMENT))
    school.wait_for_subject(budi, "Dari smtplib")
    assert attachment_of(raw_message(school, budi)) == ATTACHMENT


def test_another_server_delivers_on_port_25_to_every_spelling_of_an_address(school, fresh):
    budi = fresh("budi")
    names = [school.address(budi), f"{budi}@mail.{school.domain}", school.address(budi).upper(), f"{budi}+tag@{school.domain}"]
    with school.smtp() as client:
        for name in names:
            assert client.sendmail("other@example.net", [name], f"Subject: to {name}\r\n\r\nhi\r\n".encode()) == {}
    wait_until(lambda: len(school.subjects(budi)) == len(names), what="four mails")


def test_poplib_reads_and_deletes(school, fresh):
    ali, budi = fresh("ali"), fresh("budi")
    with school.submission(ali) as client:
        client.send_message(letter(school, ali, budi, "Satu"))
        client.send_message(letter(school, ali, budi, "Dua"))
    wait_until(lambda: len(school.subjects(budi)) == 2, what="two mails")
    client = school.pop3(budi)
    count, octets = client.stat()
    assert count == 2
    _, lines, size = client.retr(1)
    assert b"Subject: Satu" in lines and 0 < size < octets
    uids = client.uidl()[1]
    client.dele(1)
    client.quit()
    client = school.pop3(budi)
    assert client.stat()[0] == 1
    assert client.uidl()[1][0].split()[1] == uids[1].split()[1]
    client.quit()


def test_a_class_and_an_alias_are_addresses(school, fresh):
    ali = fresh("ali")
    school.kotakpos("class", "add", "XI-RPL-2")
    members = [fresh("siswa", **{"class": "XI-RPL-2"}) for _ in range(3)]
    school.kotakpos("alias", "add", "panitia", members[0], members[1])
    with school.submission(ali) as client:
        client.send_message(letter(school, ali, "xi-rpl-2", "Untuk kelas"))
        client.send_message(letter(school, ali, "panitia", "Untuk panitia"))
    for member in members:
        school.wait_for_subject(member, "Untuk kelas")
    for member in members[:2]:
        school.wait_for_subject(member, "Untuk panitia")
    assert school.subjects(members[2]) == ["Untuk kelas"]


def test_swaks_submits_with_starttls_and_with_tls(school, fresh, tmp_path):
    ali, budi = fresh("ali"), fresh("budi")
    (tmp_path / "tugas.bin").write_bytes(ATTACHMENT)
    common = ["swaks", "--server", "localhost", "--auth-user", ali, "--auth-password", "123", "--from", school.address(ali),
              "--to", school.address(budi), "--silent", "2", "--attach", f"@{tmp_path}/tugas.bin"]
    run(*common, "--port", str(school.ports["submission"]), "--tls", "--auth", "PLAIN", "--header", "Subject: swaks STARTTLS")
    run(*common, "--port", str(school.ports["submissions"]), "--tls-on-connect", "--auth", "LOGIN",
        "--header", "Subject: swaks TLS")
    school.wait_for_subject(budi, "swaks STARTTLS")
    school.wait_for_subject(budi, "swaks TLS")
    assert attachment_of(raw_message(school, budi)) == ATTACHMENT


@pytest.mark.parametrize("mechanism", ["plain", "login", "scram-sha-256"])
def test_msmtp_submits_as_sendmail_would(school, fresh, tmp_path, mechanism):
    ali, budi = fresh("ali"), fresh("budi")
    settings = tmp_path / "msmtprc"
    settings.write_text(
        f"account default\nhost localhost\nport {school.ports['submission']}\ntls on\ntls_starttls on\n"
        f"tls_trust_file {school.state / 'ca.crt'}\nauth {mechanism}\nuser {ali}\npassword 123\nfrom {school.address(ali)}\n")
    settings.chmod(0o600)
    run("msmtp", "--file", str(settings), "--read-recipients", "--dsn-notify=failure",
        input=bytes(letter(school, ali, budi, f"Dari msmtp {mechanism}", ATTACHMENT)))
    school.wait_for_subject(budi, f"Dari msmtp {mechanism}")
    assert attachment_of(raw_message(school, budi)) == ATTACHMENT


def test_curl_sends_lists_and_fetches(school, fresh, tmp_path):
    ali, budi = fresh("ali"), fresh("budi")
    (tmp_path / "mail.eml").write_bytes(bytes(letter(school, ali, budi, "Dari curl", ATTACHMENT)).replace(b"\n", b"\r\n"))
    ca = ["curl", "-sS", "--cacert", str(school.state / "ca.crt")]
    run(*ca, "--ssl-reqd", f"smtp://localhost:{school.ports['submission']}", "-u", f"{ali}:123",
        "--mail-from", school.address(ali), "--mail-rcpt", school.address(budi), "-T", str(tmp_path / "mail.eml"))
    school.wait_for_subject(budi, "Dari curl")
    imaps = f"imaps://localhost:{school.ports['imaps']}"
    assert b"INBOX" in run(*ca, "-u", f"{budi}:123", imaps + "/")
    assert attachment_of(run(*ca, "-u", f"{budi}:123", imaps + "/INBOX;MAILINDEX=1")) == ATTACHMENT
    assert b"SEARCH 1" in run(*ca, "-u", f"{budi}:123", imaps + "/INBOX?SUBJECT%20curl")
    assert b"Subject: Dari curl" in run(*ca, "-u", f"{budi}:123", f"pop3s://localhost:{school.ports['pop3s']}/1")
    run(*ca, "-u", f"{budi}:123", imaps + "/Drafts", "-T", str(tmp_path / "mail.eml"))
    assert school.subjects(budi, "Drafts") == ["Dari curl"]


def test_mbsync_keeps_two_sides_equal(school, fresh, tmp_path):
    ali, budi = fresh("ali"), fresh("budi")
    with school.submission(ali) as client:
        for number in range(5):
            client.send_message(letter(school, ali, budi, f"Surat {number}", ATTACHMENT if number == 3 else None))
    wait_until(lambda: len(school.subjects(budi)) == 5, what="five mails")
    (tmp_path / "rc").write_text(f"""
IMAPAccount box
Host localhost
Port {school.ports['imaps']}
User {budi}
Pass 123
SSLType IMAPS
CertificateFile {school.state}/ca.crt

IMAPStore far
Account box

MaildirStore near
Path {tmp_path}/mail/
Inbox {tmp_path}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
SyncState *
""")
    (tmp_path / "mail").mkdir()
    run("mbsync", "-c", str(tmp_path / "rc"), "all")
    inbox = mailbox.Maildir(tmp_path / "mail" / "INBOX", create=False)
    assert sorted(message["Subject"] for message in inbox) == [f"Surat {number}" for number in range(5)]

    # A flag, a deletion and a new message, made here, arrive there.
    for key, message in inbox.iteritems():
        if message["Subject"] == "Surat 1":
            message.set_subdir("cur")
            message.add_flag("F")
            inbox[key] = message
        elif message["Subject"] == "Surat 2":
            message.set_subdir("cur")
            message.add_flag("T")
            inbox[key] = message
    sent = mailbox.Maildir(tmp_path / "mail" / "Sent", create=False)
    sent.add(bytes(letter(school, budi, ali, "Ditulis di sini")))
    run("mbsync", "-c", str(tmp_path / "rc"), "all")
    assert sorted(school.subjects(budi)) == ["Surat 0", "Surat 1", "Surat 3", "Surat 4"]
    assert school.subjects(budi, "Sent") == ["Ditulis di sini"]
    client = school.imap(budi)
    client.select("INBOX")
    flagged = client.search(None, "FLAGGED")[1][0].split()
    assert len(flagged) == 1
    # Something changed there arrives here.
    client.store(flagged[0], "-FLAGS", "(\\Flagged)")
    client.create("Arsip/2026")
    client.logout()
    run("mbsync", "-c", str(tmp_path / "rc"), "all")
    assert not any("F" in message.get_flags() for message in inbox)
    assert (tmp_path / "mail" / "Arsip" / "2026").is_dir() or (tmp_path / "mail" / "Arsip.2026").is_dir()


def test_fetchmail_collects_by_pop3(school, fresh, tmp_path):
    ali, budi = fresh("ali"), fresh("budi")
    with school.submission(ali) as client:
        client.send_message(letter(school, ali, budi, "Untuk fetchmail", ATTACHMENT))
        client.send_message(letter(school, ali, budi, "Yang kedua"))
    wait_until(lambda: len(school.subjects(budi)) == 2, what="two mails")
    rc = tmp_path / "rc"
    rc.write_text(f"""poll localhost service {school.ports['pop3s']} protocol pop3 uidl user "{budi}" password "123"
  ssl sslcertck sslcertfile "{school.state}/ca.crt" mda "cat >> {tmp_path}/collected" no keep\n""")
    rc.chmod(0o600)
    run("fetchmail", "-f", str(rc), "-i", str(tmp_path / "ids"), "--nosyslog", "--pidfile", str(tmp_path / "pid"),
        env={"HOME": str(tmp_path), "FETCHMAILHOME": str(tmp_path)})
    collected = (tmp_path / "collected").read_text()
    assert "Subject: Untuk fetchmail" in collected and "Subject: Yang kedua" in collected
    assert school.subjects(budi) == []


def mutt_settings(school, login, tmp_path):
    rc = tmp_path / f"mutt-{login}"
    rc.write_text(f"""set ssl_ca_certificates_file={school.state}/ca.crt
set ssl_starttls=yes ssl_force_tls=yes
set imap_user={login} imap_pass=123
set smtp_url=smtp://{login}@localhost:{school.ports['submission']}/ smtp_pass=123
set from={school.address(login)} realname="{login}" use_from=yes use_envelope_from=yes
set folder=imaps://localhost:{school.ports['imaps']}/ spoolfile=+INBOX record=+Sent
set copy=yes wait_key=no quit=yes delete=yes beep=no confirmappend=no header_cache="" pipe_decode=no
""")
    return rc


def in_terminal(command, environment, seconds=30):
    """Runs a program in a terminal of 80x24 until it ends; gives its exit code and what it showed."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(command[0], command, environment)
    shown, end = b"", time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                shown += os.read(terminal, 65536)
            except OSError:
                break
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), shown
    else:
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown


def test_mutt_writes_keeps_a_copy_and_reads(school, fresh, tmp_path):
    ali, budi = fresh("ali"), fresh("budi")
    (tmp_path / "tugas.bin").write_bytes(ATTACHMENT)
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(tmp_path), "TERM": "xterm", "LINES": "24", "COLUMNS": "80"}
    run("mutt", "-n", "-F", str(mutt_settings(school, ali, tmp_path)), "-s", "Dari mutt", "-a", str(tmp_path / "tugas.bin"),
        "--", school.address(budi), input=b"Halo dari mutt.\n", env=environment)
    school.wait_for_subject(budi, "Dari mutt")
    assert school.subjects(ali, "Sent") == ["Dari mutt"]

    read = tmp_path / "read"
    keys = f"<first-entry><pipe-message>cat > {read}<enter><quit>"
    code, shown = in_terminal(["mutt", "-n", "-F", str(mutt_settings(school, budi, tmp_path)), "-e", f'push "{keys}"'],
                              environment)
    assert read.exists(), f"mutt ended with {code}: {shown[-2000:].decode(errors='replace')}"
    assert attachment_of(read.read_bytes()) == ATTACHMENT


def test_idle_tells_of_a_new_mail_at_once(school, fresh):
    ali, budi = fresh("ali"), fresh("budi")
    reader = school.imap(budi)
    reader.select("INBOX")
    reader.send(b"x1 IDLE\r\n")
    assert reader.readline().startswith(b"+")
    with school.submission(ali) as client:
        client.send_message(letter(school, ali, budi, "Cepat"))
        sent = time.monotonic()
        reader.sock.settimeout(10)
        line = reader.readline()
    assert re.match(rb"\* 1 EXISTS", line), line
    assert time.monotonic() - sent < 2
    reader.send(b"DONE\r\n")
    while not (line := reader.readline()).startswith(b"x1 "):
        pass
    assert line.startswith(b"x1 OK")


def test_mail_for_nobody_is_refused_and_a_late_failure_comes_back(school, fresh):
    ali = fresh("ali")
    with school.submission(ali) as client, pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        client.send_message(letter(school, ali, "tiada", "Tidak ada orangnya"))
    code, text = refusal.value.recipients[school.address("tiada")]
    assert code == 550 and text.startswith(b"5.1.1")


def test_dig_resolves_the_school(school):
    def dig(*words):
        return run("dig", "@127.0.0.1", "-p", str(school.ports["dns"]), "+short", *words).decode().split()

    assert dig(f"mail.{school.domain}") == ["192.168.10.3"]
    assert dig(school.domain, "MX") == ["10", f"mail.{school.domain}."]
    assert dig(f"www.{school.domain}", "+tcp") == ["192.168.10.2"]
    assert dig("-x", "192.168.10.2") == [f"www.{school.domain}."]
    school.kotakpos("dns", "add", "lab1 A 192.168.10.77")
    wait_until(lambda: dig(f"lab1.{school.domain}") == ["192.168.10.77"], 1, "the new name")
    wait_until(lambda: dig("-x", "192.168.10.77") == [f"lab1.{school.domain}."], 1, "its PTR")
