"""The folder of a class: switched on by one command, read by its pupils, filled by the teachers, with the real daemons."""

import imaplib

import pytest

from support.appliance import wait_until

FOLDER = '"#kelas/X-BAGI-1"'


def names(client, pattern='"*"', list_=imaplib.IMAP4.list):
    return b"\n".join(line for line in list_(client, '""', pattern)[1] if line).decode()


@pytest.fixture(scope="module")
def people(school):
    school.kotakpos("class", "add", "X-BAGI-1")
    for login, role, of in (("bagi1", "pupil", "X-BAGI-1"), ("bagi2", "pupil", "X-BAGI-1"), ("lain1", "pupil", None), ("gurubagi", "teacher", None)):
        school.add_user(login, role=role)
        if of:
            school.kotakpos("class", "members", of, "--add", login)
    return school


def test_class_folder(people):
    with people.imap("bagi1") as pupil, people.imap("gurubagi") as teacher, people.imap("lain1") as stranger:
        assert "#kelas" not in names(pupil)
        assert "#kelas/X-BAGI-1" in people.kotakpos("class", "folder", "x-bagi-1", "on")
        wait_until(lambda: "#kelas/X-BAGI-1" in names(pupil), what="the folder of the class")
        assert "#kelas/X-BAGI-1" in names(pupil, list_=imaplib.IMAP4.lsub)
        assert teacher.append(FOLDER, None, None, b"Subject: Tugas\r\n\r\nKerjakan.\r\n")[0] == "OK"
        assert pupil.append(FOLDER, None, None, b"Subject: Iseng\r\n\r\n\r\n")[0] == "NO"
        assert pupil.select(FOLDER) == ("OK", [b"1"])
        assert b"Kerjakan." in pupil.fetch("1", "(BODY[TEXT])")[1][0][1]
        assert pupil.search(None, "UNSEEN")[1] == [b""]
        assert "#kelas" not in names(stranger)
        assert stranger.select(FOLDER)[0] == "NO"
        with people.imap("bagi2") as other:
            other.select(FOLDER)
            assert other.search(None, "UNSEEN")[1] == [b"1"]
        people.kotakpos("class", "folder", "X-BAGI-1", "off")
        wait_until(lambda: "#kelas" not in names(teacher), what="the folder to hide")


def test_what_is_refused(people):
    assert people.run("class", "folder", "X-BAGI-1", "maybe").returncode != 0
    assert people.run("class", "folder", "X-TIDAK-ADA", "on").returncode != 0
