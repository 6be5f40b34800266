"""Mail programs that read over IMAP and POP3 with TLS and the school's CA: what they do here is there, and the other way round."""

import mailbox
import os
import re
from email import message_from_bytes

import pytest

from support.appliance import wait_until
from support.imap_wire import Wire, literal
from support.terminal import Terminal
from system.test_clients import ATTACHMENT, attachment_of, letter, run


def put(school, login, *subjects, mailbox_name="INBOX", flags=""):
    client = Wire(school.ports["imap"], login)
    for subject in subjects:
        raw = bytes(letter(school, login, login, subject, ATTACHMENT if "lampiran" in subject else None)).replace(b"\n", b"\r\n")
        assert client.command(f"APPEND {mailbox_name} ({flags})", literal(raw))
    client.close()


def flags_of(school, login, name="INBOX"):
    """Subject -> flags, as the server has them."""
    client = Wire(school.ports["imap"], login)
    client.command(f"EXAMINE {name}")
    answer = client.command("FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (Subject)])")
    client.close()
    found = {}
    for _, items in answer.all("FETCH"):
        fields = dict(zip((name.upper() for name in items[::2]), items[1::2]))
        subject = fields["BODY[HEADER.FIELDS (SUBJECT)]"].decode().partition(":")[2].strip()
        found[subject] = {flag for flag in fields["FLAGS"] if flag != "\\Recent"}
    return found


def find(folder, subject):
    """In a Maildir: key and message."""
    for key, message in folder.iteritems():
        if message["Subject"] == subject:
            return key, message
    raise AssertionError(f"no {subject} in {[message['Subject'] for message in folder]}")


def set_flags(folder, subject, flags):
    key, message = find(folder, subject)
    message.set_subdir("cur")
    message.set_flags(flags)
    folder[key] = message


def check_two_sides(school, login, synchronise, local, delete):
    """Changes on both sides at once: new mail, flags, deletions. `local(name)`: the Maildir of a mailbox; `delete(folder, subject)`: as
    the program wants it."""
    put(school, login, *(f"Surat {number}" for number in range(6)), "Dengan lampiran")
    synchronise()
    inbox = local("INBOX")
    assert sorted(message["Subject"] for message in inbox) == sorted([*(f"Surat {number}" for number in range(6)), "Dengan lampiran"])
    assert [attachment_of(bytes(message)) for message in inbox if message["Subject"] == "Dengan lampiran"] == [ATTACHMENT]

    # Here: 0 read, 1 deleted, one written. There: 2 flagged, 3 deleted, one arrived, 4 answered.
    set_flags(inbox, "Surat 0", "S")
    delete(inbox, "Surat 1")
    inbox.add(bytes(letter(school, login, login, "Ditulis di sini")))
    client = Wire(school.ports["imap"], login)
    client.command("SELECT INBOX")
    places = {words[1][1].decode().partition(":")[2].strip(): words[0]
              for words in client.command("FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])").all("FETCH")}
    client.command(f"STORE {places['Surat 2']} +FLAGS (\\Flagged)")
    client.command(f"STORE {places['Surat 4']} +FLAGS (\\Answered \\Seen)")
    client.command(f"STORE {places['Surat 3']} +FLAGS (\\Deleted)")
    client.command("EXPUNGE")
    client.close()
    put(school, login, "Datang di sana")
    synchronise()
    synchronise()  # what a program learns of its own uploads in the second run must change nothing
    expected = {"Surat 0": {"\\Seen"}, "Surat 2": {"\\Flagged"}, "Surat 4": {"\\Answered", "\\Seen"}, "Surat 5": set(),
                "Dengan lampiran": set(), "Datang di sana": set(), "Ditulis di sini": set()}
    assert flags_of(school, login) == expected
    letters = {"\\Seen": "S", "\\Flagged": "F", "\\Answered": "R"}
    assert {message["Subject"]: set(message.get_flags()) for message in local("INBOX")} == {
        subject: {letters[flag] for flag in flags} for subject, flags in expected.items()}


def test_mbsync_with_changes_on_both_sides(school, fresh, tmp_path):
    login = fresh("dua")
    rc = tmp_path / "rc"
    rc.write_text(f"""
IMAPAccount box
Host localhost
Port {school.ports['imaps']}
User {login}
Pass 123
SSLType IMAPS
CertificateFile {school.state}/ca.crt
PipelineDepth 20

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
    check_two_sides(school, login, lambda: run("mbsync", "-c", str(rc), "all"),
                    lambda name: mailbox.Maildir(tmp_path / "mail" / name, create=False),
                    lambda folder, subject: set_flags(folder, subject, "ST"))


def test_offlineimap_with_changes_on_both_sides(school, fresh, tmp_path):
    login = fresh("luring")
    rc = tmp_path / "rc"
    rc.write_text(f"""
[general]
accounts = sekolah
metadata = {tmp_path}/metadata
ui = basic
[Account sekolah]
localrepository = dekat
remoterepository = jauh
[Repository dekat]
type = Maildir
localfolders = {tmp_path}/mail
[Repository jauh]
type = IMAP
remotehost = localhost
remoteport = {school.ports['imaps']}
ssl = yes
sslcacertfile = {school.state}/ca.crt
remoteuser = {login}
remotepass = 123
maxconnections = 3
""")
    check_two_sides(school, login, lambda: run("offlineimap", "-c", str(rc), "-o", env={"HOME": str(tmp_path)}),
                    lambda name: mailbox.Maildir(tmp_path / "mail" / name, create=False),
                    lambda folder, subject: folder.remove(find(folder, subject)[0]))


@pytest.mark.parametrize("protocol", ["IMAP", "POP3"])
def test_getmail_collects_once_and_deletes(school, fresh, tmp_path, protocol):
    login = fresh("ambil")
    put(school, login, "Satu", "Dua dengan lampiran")
    mailbox.Maildir(tmp_path / "mail", create=True)
    rc = tmp_path / "rc"
    rc.write_text(f"""
[retriever]
type = Simple{protocol}SSLRetriever
server = localhost
port = {school.ports[protocol.lower() + 's']}
username = {login}
password = 123
ca_certs = {school.state}/ca.crt
[destination]
type = MDA_external
path = /bin/sh
arguments = ("-c", "cat > {tmp_path}/mail/new/$$")
allow_root_commands = true
[options]
read_all = false
delivered_to = false
received = false
""")

    def collect(*words):
        run("getmail", "--getmaildir", str(tmp_path), "--rcfile", str(rc), *words)
        return sorted(message["Subject"] for message in mailbox.Maildir(tmp_path / "mail"))

    assert collect() == ["Dua dengan lampiran", "Satu"]
    put(school, login, "Tiga")
    # The UIDs are those of before: what is known is not fetched again.
    assert collect("--delete") == ["Dua dengan lampiran", "Satu", "Tiga"]
    assert [attachment_of(bytes(message)) for message in mailbox.Maildir(tmp_path / "mail") if "lampiran" in message["Subject"]] == [ATTACHMENT]
    assert "Tiga" not in school.subjects(login)


@pytest.mark.parametrize("keep", ["keep", "no keep"])
def test_fetchmail_collects_by_imap(school, fresh, tmp_path, keep):
    login = fresh("jemput")
    put(school, login, "Satu", "Dua dengan lampiran")
    rc = tmp_path / "rc"
    rc.write_text(f"""poll localhost service {school.ports['imaps']} protocol imap user "{login}" password "123"
  ssl sslcertck sslcertfile "{school.state}/ca.crt" mda "cat >> {tmp_path}/collected" {keep}\n""")
    rc.chmod(0o600)
    run("fetchmail", "-f", str(rc), "-i", str(tmp_path / "ids"), "--nosyslog", "--pidfile", str(tmp_path / "pid"),
        env={"HOME": str(tmp_path), "FETCHMAILHOME": str(tmp_path)})
    collected = (tmp_path / "collected").read_text()
    assert "Subject: Satu" in collected and "Subject: Dua dengan lampiran" in collected
    assert flags_of(school, login) == ({"Satu": {"\\Seen"}, "Dua dengan lampiran": {"\\Seen"}} if keep == "keep" else {})


def test_curl_asks_marks_and_deletes(school, fresh):
    login = fresh("keriting")
    put(school, login, "Satu", "Dua dengan lampiran")
    curl = ["curl", "-sS", "--cacert", str(school.state / "ca.crt"), "-u", f"{login}:123"]
    imap, pop3 = f"imaps://localhost:{school.ports['imaps']}/", f"pop3s://localhost:{school.ports['pop3s']}/"
    assert run(*curl, imap + "INBOX", "-X", "UID SEARCH SUBJECT lampiran").split() == [b"*", b"SEARCH", b"2"]
    assert b"Subject: Satu" in run(*curl, imap + "INBOX;UID=1;SECTION=HEADER.FIELDS%20(SUBJECT)")
    run(*curl, imap + "INBOX", "-X", "STORE 1 +FLAGS (\\Flagged)")
    assert flags_of(school, login)["Satu"] >= {"\\Flagged"}
    assert run(*curl, imap + "INBOX;UID=2") == run(*curl, pop3 + "2")
    assert run(*curl, pop3, "-X", "UIDL").count(b"\r\n") == 2
    run(*curl, pop3 + "1", "-X", "DELE", "-I")
    assert school.subjects(login) == ["Dua dengan lampiran"]


def test_alpine_reads_and_deletes(school, fresh, tmp_path):
    login = fresh("gunung")
    put(school, login, "Puncak satu", "Puncak dua")
    rc = tmp_path / "pinerc"
    rc.write_text(f"""personal-name=Gunung
inbox-path={{localhost:{school.ports['imaps']}/ssl/user={login}}}INBOX
feature-list=enable-full-header-cmd,quit-without-confirm,expunge-without-confirm,no-enable-suspend
last-version-used=9.99
""")
    environment = {**os.environ, "HOME": str(tmp_path), "SSL_CERT_FILE": str(school.state / "ca.crt")}
    with Terminal(["alpine", "-p", str(rc), "-i"], size=(100, 30), term="xterm", env=environment) as alpine:
        alpine.shows("PASSWORD", seconds=20)
        alpine.type("123", "Enter")
        alpine.shows("Preserve password")
        alpine.type("N")
        alpine.shows("Puncak satu", "Puncak dua", seconds=20)
        alpine.type("Enter")
        alpine.shows("ini suratnya")
        alpine.type("D")
        alpine.type("Q")
        alpine.ended(0, seconds=20)
    assert school.subjects(login) == ["Puncak dua"]


def test_mutt_marks_deletes_and_saves(school, fresh, tmp_path):
    login = fresh("anjing")
    put(school, login, "Simpan aku", "Hapus aku", "Tandai aku")
    rc = tmp_path / "muttrc"
    rc.write_text(f"""set ssl_ca_certificates_file={school.state}/ca.crt ssl_force_tls=yes
set imap_user={login} imap_pass=123
set folder=imaps://localhost:{school.ports['imaps']}/ spoolfile=+INBOX
set quit=yes delete=yes confirmappend=no confirmcreate=no beep=no header_cache="" sort=mailbox-order wait_key=no imap_qresync=yes imap_condstore=yes
""")
    keys = ("<first-entry><save-message>=Arsip<enter><next-entry>"
            "<limit>~A<enter><search>Hapus<enter><delete-message><search>Tandai<enter><flag-message><quit>")
    environment = {**os.environ, "HOME": str(tmp_path)}
    with Terminal(["mutt", "-n", "-F", str(rc), "-e", f'push "{keys}"'], env=environment) as mutt:
        mutt.ended(0, seconds=30)
    assert list(flags_of(school, login)) == ["Tandai aku"]
    assert "\\Flagged" in flags_of(school, login)["Tandai aku"]
    assert school.subjects(login, "Arsip") == ["Simpan aku"]


def test_imaplib_goes_through_its_commands(school, fresh):
    login = fresh("ular")
    client = school.imap(login)
    for name in ("Kelas", "Kelas/X"):
        assert client.create(name)[0] == "OK"
    assert client.subscribe("Kelas/X")[0] == "OK"
    raw = bytes(letter(school, login, login, "Dari imaplib", ATTACHMENT)).replace(b"\n", b"\r\n")
    assert client.append("Kelas", "\\Seen", None, raw)[0] == "OK"
    client.select("Kelas")
    assert client.fetch("1", "(RFC822)")[1][0][1] == raw
    assert client.search("UTF-8", "SUBJECT", "imaplib")[1] == [b"1"]
    assert client.uid("COPY", "1", "Kelas/X")[0] == "OK"
    assert client.store("1", "+FLAGS", "(\\Deleted)")[0] == "OK"
    assert client.expunge()[1] == [b"1"]
    assert client.close()[0] == "OK"
    assert re.search(rb"MESSAGES 1", client.status("Kelas/X", "(MESSAGES UIDNEXT)")[1][0])
    assert client.rename("Kelas/X", "Kelas/XI")[0] == "OK"
    assert any(b"Kelas/XI" in line for line in client.list()[1])
    client.select("Kelas/XI", readonly=True)
    assert message_from_bytes(client.fetch("1", "(BODY[])")[1][0][1])["Subject"] == "Dari imaplib"
    client.logout()


def test_poplib_goes_through_its_commands(school, fresh):
    login = fresh("letus")
    put(school, login, "Satu", "Dua")
    client = school.pop3(login)
    assert client.stat()[0] == 2 and len(client.list()[1]) == 2
    assert {"UIDL", "TOP", "PIPELINING"} <= set(client.capa())
    assert b"Subject: Dua" in client.top(2, 0)[1]
    client.dele(1)
    client.rset()
    client.dele(2)
    client.quit()
    wait_until(lambda: school.subjects(login) == ["Satu"], what="the deletion")
