"""50 sessions on one mailbox, POP3 and deliveries beside them: no client is ever told anything that contradicts what it knows,
and no message is lost or there twice."""

import os
import random
import threading
import time

import pytest

from support.appliance import Appliance, wait_until
from support.imap_picture import Watcher, uid_set
from support.imap_wire import Wire, literal

SECONDS = float(os.environ.get("KOTAKPOS_STRESS_SECONDS", "20"))
SEED = int(os.environ.get("KOTAKPOS_SEED", "1"))
SESSIONS = 50
AT_START = 300
AT_MOST = 600  # then more is deleted than added
FLAGS = ["\\Seen", "\\Flagged", "\\Answered", "$Forwarded", "penting"]
PLACES = ("INBOX", "Pindah")


@pytest.fixture(scope="module")
def school():
    # One burst of mail from one address, and of logins, is what this is about.
    with Appliance() as appliance:
        yield appliance


class Ledger:
    """Every message by its subject: what was acknowledged, and what somebody wanted to be gone."""

    def __init__(self):
        self.lock = threading.Lock()
        self.number = 0
        self.kept, self.deleted = set(), set()

    def new(self):
        with self.lock:
            self.number += 1
            return f"surat-{self.number}"

    def acknowledge(self, subject):
        with self.lock:
            self.kept.add(subject)

    def delete(self, subject):
        with self.lock:
            self.deleted.add(subject)


def mail(subject, size=200):
    return f"From: ali@a.example\r\nSubject: {subject}\r\n\r\n{'isi surat ' * (size // 10)}\r\n".encode()


class Pupil(threading.Thread):
    """A session that does what comes to its mind."""

    def __init__(self, school, login, ledger, number, end):
        super().__init__(name=f"pupil {number}")
        self.dice = random.Random(SEED * 1000 + number)
        self.school, self.login, self.ledger, self.end = school, login, ledger, end
        self.error = None
        # Clients of three kinds: of old, with CONDSTORE, with QRESYNC.
        self.client = Watcher(school.ports["imap"], login, extensions=((), ("CONDSTORE",), ("CONDSTORE", "QRESYNC"))[number % 3])
        self.subjects = {}
        self.done = 0

    def run(self):
        try:
            self.client.select("INBOX")
            self.look()
            while time.monotonic() < self.end:
                self.step()
                self.done += 1
            self.client.command("NOOP")
        except BaseException as error:  # told by the test
            self.error = error

    def step(self):
        actions = {self.append: 12, self.store: 20, self.store_by_place: 10, self.delete: 8 + 20 * (len(self.client.uids) > AT_MOST),
                   self.expunge: 3, self.move: 5, self.copy: 3, self.idle: 10, self.noop: 10, self.look: 6, self.list_flags: 6, self.search: 6, self.status: 2,
                   self.bring_back: 1, self.resync: 3 * ("QRESYNC" in self.client.enabled)}
        self.dice.choices(list(actions), list(actions.values()))[0]()

    def some_uid(self):
        known = [uid for uid in self.client.uids if uid]
        return self.dice.choice(known) if known else None

    def ok(self, *parts):
        answer = self.client.command(*parts)
        # EXPUNGEISSUED, or nothing left to do it with: others were faster.
        assert answer or answer.code in ("EXPUNGEISSUED", "NONEXISTENT"), f"{parts}: {answer}\n{self.client.history()}"
        return answer

    # What it does.

    def look(self):
        """All that is there; the server's list has to be the one that the session was told of."""
        client, before = self.client, len(self.client.uids)
        if not before:
            return self.noop()
        answer = self.ok("FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (Subject)]" + (" MODSEQ)" if client.enabled else ")"))
        seen = [items for _, items in answer.all("FETCH") if "UID" in items]
        client.check(answer.code == "EXPUNGEISSUED" or not answer or len({items[items.index("UID") + 1] for items in seen
                                                                       if "BODY[HEADER.FIELDS (Subject)]" in items}) >= before,
                     f"FETCH 1:* gave fewer than {before} messages")
        for items in seen:
            fields = dict(zip(items[::2], items[1::2]))
            for name, value in fields.items():
                if name.upper().startswith("BODY[") and value:
                    self.remember(int(fields["UID"]), value.decode().partition(":")[2].strip())
        return None

    def list_flags(self):
        """As phones do: flags alone, of all messages."""
        if self.client.uids:
            self.ok("FETCH 1:* (UID FLAGS" + (" MODSEQ)" if self.client.enabled else ")"))

    def remember(self, uid, subject):
        before = self.subjects.setdefault(uid, subject)
        self.client.check(before == subject, f"UID {uid} was {before} and is {subject}")

    def append(self):
        subject = self.ledger.new()
        answer = self.ok(f"APPEND INBOX ({self.dice.choice(FLAGS)})", literal(mail(subject, self.dice.randrange(3000))))
        self.ledger.acknowledge(subject)
        self.remember(int(answer.code.split()[2]), subject)

    def store(self):
        uid, flag = self.some_uid(), self.dice.choice(FLAGS)
        if uid:
            sign = self.dice.choice("+-")
            if self.dice.random() < 0.5:
                self.client.store_silently(uid, sign, flag)
            else:
                self.ok(f"UID STORE {uid} {sign}FLAGS ({flag})")

    def store_by_place(self):
        places = [place for place, uid in enumerate(self.client.uids, 1) if uid]
        if places:
            place = self.dice.choice(places)
            answer = self.ok(f"STORE {place} +FLAGS ({self.dice.choice(FLAGS)})")
            for number, _ in answer.all("FETCH"):
                assert 1 <= int(number) <= len(self.client.uids)

    def delete(self):
        uid = self.some_uid()
        if uid and uid in self.subjects:
            self.ledger.delete(self.subjects[uid])
            self.client.store_silently(uid, "+", "\\Deleted")
            self.ok(f"UID EXPUNGE {uid}")
            if uid in self.client.uids:
                self.noop()  # another session was faster with it
            self.client.check(uid not in self.client.uids, f"UID {uid} is still there after UID EXPUNGE")

    def expunge(self):
        self.ok("EXPUNGE")

    def move(self):
        uid = self.some_uid()
        if uid:
            answer = self.ok(f"MOVE {self.client.known(uid)} Pindah" if self.dice.random() < 0.5 else f"UID MOVE {uid} Pindah")
            codes = [words[1] for words in answer.responses if words[0] == "OK" and words[1]] + [answer.code or ""]
            for code in codes:
                if code.startswith("COPYUID"):
                    self.client.check(code.split()[2] == str(uid), f"MOVE of UID {uid} said {code}")
                    self.client.check(uid not in self.client.uids, f"UID {uid} is still there after MOVE")

    def bring_back(self):
        """From the other mailbox, as its owner looks at it for a moment."""
        self.client.select("Pindah")
        if self.client.uids:
            self.ok("UID MOVE 1:* INBOX")
        self.subjects.clear()
        self.client.select("INBOX")
        self.look()

    def copy(self):
        uid = self.some_uid()
        if uid:
            self.ok(f"UID COPY {uid} Salinan")

    def noop(self):
        self.ok("NOOP")

    def search(self):
        answer = self.ok("UID SEARCH ALL")
        found = [int(uid) for words in answer.all("SEARCH") for uid in words if isinstance(uid, str)]
        known = [uid for uid in self.client.uids if uid]
        # What others have just expunged may be missing already; then the session is told next.
        missing = set(known) - set(found)
        self.noop()
        self.client.check(not missing & set(self.client.uids), f"UID SEARCH ALL did not know {missing & set(self.client.uids)}")

    def status(self):
        self.ok("STATUS Salinan (MESSAGES UIDNEXT UNSEEN)")

    def idle(self):
        tag, end = self.client.send("IDLE"), time.monotonic() + self.dice.random() * 0.4
        while self.client.response()[0] != "+":
            pass
        while (left := end - time.monotonic()) > 0:
            if self.client.has_response(left):
                self.client.response()
        self.client.send_raw(b"DONE\r\n")
        assert self.client.answer(tag)

    def resync(self):
        """Away for a moment, then only what has changed (RFC 7162 3.2.5)."""
        client = self.client
        self.noop()
        self.look()
        if not client.highest or None in client.uids:
            return
        validity, highest, flags = client.validity, client.highest, dict(client.flags)
        assert client.command("UNSELECT")
        client.select("INBOX", f" (QRESYNC ({validity} {highest}))")
        # What went or came while SELECT ran is told as all news is: VANISHED without EARLIER, EXISTS without FETCH.
        expected = {uid: old for uid, old in flags.items() if uid not in client.earlier and uid not in client.went} | client.flags
        answer = client.command("FETCH 1:* (UID FLAGS)") if client.uids else None
        if answer and answer.code != "EXPUNGEISSUED":
            now = {uid for uid in client.uids if uid and uid < client.uid_next}
            expected = {uid for uid in expected if uid < client.uid_next}
            client.check(expected == now, f"QRESYNC: {sorted(expected ^ now)} are only on one side")
        self.subjects.clear()
        self.look()


class Postman(threading.Thread):
    """Deliveries by SMTP."""

    def __init__(self, school, login, ledger, end):
        super().__init__(name="postman")
        self.school, self.login, self.ledger, self.end, self.error = school, login, ledger, end, None

    def run(self):
        try:
            with self.school.smtp() as client:
                while time.monotonic() < self.end:
                    subject = self.ledger.new()
                    client.sendmail("other@example.net", [self.school.address(self.login)], mail(subject))
                    self.ledger.acknowledge(subject)
                    time.sleep(0.03)  # some mail, not a flood
        except BaseException as error:
            self.error = error


class PopReader(threading.Thread):
    """Deletes the oldest mail, as a phone that fetches by POP3."""

    def __init__(self, school, login, ledger, end):
        super().__init__(name="pop3")
        self.school, self.login, self.ledger, self.end, self.error = school, login, ledger, end, None

    def run(self):
        try:
            while time.monotonic() < self.end:
                client = self.school.pop3(self.login)
                for number in range(1, min(3, client.stat()[0]) + 1):
                    subject = next((line for line in client.top(number, 0)[1] if line.lower().startswith(b"subject:")), b":").split(b":")[1]
                    self.ledger.delete(subject.decode().strip())
                    client.dele(number)
                client.quit()
                time.sleep(0.2)
        except BaseException as error:
            self.error = error


def everything(client, name):
    """UID -> (subject, flags) of a mailbox, by a session that has just come."""
    client.select(name)
    if not client.uids:
        return {}
    found = {}
    for _, items in client.command("FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (Subject)])").all("FETCH"):
        fields = {key.upper(): value for key, value in zip(items[::2], items[1::2])}
        subject = next(value for key, value in fields.items() if key.startswith("BODY["))
        found[int(fields["UID"])] = (subject.decode().partition(":")[2].strip(), {flag for flag in fields["FLAGS"] if flag != "\\Recent"})
    return found


def test_fifty_sessions_on_one_mailbox(school, fresh):
    login, ledger = fresh("ramai"), Ledger()
    setup = Wire(school.ports["imap"], login)
    for name in ("Pindah", "Salinan"):
        assert setup.command(f"CREATE {name}")
    for _ in range(AT_START):
        subject = ledger.new()
        assert setup.command("APPEND INBOX", literal(mail(subject)))
        ledger.acknowledge(subject)
    end = time.monotonic() + SECONDS + 5
    pupils = [Pupil(school, login, ledger, number, end) for number in range(SESSIONS)]
    threads = pupils + [Postman(school, login, ledger, end), PopReader(school, login, ledger, end)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS + 120)
    failed = [thread for thread in threads if thread.error]
    assert not failed, f"{len(failed)} of them failed; KOTAKPOS_SEED={SEED}; {failed[0].name}: {failed[0].error}"
    assert not any(thread.is_alive() for thread in threads), "some never came to an end"

    # What was accepted is delivered, then everyone is told of everything.
    wait_until(lambda: school.status()["queue"]["messages"] == 0, 30, "an empty queue")
    fresh_one = Watcher(school.ports["imap"], login)
    places = {name: everything(fresh_one, name) for name in PLACES}
    inbox = places["INBOX"]
    for pupil in pupils:
        pupil.client.command("NOOP")
        assert len(pupil.client.uids) == len(inbox), pupil.client.history()
        for uid, known in zip(inbox, pupil.client.uids):
            pupil.client.check(known in (None, uid), f"UID {known} instead of {uid}")
        for uid, flags in pupil.client.flags.items():
            pupil.client.check(flags == inbox[uid][1], f"UID {uid}: {flags}, really {inbox[uid][1]}")
        for uid, subject in pupil.subjects.items():
            pupil.client.check(uid not in inbox or inbox[uid][0] == subject, f"UID {uid} was {subject} and is {inbox.get(uid)}")
    subjects = [subject for found in places.values() for subject, _ in found.values()]
    lost = ledger.kept - ledger.deleted - set(subjects)
    assert not lost, f"lost: {sorted(lost)[:20]}"
    twice = {subject for subject in subjects if subjects.count(subject) > 1}
    assert not twice, f"there twice: {sorted(twice)[:20]}"
    print(f"{sum(pupil.done for pupil in pupils)} commands, {len(ledger.kept)} messages, {len(ledger.deleted)} deleted")


def test_a_silent_store_does_not_hide_what_another_session_has_changed(school, fresh):
    """RFC 9051 6.4.6: "regardless of .SILENT", changes of others are told."""
    login = fresh("diam")
    one, two = (Watcher(school.ports["imap"], login) for _ in range(2))
    assert one.command("APPEND INBOX", literal(mail("satu")))
    for client in (one, two):
        client.select("INBOX")
        client.command("FETCH 1 (UID FLAGS)")
    assert two.command("STORE 1 +FLAGS (\\Seen)")
    one.store_silently(1, "+", "\\Answered")
    one.command("NOOP")
    assert one.flags[1] == {"\\Seen", "\\Answered"}, one.history()
