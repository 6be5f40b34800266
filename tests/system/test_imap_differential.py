"""The same random commands to Dovecot and to us: the same answers, and the same mailboxes in the end.

KOTAKPOS_SEED=N KOTAKPOS_STEPS=20000 asks others and more. What may differ, and why, is in `accepted` and in the functions that it names.
"""

import os
import random
import re
import time
from email.header import decode_header, make_header
from email.utils import parsedate_to_datetime

import pytest

from support.dovecot import Dovecot, needs_dovecot
from support.imap_wire import Wire, literal, quoted
from support.random_mail import WORDS, random_mail

pytestmark = needs_dovecot

SEED = int(os.environ.get("KOTAKPOS_SEED", "1"))
STEPS = int(os.environ.get("KOTAKPOS_STEPS", "1200"))
EVERY = 40  # steps between two looks at everything

# The mailboxes that a fresh account of ours has.
SETTINGS = """
namespace inbox {
  inbox = yes
  separator = /
""" + "".join(f"  mailbox {name} {{\n    auto = create\n    special_use = \\{name}\n  }}\n" for name in ("Drafts", "Junk", "Sent", "Trash")) + """
}
protocol imap {
  mail_max_keyword_length = 100
}
"""
NAMES = ["INBOX", "Drafts", "Kelas", "Kelas/X", "Kelas/X/TKJ 1", "Kelas/XI", "Arsip", "arsip", "Tugas &AOk-", "Lama/Dua", "Baru"]
FLAGS = ["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft", "$Forwarded", "penting", "NonJunk", "$label1"]
SORT_KEYS = ["ARRIVAL", "CC", "DATE", "FROM", "SIZE", "SUBJECT", "TO"]
FETCH_ITEMS = ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE", "BODY", "BODY.PEEK[HEADER]", "BODY.PEEK[TEXT]",
               "BODY.PEEK[1]", "BODY.PEEK[1.MIME]", "BODY.PEEK[2]", "BODY.PEEK[]<10.50>", "RFC822.HEADER", "BODY[]", "BODY.PEEK[TEXT]<0.20>",
               "BODY.PEEK[HEADER.FIELDS (Subject From)]", "BODY.PEEK[HEADER.FIELDS.NOT (Subject From To)]"]


@pytest.fixture(scope="module")
def dovecot():
    with Dovecot(SETTINGS) as server:
        yield server


class Side:
    """One server: two sessions of the same person, and what each has selected."""

    def __init__(self, port, login):
        self.sessions = [Wire(port, login), Wire(port, login)]
        self.exists = [0, 0]

    def command(self, number, *parts):
        answer = self.sessions[number].command(*parts)
        for words in answer.responses:
            if words[1:] == ["EXISTS"]:
                self.exists[number] = int(words[0])
            elif words[1:] == ["EXPUNGE"]:
                self.exists[number] -= 1
        return answer

    def capable(self, name):
        return name in self.sessions[0].command("CAPABILITY").all("CAPABILITY")[0]

    def close(self):
        for session in self.sessions:
            session.close()


# What is compared of an answer.

def fetched(answer):
    """By sequence number: item -> value. FLAGS without \\Recent: which of two sessions sees that, is chance."""
    found = {}
    for words in answer.all("FETCH"):
        items = found.setdefault(int(words[0]), {})
        for name, value in zip(words[1][::2], words[1][1::2]):
            items[name.upper()] = normal(name, value)  # Dovecot repeats the names of header fields in capitals
    return found


def asked(found, items):
    """Without flags that nobody asked for: when another session's change is told, is the server's choice."""
    return found if "FLAGS" in items else {number: {name: value for name, value in given.items() if name != "FLAGS"}
                                           for number, given in found.items()}


def normal(name, value):
    if name == "FLAGS":
        return sorted((flag for flag in value if flag != "\\Recent"), key=str.lower)
    if name in ("BODY", "BODYSTRUCTURE"):
        return structure(value)
    if name == "INTERNALDATE":
        return value.lstrip(b" 0")  # date-day-fixed: " 7" and "07"
    if name.startswith("BODY["):
        # A part that is not there: NIL with us, an empty string with Dovecot. A multipart inside another: the CR LF before the outer
        # delimiter belongs to that (RFC 2046 5.1.1); Dovecot gives it to the inner multipart.
        return (value or b"").removesuffix(b"\r\n") if not value or value.endswith(b"--\r\n") else value
    return as_bytes(value)


def as_bytes(value):
    """An atom, a quoted string and a literal of the same text are the same."""
    if isinstance(value, list):
        return [as_bytes(inner) for inner in value]
    return value.encode() if isinstance(value, str) else value


class Lines(int):
    """Of a part: a last line without its CR LF is one with us, and none with Dovecot. RFC 9051 7.5.2 says "size in text lines"."""

    def __eq__(self, other):
        return abs(int(self) - int(other)) <= 1

    __hash__ = None


def structure(value):
    """Media types, encodings and names of parameters in lower case (RFC 9051: not case-sensitive)."""
    if not isinstance(value, list):
        return value.lower() if isinstance(value, bytes) else value
    parts = [structure(inner) for inner in value]
    lines = {b"text": 7, b"message": 9}.get(parts[0] if parts and isinstance(parts[0], bytes) else None)
    if lines and len(parts) > lines and isinstance(parts[lines], str):
        parts[lines] = Lines(parts[lines])
    return parts


def sections(part, number=""):
    """Every section that a message of that structure has."""
    if isinstance(part[0], list):
        inner = [child for child in part if isinstance(child, list) and child and isinstance(child[0], (list, bytes))]
        parts = [child for child in inner if is_part(child)]
        below = [name for at, child in enumerate(parts) for name in sections(child, f"{number}{at + 1}.")]
        return below if number else below + ["HEADER", "TEXT"]
    own = (number or "1.")[:-1]
    found = [own, f"{own}.MIME"]
    if part[:2] == [b"message", b"rfc822"]:
        found += [f"{own}.HEADER", f"{own}.TEXT"]
        encapsulated = part[8]
        found += sections(encapsulated, f"{own}." if isinstance(encapsulated[0], list) else f"{own}.1.")
    return found


def is_part(words):
    """Whether a list inside a multipart is one of its parts, rather than parameters or a disposition."""
    return isinstance(words[0], list) or len(words) >= 7


def flat(thread):
    """Its messages, without the brackets."""
    return [number for inner in thread for number in (flat(inner) if isinstance(inner, list) else [inner])]


def sort_key(name, items):
    """RFC 5256 section 3, for mail of random_mail.py."""
    envelope = items["ENVELOPE"]
    if name == "ARRIVAL":
        return parsedate_to_datetime(items["INTERNALDATE"].decode().replace("-", " ")).timestamp()
    if name == "DATE":
        return parsedate_to_datetime(envelope[0].decode()).timestamp()
    if name == "SIZE":
        return int(items["RFC822.SIZE"])
    if name == "SUBJECT":
        subject = str(make_header(decode_header((envelope[1] or b"").decode())))
        return re.sub(r"^((re|fwd?)\s*(\[[^\]]*\])?:\s*)+|\s*\(fwd\)$", "", subject, flags=re.I).upper()
    addresses = envelope[{"FROM": 2, "TO": 5, "CC": 6}[name]]
    return (addresses[0][2] or b"").upper() if addresses else b""


def listed(answer):
    """Name -> attributes. \\NonExistent is \\Noselect said better (RFC 5258 3.4); subscribed and special use come from LSUB and names."""
    names = {}
    for attributes, separator, name in answer.all("LIST") + answer.all("LSUB"):
        kept = {item.lower() for item in attributes} & {"\\noselect", "\\nonexistent", "\\haschildren", "\\hasnochildren", "\\noinferiors"}
        if "\\nonexistent" in kept:
            kept = kept - {"\\nonexistent"} | {"\\noselect"}
        names[as_bytes(name)] = (sorted(kept), separator)
    return names


def numbers(name):
    return lambda answer: sorted(int(word) for words in answer.all(name) for word in words)


def in_order(name):
    return lambda answer: [word for words in answer.all(name) for word in words]


def status(answer):
    return [(as_bytes(words[0]), sorted(zip(words[1][::2], words[1][1::2]))) for words in answer.all("STATUS")]


def nothing(_):
    return None


class Differential:
    def __init__(self, dice, ours, theirs):
        self.dice, self.ours, self.theirs = dice, ours, theirs
        self.selected = [None, None]
        self.read_only = [False, False]
        self.script = []
        self.mails = 0
        self.can_sort = ours.capable("SORT")
        self.can_thread = [name for name in ("REFERENCES", "ORDEREDSUBJECT", "REFS") if ours.capable(f"THREAD={name}")]

    def both(self, number, *parts, of=nothing):
        """One command to both; the answers must be alike. Gives ours."""
        self.script.append((number, parts))
        mine, other = self.ours.command(number, *parts), self.theirs.command(number, *parts)
        said = f"\nstep {len(self.script)}: session {number}: {parts}\nus: {mine.status} {mine.text}\nDovecot: {other.status} {other.text}\n"
        if not accepted(parts, mine, other):
            assert mine.status == other.status, said + self.history(number)
            if mine and not (of(mine) != of(other) and self.is_missorted(number, parts, of(mine), of(other))):
                assert of(mine) == of(other), said + difference(of(mine), of(other)) + "\n" + self.history(number)
        return mine

    def is_missorted(self, number, parts, mine, other):
        """Dovecot 2.3 keeps an order of its own for each text key, and puts what came last behind it without a look at the keys that
        follow. So here the messages themselves say who is right."""
        if asked_for := re.match(r"(UID )?SORT \(([A-Z ]+)\)", parts[0]):
            if "BODY" in parts[0]:
                mine, other = [[one for one in side if not self.is_message(number, asked_for[1], one)] for side in (mine, other)]
                if mine == other:
                    return True
            return sorted(mine) == sorted(other) and self.is_sorted(number, asked_for[1], asked_for[2].split(), mine)
        if asked_for := re.match(r"(UID )?THREAD ORDEREDSUBJECT", parts[0]):
            threads = [flat(thread) for thread in mine]
            in_order = [thread[0] for thread in threads], *threads
            return (sorted(map(sorted, threads)) == sorted(sorted(flat(thread)) for thread in other)
                    and all(self.is_sorted(number, asked_for[1], ["DATE"], line) for line in in_order))
        return False

    def is_message(self, number, uid, one):
        """Whether a mail is nothing but another mail, whose header belongs to the body (RFC 9051 6.4.4). Dovecot does not look there."""
        answer = self.ours.command(number, f"{uid or ''}FETCH {one} (BODYSTRUCTURE)")
        return any(structure(row[1][row[1].index("BODYSTRUCTURE") + 1])[:2] == [b"message", b"rfc822"] for row in answer.all("FETCH"))

    def is_sorted(self, number, uid, names, line):
        rows = self.ours.command(number, f"{uid or ''}FETCH {','.join(line)} (UID ENVELOPE INTERNALDATE RFC822.SIZE)")
        keys = {}
        for row in rows.all("FETCH"):
            items = dict(zip(row[1][::2], row[1][1::2]))
            keys[items["UID"] if uid else row[0]] = [sort_key(name, items) for name in names] + [int(row[0])]
        return sorted(line, key=keys.get) == line

    def history(self, number):
        steps = "\n".join(f"{session}: {' '.join(str(part)[:100] for part in parts)}" for session, parts in self.script[-80:])
        return (f"\nKOTAKPOS_SEED={SEED}\n{steps}\nthe last with us:\n{self.ours.sessions[number].history(12)}\n"
                f"with Dovecot:\n{self.theirs.sessions[number].history(12)}")

    # Choices.

    def session(self):
        return self.dice.randrange(2)

    def name(self):
        return self.dice.choice(NAMES)

    def flags(self, least=0):
        return "(" + " ".join(self.dice.sample(FLAGS, self.dice.randint(least, 3))) + ")"

    def set(self, count, star=True):
        """A sequence set within 1 to `count`."""
        parts = []
        for _ in range(self.dice.randint(1, 3)):
            low, high = self.dice.randint(1, count), self.dice.randint(1, count)
            parts.append(self.dice.choice([f"{low}", f"{low}:{high}", f"{low}:*" if star else f"{low}", "*" if star else f"{high}"]))
        return ",".join(parts)

    def messages(self, star=True):
        """A session with messages, brought up to date, and a set of them, as the command's first words."""
        number = self.session()
        if self.selected[number] is None:
            return None
        self.both(number, "NOOP")
        assert self.ours.exists[number] == self.theirs.exists[number], self.history(number)
        count = self.ours.exists[number]
        if count == 0:
            return None
        if self.dice.random() < 0.4:
            return number, "UID ", self.set(count + 5, star)
        return number, "", self.set(count, star)

    def day(self):
        return time.strftime("%d-%b-%Y", time.gmtime(1_700_000_000 + self.dice.randrange(40) * 86400))

    def search_key(self, depth=2):
        dice, word = self.dice, self.dice.choice([word for word in WORDS if word.isascii()])
        simple = ["ALL", "ANSWERED", "DELETED", "FLAGGED", "SEEN", "DRAFT", "UNANSWERED", "UNDELETED", "UNFLAGGED", "UNSEEN", "UNDRAFT",
                  f"KEYWORD {dice.choice(FLAGS[5:])}", f"UNKEYWORD {dice.choice(FLAGS[5:])}", f"SUBJECT {word}", f"FROM {word}", f"TO {word}",
                  f"CC {word}", f"BCC {word}", f"BODY {word}", f"TEXT {word}", f"BODY {word[1:4]}", f"HEADER Message-ID {dice.randrange(30)}",
                  'HEADER X-Kelas ""', f"HEADER Subject {word.upper()}", f"SINCE {self.day()}", f"BEFORE {self.day()}", f"ON {self.day()}",
                  f"SENTSINCE {self.day()}", f"SENTBEFORE {self.day()}", f"SENTON {self.day()}", f"LARGER {dice.randrange(3000)}",
                  f"SMALLER {dice.randrange(3000)}", f"UID {self.set(20)}"]
        if depth == 0 or dice.random() < 0.5:
            return dice.choice(simple)
        one, two = self.search_key(depth - 1), self.search_key(depth - 1)
        return dice.choice([f"NOT {one}" if " " not in one else f"NOT ({one})", f"OR ({one}) ({two})", f"({one} {two})", f"{one} {two}"])

    # Steps: each returns after the same commands to both.

    def step(self):
        weights = {"create": 3, "delete": 2, "rename": 2, "subscribe": 2, "select": 8, "append": 16, "store": 12, "copy": 6, "move": 4,
                   "expunge": 4, "close": 2, "fetch": 14, "search": 14, "sort": 5 * self.can_sort, "thread": 4 * bool(self.can_thread),
                   "status": 3, "list": 3, "wrong": 2}
        getattr(self, "do_" + self.dice.choices(list(weights), list(weights.values()))[0])()

    def make_superior(self, name):
        """We make a superior that is missing a mailbox, Dovecot a mere name; both are right (RFC 9051 6.3.4). So it is made first."""
        for end in [at for at, letter in enumerate(name) if letter == "/"]:
            self.both(0, "CREATE", quoted(name[:end]))

    def do_create(self):
        name = self.name()
        self.make_superior(name)
        self.both(self.session(), "CREATE", quoted(name))

    def do_delete(self):
        name = self.name()
        # With inferiors: RFC 9051 6.3.5 lets a server refuse (we do) or keep the mere name (Dovecot).
        leaf = not self.ours.command(0, f"LIST {quoted(name)} /%").all("LIST")
        if leaf and name not in self.selected and name not in ("INBOX", "Drafts"):
            self.both(self.session(), "DELETE", quoted(name))

    def do_rename(self):
        old, new = self.dice.sample(NAMES, 2)
        # RENAME INBOX (RFC 9051 6.3.6) is not supported by this store of Dovecot; ours has dialogues.
        free = all(name is None or not (name + "/").startswith(old + "/") for name in self.selected)
        if free and old not in ("INBOX", "Drafts") and not new.startswith(old + "/"):
            self.make_superior(new)
            self.both(self.session(), "RENAME", quoted(old), quoted(new))

    def do_subscribe(self):
        name = self.name()
        # RFC 9051 6.3.7: whether a name without a mailbox can be subscribed to is the server's choice; with us it can.
        if self.ours.command(0, f'LIST "" {quoted(name)}').all("LIST"):
            self.both(self.session(), self.dice.choice(["SUBSCRIBE", "UNSUBSCRIBE"]), quoted(name))

    def do_select(self):
        number, name = self.session(), self.name()
        how = self.dice.choice(["SELECT", "SELECT", "SELECT", "EXAMINE"])
        answer = self.both(number, how, quoted(name), of=numbers("EXISTS"))
        self.read_only[number] = how == "EXAMINE"
        self.selected[number] = name if answer else None
        if not answer:
            self.ours.exists[number] = self.theirs.exists[number] = 0

    def do_append(self):
        self.mails += 1
        when = time.strftime('"%d-%b-%Y %H:%M:%S +0700"', time.gmtime(1_700_000_000 + self.dice.randrange(40 * 86400)))
        flags = [self.flags()] if self.dice.random() < 0.6 else []
        self.both(self.session(), "APPEND", quoted(self.name()), *flags, when, literal(random_mail(self.dice, self.mails)))

    def do_store(self):
        if found := self.messages():
            number, uid, chosen = found
            how = self.dice.choice(["FLAGS", "+FLAGS", "-FLAGS"]) + self.dice.choice(["", ".SILENT"])
            self.both(number, f"{uid}STORE {chosen} {how} {self.flags()}", of=lambda answer: None)

    def do_copy(self):
        if found := self.messages(star=False):  # a "*" beside all other numbers lets Dovecot 2.3.19 abort in COPY and MOVE
            number, uid, chosen = found
            self.both(number, f"{uid}COPY {chosen}", quoted(self.name()))

    def do_move(self):
        if found := self.messages(star=False):
            number, uid, chosen = found
            name = self.name()
            # Dovecot moves out of a mailbox that was opened read-only; RFC 6851 3.3 has it that MOVE is like COPY, STORE, EXPUNGE.
            if name != self.selected[number] and not self.read_only[number]:
                self.both(number, f"{uid}MOVE {chosen}", quoted(name))

    def do_expunge(self):
        if found := self.messages():
            number, uid, chosen = found
            self.both(number, f"UID EXPUNGE {chosen}" if uid else "EXPUNGE")

    def do_close(self):
        number = self.session()
        if self.selected[number] is not None:
            # A message with \Deleted that the session has not been told of yet: CLOSE removes it with us, and not with Dovecot.
            self.both(number, "NOOP")
            self.both(number, self.dice.choice(["CLOSE", "UNSELECT"]))
            self.selected[number] = None
            self.ours.exists[number] = self.theirs.exists[number] = 0

    def do_fetch(self):
        if found := self.messages():
            number, uid, chosen = found
            items = " ".join(self.dice.sample(FETCH_ITEMS, self.dice.randint(1, 3)))
            self.both(number, f"{uid}FETCH {chosen} ({items})", of=lambda answer: asked(fetched(answer), items))

    def do_search(self):
        if found := self.messages():
            where = self.dice.choice(["SUBJECT", "FROM", "BODY", "TEXT"])
            international = [f"{found[1]}SEARCH CHARSET UTF-8 {where}", literal(self.dice.choice(["señor", "SEÑOR", "ñ"]).encode())]
            plain = [f"{found[1]}SEARCH {self.search_key()}"]
            self.both(found[0], *(international if self.dice.random() < 0.15 else plain), of=numbers("SEARCH"))

    def do_sort(self):
        if found := self.messages():
            # No REVERSE: among equal keys Dovecot 2.3 reverses the messages' order too, and forgets the keys behind it; RFC 5256 does neither.
            keys = " ".join(self.dice.sample(SORT_KEYS, self.dice.randint(1, 3)))
            self.both(found[0], f"{found[1]}SORT ({keys}) UTF-8 {self.search_key(1)}", of=in_order("SORT"))

    def do_thread(self):
        if found := self.messages():
            self.both(found[0], f"{found[1]}THREAD {self.dice.choice(self.can_thread)} UTF-8 {self.search_key(1)}", of=in_order("THREAD"))

    def do_status(self):
        number, name = self.session(), self.name()
        if self.selected[number] == name:
            self.both(number, "NOOP")  # of the selected mailbox, Dovecot tells what the session has been told
        self.both(number, f"STATUS {quoted(name)} (MESSAGES UIDNEXT UNSEEN)", of=status)

    def do_list(self):
        pattern = self.dice.choice(["*", "%", "Kelas/%", "%/%", "*X*", "arsip", "inbox", "Kelas*"])
        self.both(self.session(), f'LIST "" "{pattern}"', of=listed)

    def do_wrong(self):
        number = self.session()
        self.both(number, self.dice.choice(["SELECT Tiada/Begitu", "STATUS Tiada (MESSAGES)", "FETCH", "STORE 1 BENDERA (\\Seen)", "SEARCH BUKAN",
                                            "COPY 1:* Tiada/Begitu", "FETCH 0 FLAGS", "UID STORE x FLAGS ()", "CREATE", "RENAME Tiada Ada",
                                            "DELETE Tiada", "SUBSCRIBE", "APPEND Tiada/Begitu {3+}\r\nx\r\n", "KACAU"]))
        if self.script[-1][1][0].startswith("SELECT"):
            self.selected[number] = None
            self.ours.exists[number] = self.theirs.exists[number] = 0

    # Everything.

    def compare_all(self):
        self.both(0, 'LIST "" "*"', of=listed)
        self.both(0, 'LSUB "" "*"', of=lambda answer: sorted(listed(answer)))
        for name in NAMES:
            self.both(0, "NOOP")
            seen = self.both(0, f"STATUS {quoted(name)} (MESSAGES UIDNEXT UNSEEN)", of=status)
            if not seen or status(seen)[0][1][0] == ("MESSAGES", "0"):
                continue
            self.both(0, f"EXAMINE {quoted(name)}", of=numbers("EXISTS"))
            whole = self.both(0, "FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[] ENVELOPE BODYSTRUCTURE)", of=fetched)
            number, items = self.dice.choice(list(fetched(whole).items()))
            wanted = " ".join(f"BODY.PEEK[{section}]" for section in sections(items["BODYSTRUCTURE"]))
            self.both(0, f"FETCH {number} ({wanted})", of=fetched)
        self.both(0, "EXAMINE INBOX")
        self.selected[0], self.read_only[0] = "INBOX", True


def accepted(parts, mine, other):
    """Differences of the tagged answer that are right on both sides, with the reason."""
    command = parts[0].removeprefix("UID ").split()[0]
    if {mine.status, other.status} == {"NO", "BAD"}:
        return True  # both refuse; which of the two words, RFC 9051 leaves to taste for most mistakes
    return any(reason(command, mine, other) for reason in ACCEPTED)


ACCEPTED = [
    # Dovecot says OK to a change of a mailbox opened with EXAMINE, and does nothing. We say that nothing was done.
    lambda command, mine, other: mine.code == "READ-ONLY" and other.status == "OK",
    # A UID set without messages, and a target that does not exist: Dovecot does not look at the target.
    lambda command, mine, other: command in ("COPY", "MOVE") and other.text.startswith("No messages found"),
]


def difference(mine, other):
    if isinstance(mine, dict) and isinstance(other, dict):
        keys = [key for key in sorted({*mine, *other}, key=str) if mine.get(key) != other.get(key)]
        return "\n".join(f"{key}: {difference(mine.get(key), other.get(key))}" for key in keys[:5])
    if isinstance(mine, list) and isinstance(other, list) and len(mine) == len(other):
        return "\n".join(f"[{at}]: {difference(*pair)}" for at, pair in enumerate(zip(mine, other)) if pair[0] != pair[1])
    if isinstance(mine, bytes) and isinstance(other, bytes):
        same = len(os.path.commonprefix([mine, other]))
        mine, other = mine[max(0, same - 20):], other[max(0, same - 20):]
    return f"us:      {mine!r:.3000}\nDovecot: {other!r:.3000}"


def test_the_same_random_commands_have_the_same_effect_on_dovecot_and_on_us(school, fresh, dovecot):
    login = fresh("beda")
    ours, theirs = Side(school.ports["imap"], login), Side(dovecot.ports["imap"], login)
    differential = Differential(random.Random(SEED), ours, theirs)
    try:
        for name in ("INBOX", "Drafts", "Junk", "Sent", "Trash"):
            theirs.command(0, f"SUBSCRIBE {name}")
        differential.compare_all()
        for step in range(STEPS):
            differential.step()
            if step % EVERY == EVERY - 1:
                differential.compare_all()
        differential.compare_all()
    finally:
        ours.close()
        theirs.close()
