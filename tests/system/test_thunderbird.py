"""Thunderbird reads, marks, deletes, moves, and is told of new mail in IDLE, over TLS with the school's CA."""

import pytest

from support.appliance import wait_until
from support.imap_wire import Wire
from support.thunderbird import INSTALLED, SETUP, Thunderbird
from system.test_clients import letter
from system.test_imap_clients import flags_of, put


def told_in_idle(program):
    """What the server has said in INBOX since IDLE began; None when it is not idling."""
    lines = program.protocol("INBOX")
    last = max((at for at, line in enumerate(lines) if line.startswith("C: ")), default=None)
    return lines[last + 1:] if last is not None and lines[last].endswith(" IDLE") else None


@pytest.mark.skipif(not INSTALLED.exists(), reason="Thunderbird is not installed")
def test_thunderbird_reads_marks_deletes_moves_and_is_told(school, fresh, tmp_path):
    login = fresh("burung")
    put(school, login, "Baca aku", "Hapus aku", "Pindah aku")
    client = Wire(school.ports["imap"], login)
    assert client.command("CREATE Arsip") and client.command("SUBSCRIBE Arsip")
    client.close()
    with Thunderbird(tmp_path, school, login) as program:
        program.says("changed")
        wait_until(lambda: told_in_idle(program), 30, "IDLE")
        with school.submission(login) as sender:
            sender.send_message(letter(school, login, login, "Baru datang"))
        # Nothing was asked: only IDLE can have told it.
        wait_until(lambda: "S: * 2 EXISTS" in (told_in_idle(program) or []), 10, "news in IDLE")
        program.go_on()
        program.says("new mail")
        program.ended()
    assert "subjects Baca aku,Hapus aku,Pindah aku" in program.said()
    assert flags_of(school, login)["Baca aku"] == {"\\Seen", "\\Flagged"}
    assert sorted(flags_of(school, login)) == ["Baca aku", "Baru datang"]
    assert school.subjects(login, "Trash") == ["Hapus aku"]
    assert school.subjects(login, "Arsip") == ["Pindah aku"]


@pytest.mark.skipif(not INSTALLED.exists(), reason="Thunderbird is not installed")
def test_thunderbird_needs_only_the_address(school, fresh, tmp_path):
    login = fresh("baru")
    with Thunderbird(tmp_path, school, login, script=SETUP) as program:
        program.ended(90)
    said, host = program.said(), f"mail.{school.domain}"
    assert f"asked autoconfig.{school.domain}" in said, said
    assert f"incoming imap {host} 993 3 {login}" in said, said  # 3: TLS from the start
    assert f"or pop3 {host} 995 3 {login}" in said
    assert f"outgoing smtp {host} 465 3 {login}" in said
    assert "school SMK Negeri 1 Pendalian" in said
