"""kotakpos mailbox import and export with a real Dovecot on the other side."""

import hashlib
import imaplib
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from support.appliance import PortBase, wait_until
from support.mailboxes import BOXES, contents, fill, listing, messages_of, quoted

DOVECOT = """\
base_dir = {folder}/run
state_dir = {folder}/run
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{tls}/server.crt
ssl_key = <{tls}/server.key
disable_plaintext_auth = yes
log_path = {folder}/log
mail_location = maildir:{folder}/mail/%n
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
first_valid_gid = 1
passdb {{
  driver = static
  args = password=rahasia
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder} allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
"""


class Dovecot:
    def __init__(self, folder, tls):
        owner = pwd.getpwnam("mail")
        self.folder, self.owner, self.reserved = folder, owner, PortBase()
        self.ports = {"imap": self.reserved.base + 143, "imaps": self.reserved.base + 993}
        for name in ("cur", "new", "tmp"):
            (folder / "mail" / "ali" / name).mkdir(parents=True)
        # Of another time than the mailboxes of this box, which was made just now.
        (folder / "mail" / "ali" / "dovecot-uidlist").write_text(f"3 V1000000001 N1 G{'1' * 32}\n")
        subprocess.run(["chown", "-R", f"{owner.pw_uid}:{owner.pw_gid}", folder / "mail"], check=True)
        (folder / "conf").write_text(DOVECOT.format(folder=folder, tls=tls, uid=owner.pw_uid, gid=owner.pw_gid, **self.ports))
        self.process = subprocess.Popen(["dovecot", "-F", "-c", folder / "conf"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self.answers, 30, "Dovecot")

    def answers(self):
        try:
            imaplib.IMAP4("127.0.0.1", self.ports["imap"]).logout()
            return True
        except OSError:
            return False

    def login(self, user="ali"):
        context = imaplib.ssl._create_unverified_context()
        client = imaplib.IMAP4_SSL("127.0.0.1", self.ports["imaps"], ssl_context=context)
        client.login(user, "rahasia")
        return client

    def close(self):
        self.process.terminate()
        self.process.wait(20)
        self.reserved.release()


@pytest.fixture
def dovecot(school):
    if not shutil.which("dovecot") or os.geteuid() != 0:
        pytest.skip("needs Dovecot and root")
    # Not below pytest's own folder: each pytest that starts meanwhile shuts that to everybody but root.
    folder = Path(tempfile.mkdtemp(prefix="kotakpos-dovecot-"))
    folder.chmod(0o755)
    server = Dovecot(folder, school.state / "tls")
    yield server
    server.close()
    shutil.rmtree(folder, ignore_errors=True)


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
    school.kotakpos("mailbox", "export", ali, str(dovecot.folder / "mail" / "citra"))
    subprocess.run(["chown", "-R", "mail:mail", dovecot.folder / "mail"], check=True)
    boxes = ["INBOX", "Sent", BOXES[3]]
    there = contents_there(dovecot.login("citra"), boxes, ".")
    for box in boxes:
        validity, rows = before[box]
        assert there[box][0] == validity
        assert [row[:2] for row in there[box][1]] == [row[:2] for row in rows]
        # Dovecot sends LF as CRLF; everything with plain line ends is the same byte for byte.
        same = [row for row in rows if row[3] in {hashlib.sha256(one[2]).hexdigest() for one in there[box][1]}]
        assert len(same) >= len(rows) - 3
    assert any("tugas" in row[1] for row in there["Sent"][1])


def test_import_from_a_real_dovecot_over_tls_and_again(school, fresh, dovecot, tmp_path):
    client = dovecot.login()
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
    refused = school.run(*words, input="rahasia\n")
    assert refused.returncode == 1 and "--insecure" in refused.stderr, refused.stderr
    environment = {**school.environment(), "SSL_CERT_FILE": str(school.state / "ca.crt")}

    def run(*more, password="rahasia", name=budi):
        command = [school.program, *words[:2], name, *words[3:], *more]
        return subprocess.run(command, input=password + "\n", text=True, capture_output=True, timeout=60, env=environment)

    assert run(password="salah").returncode == 3
    process = subprocess.Popen([school.program, *words], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment)
    process.stdin.write(b"rahasia\n")
    process.stdin.close()
    wait_until(lambda: process.poll() is not None or listing(school, budi)["messages"] >= 50, 30, "the first commit")
    process.kill()
    process.wait()
    done = run()
    assert done.returncode == 0, done.stderr
    assert contents_there(school.imap(budi), ["INBOX"]) == contents_there(dovecot.login(), ["INBOX"])
    assert school.subjects(budi, "Sent") == ["terkirim"] and school.subjects(budi, '"Arsip/Lama"') == ["lama"]
    assert "302 surat" in run().stdout
    # Without TLS the password stays at home; with STARTTLS it goes.
    url = words[4] = f"imap://ali@localhost:{dovecot.ports['imap']}/"
    assert run(name=fresh("citra")).returncode == 0
    # The files themselves, as an administrator has them after the old box died.
    dewi = fresh("dewi")
    school.kotakpos("mailbox", "import", dewi, str(dovecot.folder / "mail" / "ali"))
    assert messages_of(contents(school, dewi, ["INBOX"])) == messages_of(contents(school, budi, ["INBOX"]))
