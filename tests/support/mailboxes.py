"""Mailboxes full of odd messages, and all that can be seen of them, for the tests that carry them elsewhere and back."""

import hashlib
import json
import re

from support.appliance import wait_until

# The ways in which a message can be odd: line ends, "From " lines, no end, nothing but a header, NUL, 8 bits.
ODD = [
    b"From: a@x\r\nSubject: biasa\r\n\r\nisi\r\n",
    b"From: a@x\r\nSubject: From\r\n\r\nFrom me\r\n>From you\r\n>>From Sat Jan  1 10:00:00 2022\r\n\r\nFrom x Sat Jan  1 10:00:00 2022\r\n",
    b"From: a@x\nSubject: lf\n\nisi\nFrom x Sat Jan  1 10:00:00 2022\n",
    b"From: a@x\r\nSubject: tanpa akhir\r\n\r\nisi",
    b"From: a@x\r\nSubject: hanya kepala\r\n",
    b"From: a@x\r\nSubject: campur\r\n\r\nsatu\ndua\r\ntiga\r\rempat\r\n\n",
    b"Status: RO\r\nX-UID: 77\r\nSubject: milik program lain\r\n\r\nisi\r\n\r\n\r\n",
    b"Subject: delapan \xe9\xff\r\n\r\n\xe9\xff\x80\r\n",
    b"\r\nhanya isi\r\n",
    b"Subject: panjang\r\n\r\n" + b"x" * 200_000 + b"\r\n",
]
BOXES = ["INBOX", "Sent", "Arsip/2020.b", "Arsip/&- \u00e9\u53f0"]


def quoted(name):
    wire = name.replace("&", "&-").replace("\u00e9\u53f0", "&AOlT8A-")
    return f'"{wire}"'


def fill(school, login):
    """Odd messages in several mailboxes, with flags, keywords and dates."""
    client = school.imap(login)
    client.create('"Arsip/2020.b"')
    client.create(quoted(BOXES[3]))
    for box in BOXES:
        for number, message in enumerate(ODD):
            flags = ["", "(\\Seen)", "(\\Flagged tugas)", "($Forwarded \\Answered)", "(\\Draft \\Deleted)"][number % 5]
            date = f'"{1 + number:2}-Mar-2021 10:00:{number:02} +0700"'
            assert client.append(quoted(box), flags, date, message)[0] == "OK"
    client.select("INBOX")
    client.uid("STORE", "1", "+FLAGS.SILENT", "(\\Deleted)")
    client.uid("EXPUNGE", "1")
    client.logout()


def contents(school, login, boxes=BOXES):
    """UIDVALIDITY, UIDs, flags, dates and bytes of every mailbox."""
    client = school.imap(login)
    found = {}
    for box in boxes:
        client.select(quoted(box), readonly=True)
        validity = client.response("UIDVALIDITY")[1][0]
        _, data = client.uid("FETCH", "1:*", "(FLAGS INTERNALDATE BODY.PEEK[])")
        rows = []
        for line in data:
            if not isinstance(line, tuple):
                continue
            head = line[0].decode()
            flags = set(re.search(r"FLAGS \(([^)]*)\)", head)[1].split()) - {"\\Recent"}
            rows.append((int(re.search(r"UID (\d+)", head)[1]), flags, re.search(r'INTERNALDATE "([^"]+)"', head)[1],
                         hashlib.sha256(line[1]).hexdigest(), len(line[1])))
        found[box] = (validity, rows)
    client.logout()
    return found


def messages_of(state):
    """Without UIDVALIDITY and UIDs."""
    return {box: [row[1:] for row in rows] for box, (_, rows) in state.items()}


def delete_user(school, login):
    school.kotakpos("user", "delete", login, "--with-mail")
    # Until the box has removed them, they are listed under the number of a person who is gone.
    wait_until(lambda: not re.search(r"(?<!\w)#\d", school.kotakpos("mailbox", "list")), 20, "the end of the mailboxes")


def listing(school, login):
    return json.loads(school.kotakpos("mailbox", "list", login, "--json"))[0]
