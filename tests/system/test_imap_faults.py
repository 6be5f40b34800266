"""IMAP when the world breaks: kill -9 in the middle, a busy database, a full disk, a mailbox that goes away, input out of all measure."""

import os
import random
import sqlite3
import threading
import time

import pytest

from support.appliance import Appliance, wait_until
from support.full_disk import fill
from support.imap_wire import Wire, literal

MANY = 10_000
ROUNDS = 4
AT_ONCE = 500


def mail(subject, size=150):
    return f"From: ali@a.example\r\nSubject: {subject}\r\n\r\n{'isi surat ' * (size // 10)}\r\n".encode()


def fill_mailbox(client, name, count):
    """So many messages by MULTIAPPEND."""
    for start in range(0, count, AT_ONCE):
        mails = [mail(f"surat-{number}") for number in range(start, min(count, start + AT_ONCE))]
        command = b"APPEND " + name.encode() + b"".join(b" {%d+}\r\n%s" % (len(raw), raw) for raw in mails)
        assert client.command(command)


def messages(client, name):
    """Of a mailbox: how many, and the next UID."""
    words = client.command(f"STATUS {name} (MESSAGES UIDNEXT)").all("STATUS")[0]
    return int(words[1][1]), int(words[1][3])


def subjects(client, name):
    client.command(f"EXAMINE {name}")
    answer = client.command("FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    return [words[1][1].decode().partition(":")[2].strip() for words in answer.all("FETCH")]


def again(school, login):
    """A session as soon as there is one again."""

    def connect():
        try:
            return Wire(school.ports["imap"], login)
        except (OSError, AssertionError):
            return None

    return wait_until(connect, 20, "a session")


def killed_during(school, client, command, delay):
    """Gives a command, and kills the process after so many seconds; says whether the client had its OK."""
    tag = client.send(command)
    time.sleep(delay)
    school.kill("maild-box")
    try:
        return bool(client.answer(tag))
    except (OSError, AssertionError):
        return False


@pytest.fixture(scope="module")
def crowded(school):
    """A login with 10,000 messages in Banyak."""
    login = school.add_user("penuh", quota="1G")
    client = Wire(school.ports["imap"], login)
    for name in ("Banyak", "Tujuan"):
        assert client.command(f"CREATE {name}")
    fill_mailbox(client, "Banyak", MANY)
    client.close()
    return login


def usual_time(school, login, command):
    """What it takes when nothing happens."""
    client = Wire(school.ports["imap"], login)
    client.command("SELECT Banyak")
    start = time.monotonic()
    assert client.command(command)
    took = time.monotonic() - start
    client.close()
    return took


def test_kill_9_in_a_copy_of_10000_messages_leaves_all_or_nothing(school, crowded):
    took, dice, outcomes = usual_time(school, crowded, "COPY 1:* Tujuan"), random.Random(1), set()
    for round_number in range(ROUNDS):
        client = again(school, crowded)
        before, next_before = messages(client, "Tujuan")
        client.command("SELECT Banyak")
        # Spread over the whole of it, and once shortly after its end.
        answered = killed_during(school, client, "COPY 1:* Tujuan", took * (round_number + dice.random()) / (ROUNDS - 1))
        client = again(school, crowded)
        after, next_after = messages(client, "Tujuan")
        assert after - before in ((MANY,) if answered else (0, MANY)), f"{after - before} of {MANY} were copied"
        assert next_after >= next_before + (after - before)
        assert messages(client, "Banyak")[0] == MANY
        outcomes.add(after - before)
    client.command("SELECT Tujuan")
    last = client.command(f"FETCH {after} (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])").all("FETCH")[0][1]
    assert last[3] == f"Subject: surat-{MANY - 1}\r\n\r\n".encode(), last
    assert client.command("STORE 1:* +FLAGS.SILENT (\\Deleted)") and client.command("CLOSE")


def test_kill_9_in_a_move_leaves_each_message_once(school, crowded):
    took = usual_time(school, crowded, "UID SEARCH ALL") + 0.2
    places, dice = ["Banyak", "Tujuan"], random.Random(2)
    for _ in range(ROUNDS):
        client = again(school, crowded)
        client.command(f"SELECT {places[0]}")
        answered = killed_during(school, client, f"MOVE 1:* {places[1]}", took * dice.random())
        client = again(school, crowded)
        counts = [messages(client, name)[0] for name in places]
        assert sorted(counts) == [0, MANY], counts
        assert not answered or counts == [0, MANY], "an OK was forgotten"
        if counts[0] == 0:
            places.reverse()
    assert sorted(subjects(client, places[0])) == sorted(f"surat-{number}" for number in range(MANY))


def test_kill_9_among_appends_keeps_what_was_acknowledged_once(school, fresh):
    login, acknowledged, number = fresh("tulis"), [], 0
    highest = 0
    for _ in range(ROUNDS):
        client = again(school, login)
        killer = threading.Timer(0.3, lambda: school.kill("maild-box"))
        killer.start()
        try:
            while True:
                number += 1
                answer = client.command("APPEND INBOX", literal(mail(f"surat-{number}")))
                assert answer, answer
                uid = int(answer.code.split()[2])
                assert uid > highest, "a UID was used again"
                highest = uid
                acknowledged.append(f"surat-{number}")
        except (OSError, AssertionError):
            killer.join()
    client = again(school, login)
    there = subjects(client, "INBOX")
    assert len(set(there)) == len(there), "something is there twice"
    assert set(acknowledged) <= set(there)
    assert len(there) <= len(acknowledged) + ROUNDS, "more than was sent"


def test_reading_goes_on_and_writing_waits_while_the_database_is_busy(school, fresh):
    login = fresh("sibuk")
    client, reader = Wire(school.ports["imap"], login), Wire(school.ports["imap"], login)
    assert client.command("APPEND INBOX", literal(mail("satu")))
    client.command("SELECT INBOX")
    blocker = sqlite3.connect(school.state / "mail" / "mail.db", isolation_level=None, timeout=20)
    blocker.execute("BEGIN IMMEDIATE")
    try:
        tag = client.send("APPEND INBOX", literal(mail("dua")))
        assert reader.command("EXAMINE INBOX")
        assert reader.command("FETCH 1 (FLAGS BODY.PEEK[])").all("FETCH")[0][1]
        assert reader.command("SEARCH SUBJECT satu").all("SEARCH") == [["1"]]
        time.sleep(1)  # long enough that a writer that gives up at once would have
    finally:
        blocker.execute("ROLLBACK")
        blocker.close()
    answer = client.answer(tag)
    client.command("NOOP")
    assert subjects(reader, "INBOX") == (["satu", "dua"] if answer else ["satu"]), answer
    assert client.command("APPEND INBOX", literal(mail("tiga"))), "writing does not come back"


def test_a_full_disk_refuses_and_changes_nothing(small_disk):
    state = os.path.join(small_disk, "state")
    os.mkdir(state)
    with Appliance(state=state) as other:
        client = Wire(other.ports["imap"], "budi")
        assert client.command("CREATE Tujuan")
        fill_mailbox(client, "INBOX", AT_ONCE)
        client.command("SELECT INBOX")
        pid, ballast = other.pid("maild-box"), fill(small_disk)
        refused = [client.command("APPEND INBOX", literal(mail("penuh", 20_000))), client.command("COPY 1:* Tujuan"),
                   client.command("STORE 1:* +FLAGS.SILENT (penting)"), client.command("MOVE 1:* Tujuan")]
        # Small changes may still fit into what the database has; what is refused has not happened, what is told to be done has.
        assert not refused[0] and refused[0].code in ("UNAVAILABLE", "OVERQUOTA"), refused[0]
        copied = sum(AT_ONCE for answer in (refused[1], refused[3]) if answer)
        # Reading goes on, full text included.
        assert len(client.command("SEARCH TEXT surat-7 NOT TEXT surat-70").all("SEARCH")) == 1
        os.unlink(ballast)
        wait_until(lambda: client.command("APPEND INBOX", literal(mail("sesudah zamrud"))), 20, "writing again")
        assert messages(client, "Tujuan")[0] == copied
        assert len(subjects(client, "INBOX")) == (0 if refused[3] else AT_ONCE) + 1
        wait_until(lambda: [len(client.command("SEARCH TEXT zamrud").all("SEARCH")[0])] == [1], 20, "the index")
        assert len(client.command("SEARCH KEYWORD penting").all("SEARCH")[0]) in ((AT_ONCE,) if refused[2] else (0,))
        assert other.pid("maild-box") == pid, other.log_tail()


def test_a_mailbox_that_is_being_deleted(school, fresh):
    login, pid = fresh("hapus"), school.pid("maild-box")
    owner, reader = Wire(school.ports["imap"], login), Wire(school.ports["imap"], login)
    owner.command("CREATE Sementara")
    fill_mailbox(owner, "Sementara", 20)
    reader.command("SELECT Sementara")
    assert owner.command("DELETE Sementara")
    # RFC 2180 3: the session may be ended, or told that nothing is there any more; never another mailbox's mail.
    assert not fate(reader, "FETCH 1:* (FLAGS BODY.PEEK[])")
    reader = Wire(school.ports["imap"], login)
    assert reader.command("SELECT Sementara").status == "NO"

    stop = threading.Event()
    errors = []

    def come_and_go():
        try:
            client = Wire(school.ports["imap"], login)
            while not stop.is_set():
                client.command("CREATE Sementara")
                client.command("APPEND Sementara", literal(mail("sebentar")))
                client.command("DELETE Sementara")
        except BaseException as error:
            errors.append(error)

    others = [threading.Thread(target=come_and_go) for _ in range(3)]
    for thread in others:
        thread.start()
    end = time.monotonic() + 2
    while time.monotonic() < end:
        client = Wire(school.ports["imap"], login)
        fate(client, "SELECT Sementara")
        fate(client, "FETCH 1:* (UID FLAGS)")
        client.close()
    stop.set()
    for thread in others:
        thread.join()
    assert not errors, errors[0]
    assert school.pid("maild-box") == pid


def fate(client, command):
    """The messages that a command gives; none when the session is ended for it."""
    found = []
    try:
        tag = client.send(command)
    except OSError:
        return found
    while True:
        try:
            words = client.response()
        except (OSError, AssertionError):
            return found
        if words[0] in (tag, "BYE"):
            return found
        if words[1:2] == ["FETCH"]:
            found.append(words)


@pytest.mark.parametrize("command", [b"STORE 1 +FLAGS (%s)", b"APPEND INBOX (%s) {5+}\r\nhello", b"SEARCH %s", b"FETCH 1 (%s)"])
def test_a_list_of_1_mb(school, fresh, command):
    login, pid = fresh("panjang"), school.pid("maild-box")
    client = Wire(school.ports["imap"], login)
    client.command("APPEND INBOX", literal(mail("satu")))
    client.command("SELECT INBOX")
    word = b"FLAGS " if command.startswith(b"FETCH") else b"SEEN " if command.startswith(b"SEARCH") else b"kata%d "
    words = b"".join(word % number if b"%d" in word else word for number in range(1_000_000 // 6))
    client.socket.settimeout(10)
    try:
        tag = client.send(command % words.rstrip())
        # An untagged BAD alone would leave a client waiting for ever: its tag was in the line.
        while (said := client.response())[0] not in (tag, "BYE"):
            pass
        assert said[0] == "BYE" or said[1] in ("BAD", "NO"), said
    except (ConnectionResetError, BrokenPipeError):
        pass  # it hung up while we were sending
    client = Wire(school.ports["imap"], login)
    assert client.command("EXAMINE INBOX").all("EXISTS") == [["1"]]
    assert client.command("FETCH 1 (FLAGS)").all("FETCH")[0][1][1] in ([], ["\\Recent"])
    assert school.pid("maild-box") == pid


@pytest.mark.parametrize("sent", [b"APPEND INBOX {100000+}\r\n" + b"x" * 50000,
                                  b"APPEND INBOX {5+}\r\nhello {100000+}\r\n" + b"x" * 50000,
                                  b"APPEND INBOX (\\Seen) {5+}\r\nhel"])
def test_an_append_cut_off_leaves_nothing(school, fresh, sent):
    login = fresh("putus")
    client = Wire(school.ports["imap"], login)
    client.send(sent)
    client.close()
    client = Wire(school.ports["imap"], login)
    assert client.command("APPEND INBOX", literal(mail("utuh")))
    assert subjects(client, "INBOX") == ["utuh"]
    assert messages(client, "INBOX") == (1, 2), "the UID of what never came"
