"""`kotakpos dns watch` and `dns statistics`: what the name server is asked, live and added up."""

import json
import re
import selectors
import socket
import subprocess
import threading

import pytest

from support.appliance import DOMAIN, wait_until
from support.dns_message import Message, question


@pytest.fixture
def ask(school):
    def send(name, kind="A", source="127.0.0.1"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.bind((source, 0))
            client.settimeout(5)
            client.sendto(question(name, kind), (school.host, school.ports["dns"]))
            return Message(client.recv(4096))

    return send


class Watcher:
    """`kotakpos dns watch` in the background; its lines so far."""

    def __init__(self, school, *words):
        self.process = subprocess.Popen([school.program, "dns", "watch", *words], env=school.environment(), text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.lines = []
        self.thread = threading.Thread(target=lambda: self.lines.extend(iter(self.read, None)))

    def read(self):
        return self.process.stdout.readline().rstrip("\n") or None

    def __enter__(self):
        if not self.read():  # the heading comes when the server watches
            raise AssertionError(self.process.communicate())
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.thread.join()
        self.process.stdout.close()

    def wait_for(self, count):
        wait_until(lambda: len(self.lines) >= count, 5, f"{count} lines of the watch")
        return [re.sub(r"^\d\d:\d\d:\d\d\.\d{3}\s+", "", line).split(None, 4) for line in self.lines]



def test_a_question_is_shown_with_its_answer(school, ask):
    with Watcher(school) as watcher:
        ask(f"www.{DOMAIN}")
        ask(f"tidak.{DOMAIN}", "AAAA")
        ask("example.com", "MX")
        ask(DOMAIN, "MX")
        ask(f"www.{DOMAIN}", "TXT")
        lines = watcher.wait_for(5)
    assert [line[:4] for line in lines] == [
        ["127.0.0.1", "udp", f"www.{DOMAIN}.", "A"], ["127.0.0.1", "udp", f"tidak.{DOMAIN}.", "AAAA"],
        ["127.0.0.1", "udp", "example.com.", "MX"], ["127.0.0.1", "udp", f"{DOMAIN}.", "MX"],
        ["127.0.0.1", "udp", f"www.{DOMAIN}.", "TXT"]]
    assert [re.sub(r"\s+\d+$", "", line[4]) for line in lines] == [
        "192.168.10.2", "nama tidak ada (NXDOMAIN)", "ditolak (REFUSED)", f"10 mail.{DOMAIN}.", "tidak ada catatan jenis ini"]


def test_one_client_one_name_or_one_type_can_be_watched(school, ask):
    with (Watcher(school, "--client", "127.3.3.0/24") as client, Watcher(school, "--name", f"siswa.{DOMAIN}") as name,
          Watcher(school, "--type", "SRV") as kind):
        ask(f"www.{DOMAIN}", source="127.3.3.3")
        ask(f"PC1.siswa.{DOMAIN}")
        ask(f"_imaps._tcp.{DOMAIN}", "SRV")
        ask(f"ns.{DOMAIN}", source="127.3.3.4")
        assert [line[0] for line in client.wait_for(2)] == ["127.3.3.3", "127.3.3.4"]
        assert [line[2] for line in name.wait_for(1)] == [f"pc1.siswa.{DOMAIN}."]
        assert [line[3] for line in kind.wait_for(1)] == ["SRV"]


def test_tcp_and_chains_of_names_are_shown(school, ask):
    school.kotakpos("dns", "add", "elearning", "CNAME", "www")
    wait_until(lambda: ask(f"elearning.{DOMAIN}").answer, 2, "the new name")
    with Watcher(school, "--name", f"elearning.{DOMAIN}") as watcher:
        subprocess.run(["dig", "@127.0.0.1", "-p", str(school.ports["dns"]), "+tcp", "+norec", f"elearning.{DOMAIN}"],
                       capture_output=True, timeout=20, check=True)
        [[client, transport, name, kind, rest]] = watcher.wait_for(1)
    assert (transport, kind) == ("tcp", "A")
    assert rest.startswith(f"CNAME www.{DOMAIN}. (+1)")


def test_json_has_one_object_a_question_and_ends_after_the_count(school, ask):
    watcher = subprocess.Popen([school.program, "dns", "watch", "--json", "--count", "2", "--type", "PTR"],
                               env=school.environment(), stdout=subprocess.PIPE, text=True)
    with selectors.DefaultSelector() as selector:
        selector.register(watcher.stdout, selectors.EVENT_READ)

        def asked():
            ask("2.10.168.192.in-addr.arpa", "PTR")
            return selector.select(0)

        wait_until(asked, 5, "the first line")
    ask("2.10.168.192.in-addr.arpa", "PTR")
    text, _ = watcher.communicate(timeout=10)
    first, second = map(json.loads, text.splitlines())
    assert (first["name"], first["type"], first["rcode"], first["data"], first["answers"]) == (
        "2.10.168.192.in-addr.arpa.", "PTR", "NOERROR", f"www.{DOMAIN}.", 1)
    assert first["time"] < second["time"] and second["size"] > 40
    assert watcher.returncode == 0


def test_names_with_control_bytes_cannot_command_the_terminal(school, ask):
    with Watcher(school, "--name", DOMAIN) as watcher:
        ask(b"\x07\x1b[31m\x07\n" + b"".join(bytes([len(part)]) + part for part in DOMAIN.encode().split(b".")) + b"\0")
        watcher.wait_for(1)
        assert "\\027[31m\\007\\010" in watcher.lines[0] and "\x1b" not in watcher.lines[0]


def test_wrong_filters_are_refused(school):
    for words in (["--client", "nobody"], ["--name", "a..b"], ["--type", "BUKAN"]):
        done = school.run("dns", "watch", *words)
        assert done.returncode == 3, done.stderr


def test_statistics_count_by_type_and_result_and_name_the_most_frequent(school, ask):
    def now():
        return json.loads(school.kotakpos("dns", "statistics", "--json", "--top", "100"))

    before = now()
    for _ in range(30):
        ask(f"Ujian.{DOMAIN}", "HTTPS", source="127.4.4.4")
    after = now()
    assert after["questions"] - before["questions"] == 30
    assert after["types"]["HTTPS"] - before["types"].get("HTTPS", 0) == 30
    assert after["rcodes"]["NXDOMAIN"] - before["rcodes"].get("NXDOMAIN", 0) == 30
    assert after["names"][f"ujian.{DOMAIN}."] == 30
    assert after["clients"]["127.4.4.4"] == 30
    words = school.kotakpos("dns", "statistics")
    assert f"ujian.{DOMAIN}." in words and "HTTPS" in words


def test_status_shows_the_questions_of_today(school, ask):
    ask(f"www.{DOMAIN}")
    dns = school.status()["dns"]
    assert dns["questions"] > 0 and dns["rcodes"]["NOERROR"] > 0
    assert "DNS hari ini: " in school.kotakpos("status")


def test_watching_ends_when_the_server_goes(school):
    with Watcher(school) as watcher:
        school.kill("dnsd")
        wait_until(lambda: watcher.process.poll() is not None, 5, "the end of the watch")
        assert watcher.process.returncode == 1
    wait_until(lambda: school.run("dns", "statistics").returncode == 0, 10, "the name server's return")
