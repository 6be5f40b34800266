"""kotakpos mailbox: check and repair a running box; export and import, byte for byte, with real programs on the other side."""

import hashlib
import json
import mailbox
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

from support.appliance import wait_until
from support.mailboxes import ODD, contents, delete_user, fill, listing, messages_of


def damage(school, *statements):
    connection = sqlite3.connect(school.state / "mail" / "mail.db")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


# Check and repair.

def test_list_shows_every_mailbox_and_the_quota(school, fresh):
    ali = fresh("ali", quota="1M")
    school.imap(ali).append("INBOX", None, None, ODD[0])
    shown = listing(school, ali)
    assert shown["quota"] == 1 << 20 and shown["size"] == len(ODD[0]) and shown["messages"] == 1
    inbox = next(box for box in shown["mailboxes"] if box["name"] == "INBOX")
    assert inbox["messages"] == 1 and inbox["unseen"] == 1 and inbox["uid_next"] == 2
    text = school.kotakpos("mailbox", "list", "--user", ali)
    assert ali in text and "INBOX" in text and "0 %" in text
    assert school.run("mailbox", "list", "tidakada").returncode == 3


def test_repair_mends_a_running_box_and_idle_hears_of_it(school, fresh):
    ali = fresh("ali")
    writer = school.imap(ali)
    for message in (ODD[0], ODD[9]):
        writer.append("INBOX", "(\\Seen)", None, message)
    reader = school.imap(ali)
    reader.select("INBOX")
    reader.send(b"x1 IDLE\r\n")
    assert reader.readline().startswith(b"+")
    lost = school.state / "mail" / "blobs" / hashlib.sha256(ODD[9]).hexdigest()[:2] / hashlib.sha256(ODD[9]).hexdigest()
    lost.unlink()
    account = damage_account(school, ali)
    found = school.run("mailbox", "check", ali, "--json")
    assert found.returncode == 1
    faults = {finding["fault"] for finding in json.loads(found.stdout)["users"][0]["findings"]}
    assert faults == {"no-bytes", "account-counters", "counters"}
    assert "mailbox repair" in school.run("mailbox", "check", ali).stdout
    started = time.monotonic()
    assert school.run("mailbox", "repair", ali).returncode == 0
    reader.sock.settimeout(10)
    lines = [reader.readline()]
    while not lines[-1].startswith(b"* 2 EXISTS"):
        lines.append(reader.readline())
    assert time.monotonic() - started < 5
    assert any(line.startswith(b"* 2 EXPUNGE") for line in lines), lines
    assert school.run("mailbox", "check", ali, "--deep").returncode == 0
    client = school.imap(ali)
    client.select("INBOX")
    _, data = client.uid("FETCH", "3", "(FLAGS BODY.PEEK[])")
    assert b"Subject: panjang" in data[0][1] and b"\\Seen" in data[0][0]
    assert listing(school, ali)["size"] == len(ODD[0]) + len(data[0][1]), account


def damage_account(school, login):
    connection = sqlite3.connect(school.state / "school" / "school.db")
    (account,) = connection.execute("SELECT user_id FROM user WHERE login = ?", (login,)).fetchone()
    connection.close()
    damage(school, f"UPDATE account SET bytes = bytes + 5000 WHERE account_id = {account}",
           f"UPDATE mailbox SET unseen = 5 WHERE name = 'INBOX' AND account_id = {account}")
    return account


# Export and import.

@pytest.mark.parametrize("form", ["maildir", "mbox"])
def test_what_was_exported_comes_back_the_same(school, fresh, tmp_path, form):
    ali, budi = fresh("ali"), fresh("budi")
    fill(school, ali)
    before = contents(school, ali)
    school.kotakpos("mailbox", "export", ali, str(tmp_path / "keluar"), "--format", form)
    assert school.run("mailbox", "export", ali, str(tmp_path / "keluar")).returncode == 3
    school.kotakpos("mailbox", "import", budi, str(tmp_path / "keluar"))
    assert messages_of(contents(school, budi)) == messages_of(before)
    again = school.kotakpos("mailbox", "import", budi, str(tmp_path / "keluar"))
    assert "0 " in again.splitlines()[0]
    assert messages_of(contents(school, budi)) == messages_of(before)
    # Where the UIDVALIDITY is free, phones notice nothing at all.
    delete_user(school, ali)
    delete_user(school, budi)
    citra = fresh("citra")
    school.kotakpos("mailbox", "import", citra, str(tmp_path / "keluar"))
    assert contents(school, citra) == before
    assert school.run("mailbox", "check", citra, "--deep").returncode == 0


def test_an_export_goes_on_and_follows_flags(school, fresh, tmp_path):
    ali = fresh("ali")
    fill(school, ali)
    school.kotakpos("mailbox", "export", ali, str(tmp_path / "m"))
    first = {path.name: path.stat().st_ino for path in (tmp_path / "m" / "cur").iterdir()}
    client = school.imap(ali)
    client.select("INBOX")
    client.uid("STORE", "2", "FLAGS", "(\\Seen)")
    client.uid("STORE", "3", "+FLAGS", "(\\Deleted)")
    client.uid("EXPUNGE", "3")
    victim = next((tmp_path / "m" / ".Sent" / "cur").iterdir())
    victim.unlink()
    school.kotakpos("mailbox", "export", ali, str(tmp_path / "m"), "--resume")
    second = {path.name: path.stat().st_ino for path in (tmp_path / "m" / "cur").iterdir()}
    assert len(second) == len(first) - 1 and set(second.values()) <= set(first.values())
    assert [name for name in second if "P2V" in name][0].endswith(":2,S")
    assert len(list((tmp_path / "m" / ".Sent" / "cur").iterdir())) == len(ODD)


def test_mutt_reads_the_maildir_and_python_the_mbox(school, fresh, tmp_path):
    ali = fresh("ali")
    client = school.imap(ali)
    for message in ODD[:2]:
        client.append("INBOX", "(\\Seen)", None, message)
    school.kotakpos("mailbox", "export", ali, str(tmp_path / "m"))
    school.kotakpos("mailbox", "export", ali, str(tmp_path / "b"), "--format", "mbox")
    box = mailbox.mbox(tmp_path / "b" / "INBOX.mbox")
    assert [message["subject"] for message in box] == ["biasa", "From"]
    assert [message.get_flags() for message in box] == ["RO", "RO"]
    if not shutil.which("mutt"):
        pytest.skip("mutt is not installed")
    from system.test_clients import in_terminal
    read = tmp_path / "read"
    keys = f"<last-entry><pipe-message>cat > {read}<enter><exit>"
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(tmp_path), "TERM": "xterm", "LINES": "24", "COLUMNS": "80"}
    settings = "set wait_key=no quit=yes beep=no sort=date-received pipe_decode=no folder=\"\""
    code, shown = in_terminal(["mutt", "-n", "-F", "/dev/null", "-e", settings, "-e", f'push "{keys}"',
                               "-f", str(tmp_path / "m")], environment)
    assert read.exists(), f"mutt ended with {code}: {shown[-2000:].decode(errors='replace')}"
    assert read.read_bytes().replace(b"\n", b"\r\n").endswith(ODD[1].split(b"\r\n\r\n", 1)[1])


def test_odd_files_are_skipped_and_named(school, fresh, tmp_path):
    ali = fresh("ali")
    cur = tmp_path / "m" / "cur"
    cur.mkdir(parents=True)
    (cur / "1.a.host:2,S").write_bytes(b"Subject: satu\n\nisi\n")
    (cur / "2.b.host;2,FS").write_bytes(b"Subject: dua\r\n\r\nisi\r\n")
    (cur / os.fsdecode(b"3.\xff\xfe*%:2,")).write_bytes(b"Subject: tiga\n\nisi\n")
    (cur / "4.kosong").write_bytes(b"")
    (cur / "5.tautan:2,S").symlink_to("/etc/passwd")
    os.mkfifo(cur / "6.pipa")
    (tmp_path / "m" / "dovecot-uidlist").write_bytes(b"3 V\xff N\n\0\n9999999999999 :x\n")
    (tmp_path / "m" / "dovecot-keywords").write_bytes(b"0\n99 x\n-1 y\n")
    with open(cur / "7.besar", "wb") as large:
        large.truncate(1 << 30)
    done = school.run("mailbox", "import", ali, str(tmp_path / "m"))
    assert done.returncode == 1 and "3 surat" in done.stdout, done.stdout
    assert "4.kosong" in done.stdout and "7.besar" in done.stdout and "passwd" not in done.stdout
    assert sorted(school.subjects(ali)) == ["dua", "satu", "tiga"]
    assert school.run("mailbox", "import", ali, str(cur / "5.tautan:2,S")).returncode == 3


def test_an_mbox_of_any_size_is_read_with_little_memory(school, fresh, tmp_path):
    ali = fresh("ali")
    with open(tmp_path / "mbox", "wb") as file:
        file.write(b"From a Sat Jan  1 10:00:00 2022\nSubject: awal\n\nisi\n\n")
        file.write(b"From a Sat Jan  1 10:00:00 2022\nSubject: raksasa\n\n")
        file.seek(1 << 30, os.SEEK_CUR)  # one line of 1 GB
        file.write(b"\n\nFrom a Sat Jan  1 10:00:00 2022\nContent-Length: 40\nSubject: hitung\n\nFrom here 10:00 on Sat Jan  1 it is 2022\n\n"
                   b"From a Sat Jan  1 10:00:00 2022\nSubject: akhir\n\nisi\n")
    command = ["prlimit", f"--as={600 << 20}", school.program, "mailbox", "import", ali, str(tmp_path / "mbox")]
    done = subprocess.run(command, env=school.environment(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "3 surat" in done.stdout, done.stdout + done.stderr
    assert school.subjects(ali) == ["awal", "hitung", "akhir"]


def test_the_quota_stops_an_import_which_can_go_on(school, fresh, tmp_path):
    ali = fresh("ali", quota="100K")
    box = mailbox.Maildir(tmp_path / "m")
    for number in range(5):
        box.add(f"Subject: surat {number}\n\n".encode() + b"x" * 30000 + b"\n")
    done = school.run("mailbox", "import", ali, str(tmp_path / "m"))
    assert done.returncode == 1 and "--no-quota" in done.stderr, done.stderr
    assert len(school.subjects(ali)) == 3
    assert "2 surat" in school.kotakpos("mailbox", "import", ali, str(tmp_path / "m"), "--no-quota")
    assert len(school.subjects(ali)) == 5


def test_kill_9_in_the_middle_of_an_import_neither_loses_nor_doubles(school, fresh, tmp_path):
    ali = fresh("ali")
    number_of_mails = 3000
    with open(tmp_path / "mbox", "wb") as file:
        for number in range(number_of_mails):
            file.write(b"From a Sat Jan  1 10:00:00 2022\nSubject: surat %d\n\n" % number + b"isi\n" * 200 + b"\n")
    command = [school.program, "mailbox", "import", ali, str(tmp_path / "mbox")]
    done = 0
    for _ in range(3):
        process = subprocess.Popen(command, env=school.environment(), stdout=subprocess.DEVNULL)
        wait_until(lambda: process.poll() is not None or listing(school, ali)["messages"] > done, 30, "a commit")
        process.send_signal(signal.SIGKILL)
        process.wait()
        done = listing(school, ali)["messages"]
    school.kotakpos("mailbox", "import", ali, str(tmp_path / "mbox"))
    subjects = school.subjects(ali)
    assert len(subjects) == number_of_mails and len(set(subjects)) == number_of_mails
    assert school.run("mailbox", "check", ali, "--deep").returncode == 0


def test_an_idle_client_sees_an_import_at_once(school, fresh, tmp_path):
    ali = fresh("ali")
    (tmp_path / "mbox").write_bytes(b"From a Sat Jan  1 10:00:00 2022\nSubject: halo\n\nisi\n")
    reader = school.imap(ali)
    reader.select("INBOX")
    reader.send(b"x1 IDLE\r\n")
    assert reader.readline().startswith(b"+")
    process = subprocess.Popen([school.program, "mailbox", "import", ali, str(tmp_path / "mbox"), "--mailbox", "INBOX"],
                               env=school.environment(), stdout=subprocess.DEVNULL)
    reader.sock.settimeout(20)
    assert reader.readline().startswith(b"* 1 EXISTS")
    assert process.wait(30) == 0


def share(school, owner, reader):
    """A folder that `reader` may read and has read in part, with notes of both."""
    client = school.imap(owner)
    client.create("Kelas")
    for number in range(3):
        client.append("Kelas", None, None, f"Subject: {number}\r\n\r\nisi\r\n".encode())
    client.setacl("Kelas", reader, "lrsk")
    client.setacl("Kelas", "anyone", "l")
    client.xatom("SETMETADATA", "Kelas", '(/shared/comment "untuk semua" /private/comment "untuk saya")')
    client.logout()
    client = school.imap(reader)
    client.xatom("SETMETADATA", f'"#pengguna/{owner}/Kelas"', '(/private/comment "milik pembaca")')
    client.select(f'"#pengguna/{owner}/Kelas"')
    client.store("2", "+FLAGS", "(\\Seen)")
    client.logout()


def sharing_of(school, owner, reader):
    client = school.imap(owner)
    acl = sorted(client.getacl("Kelas")[1][0].decode().removeprefix("Kelas ").split(" ")[2:])
    client.xatom("GETMETADATA", "Kelas", "(/shared/comment /private/comment)")
    notes = client.response("METADATA")[1]
    client.logout()
    client = school.imap(reader)
    client.xatom("GETMETADATA", f'"#pengguna/{owner}/Kelas"', "/private/comment")
    own = [line.decode().rpartition("(")[2] for line in client.response("METADATA")[1] if line]
    client.select(f'"#pengguna/{owner}/Kelas"')
    seen = client.search(None, "SEEN")[1]
    client.logout()
    return acl, notes, seen, own


def test_who_may_read_notes_and_what_readers_have_read_come_along(school, fresh, tmp_path):
    ali, budi = fresh("ali"), fresh("budi")
    share(school, ali, budi)
    before = sharing_of(school, ali, budi)
    assert before[2] == [b"2"] and before[3]
    assert "1 " in school.kotakpos("mailbox", "export", ali, str(tmp_path / "mbox"), "--format", "mbox").splitlines()[-1]
    school.kotakpos("mailbox", "export", ali, str(tmp_path / "keluar"))
    delete_user(school, ali)
    citra = fresh("citra")
    assert school.kotakpos("mailbox", "import", citra, str(tmp_path / "keluar"))
    after = sharing_of(school, citra, budi)
    assert after[1:] == before[1:]
    assert [word for word in after[0] if ali not in word and citra not in word] == \
        [word for word in before[0] if ali not in word and citra not in word]
    # Whoever is no user here is named, and nothing fails.
    delete_user(school, budi)
    dewi = fresh("dewi")
    told = school.run("mailbox", "import", dewi, str(tmp_path / "keluar")).stdout
    assert budi in told


def test_the_mail_of_a_deleted_user_is_removed_when_somebody_says_so(school, fresh):
    ali = fresh("ali")
    client = school.imap(ali)
    client.append("INBOX", None, None, b"Subject: x\r\n\r\nisi\r\n")
    client.logout()
    school.kotakpos("user", "delete", ali)
    number = re.search(r"(?<!\w)#\d+", school.kotakpos("mailbox", "list"))[0]
    refused = school.run("mailbox", "delete", number)
    assert refused.returncode == 3 and "--yes" in refused.stderr
    assert number in school.kotakpos("mailbox", "list")
    assert "1 pesan" in school.kotakpos("mailbox", "delete", number, "--yes")
    assert number not in school.kotakpos("mailbox", "list")
    budi = fresh("budi")
    assert school.run("mailbox", "delete", budi, "--yes").returncode == 3
    assert budi in school.kotakpos("mailbox", "list")
    assert school.run("mailbox", "delete", "#-1", "--yes").returncode == 3


def test_an_error_names_the_database_that_has_it(school):
    state = school.state
    # A lock that is not given up: SQLite waits five seconds, then it is busy.
    lock = sqlite3.connect(state / "mail" / "mail.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    try:
        failed = school.run("mailbox", "repair")
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    assert failed.returncode != 0
    assert "basis data surat:" in failed.stderr
