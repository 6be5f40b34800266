"""The command line, as scripts see it: exit codes, one line per error, JSON, both languages."""

import csv
import io
import json
import os
import re
import signal
import stat
import subprocess
import time

import pytest

from support.appliance import ROOT, Appliance, wait_until

REFUSED, USAGE, FAILED = 3, 2, 1


@pytest.fixture(scope="module")
def box():
    """A school that is set up but does not run: the command line works without the daemons."""
    with Appliance(start=False) as appliance:
        yield appliance


def json_of(box, *words):
    return json.loads(box.kotakpos(*words, "--json"))


def refusal(box, *words, code=REFUSED, input=None):
    """The one line that a refused command says."""
    done = box.run(*words, input=input)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stderr.startswith("kotakpos: ") and done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def write(folder, name, text):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


# The frame.

def test_version_and_help_end_with_0(box):
    assert box.kotakpos("--version").startswith("kotakpos ")
    overview = box.kotakpos("--help")
    for noun in "run setup status check user class alias setting dns queue trace backup restore verify".split():
        assert f"kotakpos {noun}" in overview
        assert f"kotakpos {noun}" in box.kotakpos(noun, "--help")
    assert "--password-stdin" in box.kotakpos("user", "add", "--help")


@pytest.mark.parametrize("words", [["foo"], ["user"], ["user", "foo"], ["user", "list", "--foo"], ["user", "show"],
                                   ["user", "add", "a", "b"], ["user", "add", "a", "--name"], ["run", "now"],
                                   ["setup"], ["queue", "hold"], ["--config"]])
def test_wrong_usage_ends_with_2(box, words):
    refusal(box, *words, code=USAGE)


def test_no_words_show_the_help_and_end_with_2(box):
    done = box.run()
    assert done.returncode == USAGE and "kotakpos user add LOGIN" in done.stdout


def test_a_bad_configuration_names_file_line_and_key(box, tmp_path):
    path = write(tmp_path, "bad.conf", "lab = yes\nfoo = 1\n")
    error = refusal(box, "user", "list", "--config", path)
    assert path in error and "2" in error and "foo" in error
    assert "missing.conf" in refusal(box, "status", "--config", str(tmp_path / "missing.conf"))


def test_before_setup_it_says_what_to_do(box, tmp_path):
    path = write(tmp_path, "new.conf", f"state = {tmp_path / 'state'}\nlanguage = en\n")
    for words in (["user", "list"], ["run"], ["status"]):
        assert "kotakpos setup" in refusal(box, *words, "--config", path, code=FAILED)


def test_the_language_is_that_of_the_configuration(box, tmp_path):
    english = write(tmp_path, "en.conf", box.config.read_text().replace("language = id", "language = en"))
    assert "there is no such user; see" in refusal(box, "user", "show", "nobody", "--config", english)
    assert "pengguna itu tidak ada; lihat" in refusal(box, "user", "show", "nobody")


def test_every_text_of_the_command_line_is_translated():
    have = set(re.findall(r'^msgid "(.+)"$', (ROOT / "appliance/po/id.po").read_text(), re.M))
    texts = set()
    for source in (*(ROOT / "appliance/cli").glob("*.cpp"), *(ROOT / "appliance/directory").glob("*.cpp")):
        code = re.sub(r'"\s*\n\s*"', "", source.read_text())
        literal = r'"((?:[^"\\]|\\.)+)"'
        plain = r'(?:[^,;"()]|\(\))*'  # an argument without a text in it
        for call in (rf"session_?\.text\({literal}", rf"plural\(\s*{literal}", rf"complain\({plain}, {literal}",
                     rf"(?:refused|failed)\({plain},\s*{literal}", rf"(?:refused|failed)\({plain},\s*\"[^\"]*\",\s*{literal}",
                     rf"problem = {literal}", rf"\.summary = {literal}"):
            texts.update(re.findall(call, code))
    missing = sorted(text for text in texts if text.replace("\\\"", '"') not in have and re.search("[a-z] [a-z]", text))
    assert len(texts) > 100 and not missing


# Users.

def test_what_becomes_of_a_persons_mail_is_shown(box):
    assert "off" in box.kotakpos("user", "vacation", "guru1") or "nonaktif" in box.kotakpos("user", "vacation", "guru1")
    assert json_of(box, "user", "vacation", "guru1")["enabled"] is False
    assert json_of(box, "user", "filters", "guru1") == []
    assert "guru1" in box.kotakpos("user", "vacation", "guru1", "off")
    refusal(box, "user", "vacation", "guru1", "on", code=USAGE)
    refusal(box, "user", "vacation", "nobody-here")
    refusal(box, "user", "filters", "nobody-here")


def test_a_user_from_beginning_to_end(box):
    box.kotakpos("class", "add", "XI-TKJ-9")
    box.kotakpos("user", "add", "siti", "--name", "Siti Ñ", "--class", "XI-TKJ-9", "--role", "pupil", "--quota", "50M",
                 "--password-stdin", input="rahasia-siti\n")
    user = json_of(box, "user", "show", "siti")
    assert {**user, "created": ""} == {"login": "siti", "name": "Siti Ñ", "role": "pupil", "class": "XI-TKJ-9",
                                       "quota": 50 << 20, "enabled": True, "created": ""}
    assert "siti" in [entry["login"] for entry in json_of(box, "user", "list")]
    assert [entry["login"] for entry in json_of(box, "user", "list", "--class", "XI-TKJ-9")] == ["siti"]
    assert [entry["login"] for entry in json_of(box, "class", "members", "XI-TKJ-9")] == ["siti"]
    box.kotakpos("user", "disable", "siti")
    assert not json_of(box, "user", "show", "siti")["enabled"]
    box.kotakpos("user", "enable", "siti")
    assert json_of(box, "user", "show", "siti")["enabled"]
    box.kotakpos("user", "delete", "siti")
    refusal(box, "user", "show", "siti")
    refusal(box, "user", "delete", "siti")


@pytest.mark.parametrize("words", [["a b"], ["-x-"], ["x" * 65], ["guru"], ["ali"], ["x-tkj-1"],
                                   ["joni", "--role", "king"], ["joni", "--quota", "much"], ["joni", "--class", "NOPE"]])
def test_a_bad_user_is_refused_and_nothing_changes(box, words):
    before = box.kotakpos("user", "list", "--json")
    done = box.run("user", "add", "--password-stdin", *words, input="rahasia1x\n")
    assert done.returncode in (REFUSED, USAGE) and done.stderr.count("\n") == 1
    assert box.kotakpos("user", "list", "--json") == before


def test_without_a_terminal_a_password_is_made_and_printed_once(box):
    said = [box.run("user", verb, "joko", input="").stdout for verb in ("add", "passwd")]
    first, second = (re.search(r"joko: ([a-z]+-[0-9]+-[a-z]+)", text).group(1) for text in said)
    assert first != second


def test_the_password_policy_holds_outside_practice_mode(box, tmp_path):
    strict = write(tmp_path, "strict.conf", box.config.read_text().replace("lab = yes", "lab = no"))
    for password in ("", "123", "password", "ayuayuay"):
        refusal(box, "user", "add", "ayuayuay", "--password-stdin", "--config", strict, input=password + "\n")
    box.run("user", "add", "ayuayuay", "--password-stdin", "--config", strict, input="padi-menguning\n").check_returncode()


def test_a_terminal_is_asked_twice_without_echo(box):
    import pty
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(box.environment())
        os.execv(box.program, [box.program, "user", "add", "dewi"])
    said = b""

    def read_until(text):
        nonlocal said
        while text not in said:
            said += os.read(terminal, 1000)

    read_until(b"Kata sandi baru")
    os.write(terminal, b"rahasia-dewi\n")
    read_until(b"Sekali lagi")
    os.write(terminal, b"rahasia-dewi\n")
    read_until(b"ditambahkan")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert b"rahasia-dewi" not in said


# The import of a table.

def test_an_import_adds_all_and_makes_missing_passwords(box, tmp_path):
    table = write(tmp_path, "new.csv", b'\xef\xbb\xbfname;login;class;password\r\n"Ani; ""A""";ani;XII-RPL-1;padi-menguning\r\n'
                                       b"Bayu;bayu;XII-RPL-1;\r\n\r\n")
    before = box.kotakpos("user", "list")
    box.kotakpos("user", "import", table, "--dry-run")
    assert box.kotakpos("user", "list") == before
    said = box.kotakpos("user", "import", table)
    made = list(csv.DictReader(io.StringIO(said[said.index("login,password"):])))
    assert [row["login"] for row in made] == ["bayu"] and len(made[0]["password"]) > 8
    assert json_of(box, "user", "show", "ani")["name"] == 'Ani; "A"'
    assert json_of(box, "user", "show", "bayu")["class"] == "XII-RPL-1"


def test_an_import_with_errors_names_each_line_and_changes_nothing(box, tmp_path):
    table = write(tmp_path, "bad.csv", "login,role,quota\nwayan,pupil,1G\nali,pupil,\nBad Login,,\nmade,king,\n"
                                       "nyoman,pupil,many\nwayan,,\nketut\n")
    before = box.kotakpos("user", "list")
    done = box.run("user", "import", table)
    assert done.returncode == REFUSED
    lines = done.stderr.splitlines()
    assert [int(re.search(r"baris (\d+)", line).group(1)) for line in lines[:-1]] == [3, 4, 5, 6, 7, 8]
    assert "6" in lines[-1] and "bad.csv" in lines[-1]
    assert box.kotakpos("user", "list") == before


def test_an_import_refuses_unknown_columns_by_name(box, tmp_path):
    assert "shoe" in refusal(box, "user", "import", write(tmp_path, "a.csv", "login,shoe\nx,42\n"))
    assert "login" in refusal(box, "user", "import", write(tmp_path, "b.csv", "name\nx\n"))
    refusal(box, "user", "import", write(tmp_path, "c.csv", ""))
    refusal(box, "user", "import", write(tmp_path, "d.csv", b"\xff\xfel\0o\0g\0i\0n\0"))
    refusal(box, "user", "import", str(tmp_path / "missing.csv"))


def test_four_hundred_pupils_are_imported_in_one_go(box, tmp_path):
    rows = "".join(f"pupil{i},Pupil {i},X-RPL-{i % 12},rahasia-{i}\n" for i in range(400))
    begin = time.monotonic()
    box.kotakpos("user", "import", write(tmp_path, "school.csv", "login,name,class,password\n" + rows))
    assert time.monotonic() - begin < 100  # some 4 s; the machine may be busy
    assert len([user for user in json_of(box, "user", "list") if user["login"].startswith("pupil")]) == 400


# Settings.

def test_a_setting_from_its_default_and_back(box):
    everything = {entry["key"]: entry for entry in json_of(box, "setting", "list")}
    assert everything["mail.outside"]["value"] == everything["mail.outside"]["default"] == "direct"
    assert everything["domain"]["value"] == box.domain and everything["domain"]["type"] == "setup"
    box.kotakpos("setting", "set", "mail.outside", "offline")
    assert json_of(box, "setting", "show", "mail.outside")["value"] == "offline"
    box.kotakpos("setting", "set", "school.name", "SMK", "Negeri", "1")
    assert "school.name = SMK Negeri 1" in box.kotakpos("setting", "show", "school.name")
    box.kotakpos("setting", "unset", "mail.outside")
    assert not json_of(box, "setting", "show", "mail.outside")["set"]


@pytest.mark.parametrize("words, says", [
    (["set", "foo", "1"], "pengaturan itu tidak ada"), (["show", "foo"], "pengaturan itu tidak ada"),
    (["unset", "domain"], "kotakpos setup"), (["set", "domain", "x.id"], "kotakpos setup"),
    (["set", "mail.outside", "never"], "direct, offline"), (["set", "mail.outside"], "nilainya belum ada"),
    (["set", "mail.outside", "--password-stdin"], "bukan rahasia")])
def test_a_bad_setting_is_refused_and_nothing_changes(box, words, says):
    before = json_of(box, "setting", "list")
    assert says in refusal(box, "setting", *words)
    assert json_of(box, "setting", "list") == before


def test_every_description_of_a_setting_is_translated():
    rows = (ROOT / "appliance/directory/setting_rows.cpp").read_text()
    described = re.findall(r'^    \{"[a-z.-]+", .*"([^"]+)"\},$', rows, re.M)
    have = set(re.findall(r'^msgid "(.+)"$', "".join(po.read_text() for po in ROOT.glob("*/po/id.po")), re.M))
    assert len(described) > 8 and not [text for text in described if text not in have]


# Classes, aliases, zones, queue.

def test_classes_and_aliases(box):
    box.kotakpos("class", "add", "X-MM-1")
    box.kotakpos("class", "members", "X-MM-1", "--add", "guru1")
    assert {"name": "X-MM-1", "address": f"x-mm-1@{box.domain}", "members": 1} in json_of(box, "class", "list")
    box.kotakpos("class", "members", "X-MM-1", "--remove", "guru1")
    refusal(box, "class", "members", "X-MM-1", "--remove", "guru1")
    box.kotakpos("alias", "add", "info", "ali", "guru1")
    assert {"name": "info", "targets": ["ali", "guru1"]} in json_of(box, "alias", "list")
    refusal(box, "alias", "add", "ali", "budi")
    refusal(box, "alias", "add", "nobody", "not-there")
    refusal(box, "class", "add", "info")
    box.kotakpos("alias", "delete", "info")
    refusal(box, "alias", "delete", "info")
    box.kotakpos("class", "delete", "X-MM-1")
    refusal(box, "class", "delete", "X-MM-1")


def test_records_are_added_and_deleted_in_zone_file_syntax(box):
    box.kotakpos("dns", "add", "pc1", "A", "192.168.10.20")
    box.kotakpos("dns", "add", "note", "TXT", "two words")
    records = {(entry["name"], entry["type"]): entry for entry in json_of(box, "dns", "list")}
    assert records[f"pc1.{box.domain}.", "A"]["data"] == "192.168.10.20"
    assert records[f"note.{box.domain}.", "TXT"]["data"] == '"two words"'
    reverse = json_of(box, "dns", "list", "--zone", "10.168.192.in-addr.arpa")
    assert [entry for entry in reverse if entry["derived"] and entry["data"] == f"pc1.{box.domain}."]
    refusal(box, "dns", "add", "pc2", "A", "300.1.1.1")
    refusal(box, "dns", "add", "pc2.other.example.", "A", "10.0.0.1")
    box.kotakpos("dns", "delete", "pc1")
    refusal(box, "dns", "delete", "pc1")


def test_a_zone_goes_out_and_comes_back(box, tmp_path):
    text = box.kotakpos("dns", "export")
    path = write(tmp_path, "zone", text)
    box.kotakpos("dns", "import", path)
    again = box.kotakpos("dns", "export")
    without_soa = lambda zone: [line for line in zone.splitlines() if " SOA " not in line]
    assert without_soa(again) == without_soa(text)
    done = box.run("dns", "import", write(tmp_path, "bad", text + "pc9 A nonsense\n"))
    assert done.returncode == REFUSED and "baris" in done.stderr
    assert box.kotakpos("dns", "export") == again
    box.kotakpos("dns", "zone-add", "lab.example")
    assert "lab.example." in [zone["name"] for zone in json_of(box, "dns", "zones")]
    box.kotakpos("dns", "zone-delete", "lab.example")
    assert "lab.example." not in [zone["name"] for zone in json_of(box, "dns", "zones")]


def test_an_empty_queue_has_no_messages_to_change(box):
    assert json_of(box, "queue", "list") == []
    for verb in ("show", "retry", "hold", "delete"):
        refusal(box, "queue", verb, "0000000000000")
        refusal(box, "queue", verb, "../../etc/passwd")


def test_root_leaves_no_file_that_a_daemon_cannot_use(box):
    if os.geteuid() != 0:
        pytest.skip("only root could")
    box.start()
    box.stop()
    box.kotakpos("alias", "add", "kantor", "ali")
    box.kotakpos("queue", "list")
    owners = {path.name: path.stat() for folder in ("school", "spool") for path in (box.state / folder).rglob("*")}
    assert "school.db" in owners and "spool.db" in owners
    assert not [name for name, status in owners.items() if status.st_uid == 0]
    assert stat.S_IMODE(owners["school.db"].st_mode) == 0o640


# With the daemons running.

def test_status_and_check_are_content_with_a_healthy_box(school):
    status = school.status()
    assert status["running"] and status["well"] and status["last_backup"] is None
    assert {process["name"] for process in status["processes"]} == {
        "dnsd", "dns-keeper", "maild-in", "maild-box", "desk", "desk-names", "httpd"}
    services = {entry["service"] for process in status["processes"] for entry in process["listening"]}
    assert services == set(school.ports)
    before = school.subjects("admin")
    check = json.loads(school.kotakpos("check", "--json"))
    assert check["good"] and {step["step"] for step in check["steps"]} == {"services", "dns", "mail", "tls", "disk", "clock"}
    assert school.subjects("admin") == before
    assert "Semuanya baik." in school.kotakpos("check") and "Semuanya baik." in school.kotakpos("status")


def test_status_and_check_name_what_does_not_answer(school):
    pid = school.pid("dnsd")
    os.kill(pid, signal.SIGSTOP)
    try:
        done = school.run("check", "--json")
        bad = [step["step"] for step in json.loads(done.stdout)["steps"] if not step["good"]]
        assert done.returncode == FAILED and bad == ["services", "dns"]
        status = school.status()
        assert not status["well"]
        assert [process["name"] for process in status["processes"] if not process["healthy"]] == ["dnsd"]
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_until(lambda: school.status()["well"], what="the box is well again")


def test_a_change_by_the_command_line_is_served_within_a_second(school):
    school.add_user("baru", "rahasia-baru")
    begin = time.monotonic()
    school.imap("baru", "rahasia-baru").logout()
    assert time.monotonic() - begin < 2
    school.kotakpos("user", "disable", "baru")
    with pytest.raises(Exception):
        school.imap("baru", "rahasia-baru")


def test_mail_in_the_queue_is_listed_held_tried_and_deleted(school, fresh):
    def send(subject):
        with school.smtp() as client:
            client.sendmail("a@client.example", [school.address(login)], f"Subject: {subject}\r\n\r\nhello\r\n")
        return wait_until(lambda: json_of(school, "queue", "list"), what="the mail is in the queue")[0]

    login = fresh("waiting")
    pid = school.pid("maild-box")
    os.kill(pid, signal.SIGSTOP)  # nobody works the queue off
    try:
        message = send("one")
        assert message["from"] == "a@client.example" and message["recipients"][0]["address"] == school.address(login)
        assert json_of(school, "queue", "show", message["id"])["id"] == message["id"]
        assert message["id"] in school.kotakpos("queue", "list") and login in school.kotakpos("queue", "show", message["id"])
        school.kotakpos("queue", "delete", message["id"])
        assert json_of(school, "queue", "list") == []
        message = send("two")
        school.kotakpos("queue", "hold", message["id"])
        assert json_of(school, "queue", "list")[0]["recipients"][0]["state"] == "held"
    finally:
        os.kill(pid, signal.SIGCONT)
    assert school.status()["queue"] == {"messages": 1, "waiting": 0, "held": 1,
                                        "by_class": {"premium": 0, "standard": 0, "bulk": 0}}
    school.kotakpos("queue", "retry", "all")
    wait_until(lambda: school.subjects(login) == ["two"], what="the held mail arrives")
    assert json_of(school, "queue", "list") == []


def test_setup_on_a_running_box_changes_nothing_that_is_there(school):
    before = (school.state / "ca.crt").read_text(), school.kotakpos("user", "list")
    school.kotakpos("setup", "--answers", str(school.state / "answers"))
    assert ((school.state / "ca.crt").read_text(), school.kotakpos("user", "list")) == before


def test_an_ordinary_user_may_ask_for_the_status_of_a_box_of_roots(school):
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", school.program, "user", "list"],
                          env=school.environment(), capture_output=True, text=True)
    assert done.returncode == FAILED and done.stderr.count("\n") == 1
