"""Who may do what in the web administration: every address asked by everybody; the desk's doors attacked directly."""

import json
import os
import re
import stat
from pathlib import Path

import pytest

from httpd.admin_client import Client, ask_desk, talk_to_desk
from support.appliance import ROOT, Appliance, wait_until

ROUTES = re.findall(r'\{"(GET|POST)", "(/admin[^"]*)",\s*Access::(\w+),', (ROOT / "httpd" / "router.cpp").read_text())
VALUES = {":login": "ali", ":class": "X-TKJ-1", ":alias": "info", ":list": "semua", ":zone": "smkn1pendalian.sch.id.", ":id": "0000000000000",
          ":key": "school.name"}


def address(pattern):
    for name, value in VALUES.items():
        pattern = pattern.replace(name, value)
    return pattern


@pytest.fixture(scope="module")
def school():
    with Appliance() as box:
        box.kotakpos("class", "add", "X-TKJ-2")
        for login, role, of in (("guru2", "teacher", None), ("cici", "pupil", "X-TKJ-2"), ("wakil", "teacher", "X-TKJ-1")):
            box.kotakpos("user", "add", login, "--role", role, *(["--class", of] if of else []), "--password-stdin", input="123\n")
        box.kotakpos("class", "teacher", "add", "X-TKJ-1", "guru1")
        box.kotakpos("class", "teacher", "add", "X-TKJ-2", "guru2")
        box.kotakpos("alias", "add", "info", "ali")
        yield box


@pytest.fixture(scope="module")
def people(school):
    return {login: Client(school, login) for login in ("ali", "budi", "guru1", "guru2", "wakil", "kepsek", "admin")}


def test_there_are_routes():
    assert len(ROUTES) > 45 and {access for _, _, access in ROUTES} == {"administrator", "class_teacher"}


@pytest.mark.parametrize("login", ["ali", "kepsek", "guru1", "guru2", "wakil"])
def test_nobody_opens_a_page_that_is_not_his(people, login):
    """guru1 looks after X-TKJ-1 (ali, budi); guru2 after another class; wakil is in the class, and looks after none."""
    client = people[login]
    client.get("/mail/INBOX")  # for a token that is good
    for method, pattern, access in ROUTES:
        if method == "POST" and access == "class_teacher" and login == "guru1":
            continue  # really done below
        status, _ = client.get(address(pattern)) if method == "GET" else client.post(address(pattern), {"name": "x", "sure": "yes", "do": "delete"})
        own = access == "class_teacher" and (login == "guru1" or (pattern == "/admin" and login in ("guru2", "wakil")))
        assert (status == 200) == own, (login, method, pattern, status)
        assert status in (200, 403), (login, method, pattern, status)


def test_strangers_are_asked_to_log_in(school):
    stranger = Client(school)
    stranger.get("/login")
    for method, pattern, _ in ROUTES:
        status, _ = stranger.get(address(pattern)) if method == "GET" else stranger.post(address(pattern), {})
        assert status == 303 and stranger.location.startswith("/login"), (method, pattern, status)


def test_an_administrator_opens_every_page(people):
    for method, pattern, _ in ROUTES:
        if method == "POST" or pattern.endswith("/record") or ":id" in pattern:
            continue
        status, text = people["admin"].get(address(pattern))
        assert status == 200 and "<h1>" in text, (pattern, status)


def test_no_form_works_without_its_token(people):
    before = people["admin"].get("/admin/audit")
    for method, pattern, _ in ROUTES:
        if method == "POST":
            status, _ = people["admin"].post(address(pattern), {"sure": "yes", "do": "delete"}, csrf="0" * 64)
            assert status == 403, pattern
    assert people["admin"].get("/admin/audit")[1].count("<tr>") == before[1].count("<tr>")


def test_a_teacher_gives_only_own_pupils_a_new_password(school, people):
    teacher = people["guru1"]
    status, text = teacher.post("/admin/people/budi/password", {})
    assert status == 200
    password = re.search(r'class="secret">([^<]+)<', text).group(1)
    Client(school, "budi", password)
    for other in ("cici", "guru2", "wakil", "admin", "guru1", "nobody"):  # wakil is in the class, but a colleague
        assert teacher.post(f"/admin/people/{other}/password", {})[0] == 403
    assert teacher.post("/admin/classes/X-TKJ-1/writers", {"writers": "teachers", "named": "budi"})[0] == 303
    assert teacher.post("/admin/classes/X-TKJ-2/writers", {"writers": "everyone"})[0] == 403
    assert teacher.post("/admin/classes/X-TKJ-1/teachers", {"teachers": "guru1, wakil"})[0] == 403


def test_who_is_no_teacher_any_more_is_out_at_once(school, people):
    assert people["guru2"].get("/admin/classes/X-TKJ-2")[0] == 200
    school.kotakpos("class", "teacher", "remove", "X-TKJ-2", "guru2")
    assert people["guru2"].get("/admin/classes/X-TKJ-2")[0] == 403
    school.kotakpos("class", "teacher", "add", "X-TKJ-2", "guru2")


OPERATIONS = re.findall(r'^    \{"([a-z.-]+)", (mail|names), (admin|teacher),', (ROOT / "appliance" / "desk" / "operations.cpp").read_text(), re.M)


def test_the_desk_asks_itself_who_it_is(school, people):
    assert len(OPERATIONS) > 15
    strangers = [people[login].token for login in ("ali", "guru2", "kepsek")] + ["", "123", "admin", "0" * 64, "x" * 5000]
    wishes = {"id": "all", "zone": "smkn1pendalian.sch.id.", "name": "dnsd"}
    for name, office, _ in OPERATIONS:  # somebody with a session that is good, and some rights
        assert ask_desk(school, people["guru1"].token, name, "desk" if office == "mail" else "desk-names", **wishes)[0] == 4, name
    for token in strangers:
        assert ask_desk(school, token, "queue.delete", "desk", **wishes)[0] == 4, token
        assert ask_desk(school, token, "dns.zone-delete", "desk-names", **wishes)[0] == 4, token
    assert ask_desk(school, people["guru1"].token, "class.statistics", **{"class": "X-TKJ-1"})[0] == 0
    assert ask_desk(school, people["guru1"].token, "class.statistics", **{"class": "X-TKJ-2"})[0] == 4
    assert ask_desk(school, people["admin"].token, "status")[0] == 0


def test_the_desk_does_only_what_is_on_its_list(school, people):
    token = people["admin"].token
    for name in ("", "user.delete", "mailbox.export", "queue", "backup", "setting.set", "queue.list\n", "../status", "dns.import"):
        assert ask_desk(school, token, name)[0] in (2, 4), name
    assert ask_desk(school, token, "dns.list", "desk")[0] == 4  # the wrong door
    assert ask_desk(school, token, "queue.list", "desk-names")[0] == 4
    for arguments in ({"config": "/etc/shadow"}, {"id": "--all"}, {"id": "-x"}, {"id": "all\nall"}, {}):
        assert ask_desk(school, token, "queue.delete", **arguments)[0] in (1, 2, 3), arguments
    assert ask_desk(school, token, "dns.add", "desk-names", record="x A 10.0.0.1\nb A 10.0.0.2")[0] == 2
    assert ask_desk(school, token, "dns.add", "desk-names", record="$INCLUDE /etc/passwd")[0] in (1, 3)


def test_the_desk_stands_garbage(school, people):
    for line in (b"", b"\n", b"{}\n", b"[]\n", b"null\n", b"\xff\xfe\n", b"{" * 100000, b"[" * 60000 + b"\n", b'{"session": 1}\n', b"GET / HTTP/1.1\r\n\r\n",
                 b'{"operation": "status"' + b" " * 70000 + b"}\n", os.urandom(5000) + b"\n"):
        code, rest = talk_to_desk(school, line)
        assert code in (None, 2, 4) and not rest, line[:40]
    pids = {school.pid("desk"), school.pid("desk-names")}
    assert ask_desk(school, people["admin"].token, "status")[0] == 0
    assert {school.pid("desk"), school.pid("desk-names")} == pids
    assert "operation=status login=admin code=0" in school.log_text()


def test_who_says_nothing_holds_nobody_up(school, people):
    import socket
    idle = [socket.socket(socket.AF_UNIX) for _ in range(6)]
    for one in idle:
        one.connect(str(school.state / "run" / "desk.sock"))
    assert ask_desk(school, people["admin"].token, "queue.list") == (0, "[]\n")
    for one in idle:
        one.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="the daemons need users of their own")
def test_only_the_web_server_reaches_the_desk(school):
    web = os.stat(f"/proc/{school.pid('httpd')}").st_uid
    for name in ("desk.sock", "desk-names.sock"):
        door = (school.state / "run" / name).stat()
        assert door.st_uid == web and stat.S_IMODE(door.st_mode) == 0o600
    for name, shut in (("desk", ("mail", "dkim", "dns-keys", "mail-secrets")), ("httpd", ("mail", "spool", "dns-keys", "dkim"))):
        uid = int(re.search(r"^Uid:\s+(\d+)", Path(f"/proc/{school.pid(name)}/status").read_text(), re.M).group(1))
        groups = set(map(int, re.search(r"^Groups:(.*)", Path(f"/proc/{school.pid(name)}/status").read_text(), re.M).group(1).split()))
        for folder in shut:
            status = (school.state / folder).stat()
            in_group = status.st_gid in groups | {64800} and status.st_mode & 0o050
            assert status.st_uid != uid and not in_group and not status.st_mode & 0o005, (name, folder)


def test_what_was_done_is_in_the_audit(people):
    _, text = people["admin"].get("/admin/audit")
    assert "user.password" in text and "budi" in text and "guru1" in text
    assert "class.writers" in text
