"""kotakpos mailbox import and export with a real Dovecot on the other side."""

import hashlib
import imaplib
import re
import subprocess

import pytest

from support.appliance import wait_until
from support.dovecot import Dovecot, needs_dovecot
from support.mailboxes import BOXES, contents, fill, listing, messages_of, quoted

pytestmark = needs_dovecot

PASSWORD = "123"  # of everybody there


def login_there(dovecot, user="ali"):
    client = imaplib.IMAP4_SSL("127.0.0.1", dovecot.ports["imaps"], ssl_context=imaplib.ssl._create_unverified_context())
    client.login(user, PASSWORD)
    return client


@pytest.fixture
def dovecot():
    with Dovecot("disable_plaintext_auth = yes") as server:
        inbox = server.mail / "ali" / "Maildir"
        for name in ("cur", "new", "tmp"):
            (inbox / name).mkdir(parents=True)
        # Of another time than the mailboxes of this box, which was made just now.
        (inbox / "dovecot-uidlist").write_text(f"3 V1000000001 N1 G{'1' * 32}\n")
        server.give_mail_to_its_owner()
        yield server


def contents_there(client, boxes, separator="/"):
    found = {}
    for box in boxes:
        assert client.select(quoted(box.replace("/", separator)), readonly=True)[0] == "OK"
        validity = client.response("UIDVALIDITY")[1][0]
        _, data = client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[])")
        rows = []
        for line in data:
            if isinstance(line, tuple):
                flags = set(re.search(rb"FLAGS \(([^)]*)\)", line[0])[1].decode().split()) - {"\\Recent"}
                rows.append((int(re.search(rb"UID (\d+)", line[0])[1]), flags, line[1]))
        found[box] = (validity, rows)
    return found


def test_dovecot_reads_the_exported_maildir_with_its_uids(school, fresh, dovecot):
    ali = fresh("ali")
    fill(school, ali)
    before = contents(school, ali)
    school.kotakpos("mailbox", "export", ali, str(dovecot.mail / "citra" / "Maildir"))
    dovecot.give_mail_to_its_owner()
    boxes = ["INBOX", "Sent", BOXES[3]]
    there = contents_there(login_there(dovecot, "citra"), boxes, ".")
    for box in boxes:
        validity, rows = before[box]
        assert there[box][0] == validity
        assert [row[:2] for row in there[box][1]] == [row[:2] for row in rows]
        # Dovecot sends LF as CRLF; everything with plain line ends is the same byte for byte.
        same = [row for row in rows if row[3] in {hashlib.sha256(one[2]).hexdigest() for one in there[box][1]}]
        assert len(same) >= len(rows) - 3
    assert any("tugas" in row[1] for row in there["Sent"][1])


def test_import_from_a_real_dovecot_over_tls_and_again(school, fresh, dovecot, tmp_path):
    client = login_there(dovecot)
    for box in ('"Sent Items"', '"Arsip.Lama"'):
        client.create(box)
    for number in range(300):
        client.append("INBOX", "(\\Seen tugas)" if number % 2 else "", '" 1-Mar-2021 10:00:00 +0700"',
                      b"Subject: surat %d\r\n\r\nisi\r\n" % number)
    client.append('"Sent Items"', "(\\Seen)", None, b"Subject: terkirim\r\n\r\nisi\r\n")
    client.append('"Arsip.Lama"', "(\\Flagged)", None, b"Subject: lama\r\n\r\nisi\r\n")
    budi = fresh("budi")
    url = f"imaps://ali@localhost:{dovecot.ports['imaps']}/"
    words = ["mailbox", "import", budi, "--from", url, "--password-stdin"]
    refused = school.run(*words, input=PASSWORD + "\n")
    assert refused.returncode == 1 and "--insecure" in refused.stderr, refused.stderr
    environment = {**school.environment(), "SSL_CERT_FILE": str(dovecot.folder / "server.crt")}

    def run(*more, password=PASSWORD, name=budi):
        command = [school.program, *words[:2], name, *words[3:], *more]
        return subprocess.run(command, input=password + "\n", text=True, capture_output=True, timeout=60, env=environment)

    assert run(password="salah").returncode == 3
    process = subprocess.Popen([school.program, *words], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment)
    process.stdin.write(PASSWORD.encode() + b"\n")
    process.stdin.close()
    wait_until(lambda: process.poll() is not None or listing(school, budi)["messages"] >= 50, 30, "the first commit")
    process.kill()
    process.wait()
    done = run()
    assert done.returncode == 0, done.stderr
    assert contents_there(school.imap(budi), ["INBOX"]) == contents_there(login_there(dovecot), ["INBOX"])
    assert school.subjects(budi, "Sent") == ["terkirim"] and school.subjects(budi, '"Arsip/Lama"') == ["lama"]
    assert "302 surat" in run().stdout
    # Without TLS the password stays at home; with STARTTLS it goes.
    url = words[4] = f"imap://ali@localhost:{dovecot.ports['imap']}/"
    assert run(name=fresh("citra")).returncode == 0
    # The files themselves, as an administrator has them after the old box died.
    dewi = fresh("dewi")
    school.kotakpos("mailbox", "import", dewi, str(dovecot.mail / "ali" / "Maildir"))
    assert messages_of(contents(school, dewi, ["INBOX"])) == messages_of(contents(school, budi, ["INBOX"]))
