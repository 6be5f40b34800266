"""kotakpos backup, verify and restore: of a running box, whole or not at all, also when it is killed in the middle."""

import os
import signal
import stat
import subprocess

import pytest

from support.appliance import Appliance, wait_until


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A box with mail, and a backup of it."""
    folder = tmp_path_factory.mktemp("cadangan")
    with Appliance() as box:
        client = box.imap("ali")
        for number in range(3):
            client.append("INBOX", "(\\Seen)", None, b"Subject: surat %d\r\n\r\nisi\r\n" % number)
        client.append("INBOX", None, None, b"Subject: besar\r\n\r\n" + b"x" * 200_000 + b"\r\n")
        client.logout()
        box.backup = folder / "sekolah.kotak"
        box.said = box.kotakpos("backup", str(box.backup))
        yield box


def state_of(box, login="ali"):
    client = box.imap(login)
    client.select("INBOX", readonly=True)
    _, data = client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[])")
    return client.response("UIDVALIDITY")[1], [part for part in data if isinstance(part, tuple)]


def uidl(box):
    client = box.pop3("ali")
    return client.uidl()[1]


def restored_box(kept, tmp_path):
    """A machine with its own ports and nothing in its state folder."""
    state = tmp_path / "baru"
    state.mkdir()
    return Appliance(answers=None, state=state, start=False)


def test_a_backup_is_for_its_owner_only_and_status_names_it(kept):
    assert stat.S_IMODE(kept.backup.stat().st_mode) == 0o600
    assert kept.status()["last_backup"]["file"] == str(kept.backup)
    assert str(kept.backup) in kept.kotakpos("status")
    assert "utuh" in kept.kotakpos("verify", str(kept.backup))
    assert not list(kept.backup.parent.glob("*.part")) and not (kept.state / "backup.tmp").exists()


def test_an_empty_machine_gets_everything_back(kept, tmp_path):
    before, ids = state_of(kept), uidl(kept)
    with restored_box(kept, tmp_path) as box:
        assert "Pulih" in box.kotakpos("restore", str(kept.backup))
        box.start()
        assert state_of(box) == before and uidl(box) == ids
        assert box.run("mailbox", "check", "--deep").returncode == 0
        assert "budi" in box.kotakpos("user", "list")
        assert (box.state / "ca.crt").read_bytes() == (kept.state / "ca.crt").read_bytes()
        # A UID that mail after the backup may have had is never given again.
        client = box.imap("ali")
        client.append("INBOX", None, None, b"Subject: baru\r\n\r\nisi\r\n")
        client.select("INBOX")
        assert int(client.uid("SEARCH", "SUBJECT", "baru")[1][0]) > 1000
        assert box.run("check").returncode == 0


def test_a_machine_without_a_configuration_takes_that_of_the_backup(kept, tmp_path):
    with restored_box(kept, tmp_path) as box:
        config = tmp_path / "etc" / "kotakpos.conf"
        words = [box.program, "restore", str(kept.backup), "--config", str(config)]
        # It names the state folder of the machine that was saved, where a school is: nothing is touched.
        done = subprocess.run(words, capture_output=True, text=True)
        assert done.returncode == 3 and "--force" in done.stderr
        assert config.read_text() == kept.config.read_text()


def test_a_school_is_replaced_only_by_force_and_stays_beside_it(kept, tmp_path):
    with Appliance() as box:
        box.imap("budi").append("INBOX", None, None, b"Subject: setelah itu\r\n\r\nisi\r\n")
        assert box.run("restore", str(kept.backup)).returncode == 3
        running = box.run("restore", str(kept.backup), "--force")
        assert running.returncode == 3 and "--stop" in running.stderr
        box.kotakpos("restore", str(kept.backup), "--force", "--stop")
        box.process.wait(30)
        box.start()
        assert state_of(box) == state_of(kept)
        (old,) = box.state.glob("before-restore-*")
        assert (old / "mail" / "mail.db").exists()
        assert box.subjects("budi") == []


def damaged(kept, tmp_path, change):
    bad = tmp_path / "rusak.kotak"
    data = bytearray(kept.backup.read_bytes())
    bad.write_bytes(change(data))
    return bad


@pytest.mark.parametrize("change", [
    lambda data: data[:len(data) // 2],
    lambda data: data[:-40],
    lambda data: data[:len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1:],
    lambda data: b"bukan cadangan sama sekali\n" * 100,
    lambda data: b"",
], ids=["half", "end", "bit", "other", "empty"])
def test_a_damaged_backup_is_refused_and_nothing_is_touched(kept, tmp_path, change):
    bad = damaged(kept, tmp_path, change)
    assert kept.run("verify", str(bad)).returncode == 3
    with restored_box(kept, tmp_path) as box:
        assert box.run("restore", str(bad)).returncode == 3
        assert not (box.state / "school").exists() and not (box.state / "restore.tmp").exists()


def test_only_a_backup_is_overwritten(kept, tmp_path):
    other = tmp_path / "surat.txt"
    other.write_text("penting")
    assert kept.run("backup", str(other)).returncode == 3 and other.read_text() == "penting"
    assert kept.run("backup", str(tmp_path / "tidak" / "ada.kotak")).returncode == 3
    again = tmp_path / "sekolah.kotak"
    kept.kotakpos("backup", str(again))
    kept.kotakpos("backup", str(again))
    kept.kotakpos("verify", str(again))


def test_mail_goes_on_during_backups_and_each_is_whole(kept, tmp_path):
    """Every backup has each message that was acknowledged before it began, with its bytes."""
    client = kept.imap("guru1")
    for turn in range(3):
        acknowledged = turn * 20
        process = None
        for number in range(20):
            client.append("INBOX", None, None, b"Subject: n%d\r\n\r\n" % (acknowledged + number) + b"y" * 80_000)
            if number == 5:
                process = subprocess.Popen([kept.program, "backup", str(tmp_path / f"{turn}.kotak")],
                                           env=kept.environment(), stdout=subprocess.DEVNULL)
        assert process.wait(60) == 0
        kept.kotakpos("verify", str(tmp_path / f"{turn}.kotak"))
    with restored_box(kept, tmp_path) as box:
        box.kotakpos("restore", str(tmp_path / "2.kotak"))
        box.start()
        subjects = box.subjects("guru1")
        assert len(subjects) >= 46 and len(set(subjects)) == len(subjects)
        assert box.run("mailbox", "check", "--deep").returncode == 0


def test_kill_9_in_a_restore_leaves_the_old_or_the_new_state(kept, tmp_path):
    """Killed while files are written, and around the point of no return."""
    with Appliance() as box:
        box.stop()
        whole = {"old": 0, "new": 0}
        for step in range(0, 40, 3):
            process = subprocess.Popen([box.program, "restore", str(kept.backup), "--force"], env=box.environment(),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            work = box.state / "restore.tmp"
            wait_until(lambda: process.poll() is not None or work.exists(), 20, "the restore")
            if step < 20:  # early: while files are written
                wait_until(lambda: process.poll() is not None or len(list(work.rglob("*"))) > step, 20, "files")
            else:  # late: around the point of no return
                wait_until(lambda: process.poll() is not None or (work / "commit").exists(), 20, "the commit")
            process.send_signal(signal.SIGKILL)
            process.wait()
            committed = (work / "commit").exists() or not work.exists()
            if (work / "commit").exists():
                assert box.run("user", "list").returncode == 1  # says that the start finishes it
            box.start()
            assert not work.exists()
            is_new = len(state_of(box)[1]) == 4
            assert is_new or not committed
            whole["new" if is_new else "old"] += 1
            assert box.run("mailbox", "check").returncode == 0
            box.stop()
            if is_new:  # from the beginning again
                client_free_reset(box)
        assert sum(whole.values()) == 14


def test_a_power_cut_in_the_last_step_of_a_restore(kept):
    """The old state has its new name, and nobody could yet note that the restore is through."""
    with Appliance() as box:
        box.stop()
        box.kotakpos("restore", str(kept.backup), "--force")
        work = box.state / "restore.tmp"
        (work / "new").mkdir(parents=True)
        (work / "commit").write_text("\n".join(path.name for path in box.state.iterdir() if path != work) + "\n")
        box.start()
        assert len(state_of(box)[1]) == 4 and not work.exists()


def client_free_reset(box):
    """Gives the box its first state back: the oldest folder that a restore has put aside."""
    oldest = min(box.state.glob("before-restore-*"), key=lambda path: path.stat().st_ctime)
    for part in list(oldest.iterdir()):
        target = box.state / part.name
        subprocess.run(["rm", "-rf", str(target)], check=True)
        os.rename(part, target)
    for folder in box.state.glob("before-restore-*"):
        subprocess.run(["rm", "-rf", str(folder)], check=True)
