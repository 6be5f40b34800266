"""dnsd as the world sees it: dig and raw packets against the real appliance."""

import re
import socket
import struct
import subprocess
import time

import pytest

from support.appliance import DOMAIN, wait_until

REVERSE = "10.168.192.in-addr.arpa"


class Answer:
    def __init__(self, text):
        self.text = text
        status = re.search(r"status: (\w+)", text)
        self.status = status.group(1) if status else None
        flags = re.search(r"^;; flags: ([^;]*);", text, re.M)
        self.flags = flags.group(1).split() if flags else []
        self.answer = self.section("ANSWER")
        self.authority = self.section("AUTHORITY")
        self.additional = self.section("ADDITIONAL")

    def section(self, name):
        """The records of a section, as "owner ttl type data"."""
        found = re.search(rf"^;; {name} SECTION:\n(.*?)(?:\n\n|\n;;|\Z)", self.text, re.M | re.S)
        lines = found.group(1).splitlines() if found else []
        return [" ".join(word for word in line.split() if word != "IN") for line in lines if not line.startswith(";")]


@pytest.fixture
def dig(school):
    def ask(*words):
        done = subprocess.run(["dig", "@127.0.0.1", "-p", str(school.ports["dns"]), "+norec", "+tries=1", "+time=3", *words],
                              capture_output=True, text=True, timeout=20)
        return Answer(done.stdout)

    return ask


@pytest.fixture
def records(school):
    """Adds records and takes them away again after the test."""
    added = []

    def add(*words, zone=DOMAIN):
        school.kotakpos("dns", "add", *words, "--zone", zone)
        added.append((words[0], words[1], zone))

    yield add
    for name, kind, zone in reversed(added):
        school.run("dns", "delete", name, kind, "--zone", zone)


def serial(answer):
    return int((answer.answer + answer.authority)[0].split()[5])


# The demo school of the contract.

@pytest.mark.parametrize("name, kind, data", [
    ("", "A", "192.168.10.1"), ("ns.", "A", "192.168.10.1"), ("www.", "A", "192.168.10.2"), ("mail.", "A", "192.168.10.3"),
    ("", "MX", f"10 mail.{DOMAIN}."), ("", "NS", f"ns.{DOMAIN}."),
])
def test_the_school_zone_is_answered_with_authority(dig, name, kind, data):
    answer = dig(f"{name}{DOMAIN}", kind)
    assert (answer.status, "aa" in answer.flags, "ra" in answer.flags) == ("NOERROR", True, False)
    assert answer.answer == [f"{name}{DOMAIN}. 3600 {kind} {data}"]


@pytest.mark.parametrize("host, name", [("1", "ns"), ("2", "www"), ("3", "mail")])
def test_ptrs_follow_from_the_addresses(dig, host, name):
    assert dig("-x", f"192.168.10.{host}").answer == [f"{host}.{REVERSE}. 3600 PTR {name}.{DOMAIN}."]


def test_a_name_that_does_not_exist_is_denied_with_the_soa(dig):
    missing = dig(f"tidak.{DOMAIN}", "A")
    assert missing.status == "NXDOMAIN" and "aa" in missing.flags
    assert missing.authority[0].startswith(f"{DOMAIN}. 300 SOA ns.{DOMAIN}. hostmaster.{DOMAIN}. ")
    no_data = dig(f"www.{DOMAIN}", "MX")
    assert (no_data.status, no_data.answer, len(no_data.authority)) == ("NOERROR", [], 1)
    assert dig("-x", "192.168.10.200").status == "NXDOMAIN"


def test_other_zones_transfers_and_other_classes_are_refused(dig):
    assert dig("example.com", "A").status == "REFUSED"
    assert dig(".", "NS").status == "REFUSED"
    assert "Transfer failed" in dig(DOMAIN, "AXFR").text
    assert dig(DOMAIN, "A", "HS").status == "REFUSED"
    assert "Kotakpos" in dig("version.bind", "TXT", "CH").answer[0]


def test_the_case_of_the_question_comes_back(dig):
    assert dig(f"WwW.{DOMAIN}", "A").answer == [f"WwW.{DOMAIN}. 3600 A 192.168.10.2"]


def test_edns_is_answered_and_an_unknown_version_refused(dig):
    assert "udp: 1232" in dig(f"www.{DOMAIN}", "A").text
    assert "OPT PSEUDOSECTION" not in dig("+noedns", f"www.{DOMAIN}", "A").text
    assert dig("+edns=7", "+noednsneg", f"www.{DOMAIN}", "A").status == "BADVERS"
    assert dig("+ednsopt=65001:00ff", "+dnssec", f"www.{DOMAIN}", "A").answer


# Changes are served at once, with a new serial.

def test_a_new_record_is_served_within_a_second_and_so_is_its_ptr(school, dig, records):
    before = serial(dig(DOMAIN, "SOA"))
    records("pc20", "A", "192.168.10.20")
    start = time.monotonic()
    wait_until(lambda: dig(f"pc20.{DOMAIN}", "A").answer, 1, "the new record")
    assert time.monotonic() - start < 1
    assert dig("-x", "192.168.10.20").answer == [f"20.{REVERSE}. 3600 PTR pc20.{DOMAIN}."]
    assert serial(dig(DOMAIN, "SOA")) > before
    school.kotakpos("dns", "delete", "pc20")
    wait_until(lambda: dig(f"pc20.{DOMAIN}", "A").status == "NXDOMAIN", 1, "the deletion")
    assert dig("-x", "192.168.10.20").status == "NXDOMAIN"


def test_cnames_wildcards_and_services(dig, records):
    records("web", "CNAME", "www")
    records("web2", "CNAME", "web")
    records("*.siswa", "A", "192.168.10.99")
    records("_imaps._tcp", "SRV", "0", "1", "993", "mail")
    records("@", "TXT", "v=spf1 mx -all")
    records("www", "AAAA", "2001:db8::2")
    wait_until(lambda: dig(f"www.{DOMAIN}", "AAAA").answer, 1, "the last record")
    assert dig(f"web2.{DOMAIN}", "A").answer == [f"web2.{DOMAIN}. 3600 CNAME web.{DOMAIN}.",
                                                f"web.{DOMAIN}. 3600 CNAME www.{DOMAIN}.", f"www.{DOMAIN}. 3600 A 192.168.10.2"]
    assert dig(f"a.b.siswa.{DOMAIN}", "A").answer == [f"a.b.siswa.{DOMAIN}. 3600 A 192.168.10.99"]
    assert dig(f"siswa.{DOMAIN}", "A").status == "NOERROR"
    service = dig(f"_imaps._tcp.{DOMAIN}", "SRV")
    assert service.answer == [f"_imaps._tcp.{DOMAIN}. 3600 SRV 0 1 993 mail.{DOMAIN}."]
    assert f"mail.{DOMAIN}. 3600 A 192.168.10.3" in service.additional
    assert dig(DOMAIN, "TXT").answer == [f'{DOMAIN}. 3600 TXT "v=spf1 mx -all"']


@pytest.mark.parametrize("words", [
    ("pc1", "A", "192.168.10.999"), ("pc1.lain.sch.id.", "A", "192.168.10.9"), ("www", "CNAME", "mail"),
    ("@", "MX", "20", "tidak-ada"), ("a..b", "A", "192.168.10.9"), ("pc_1", "A", "192.168.10.9"), ("pc1", "BLA", "x"),
])
def test_a_wrong_record_is_refused_and_changes_nothing(school, words):
    before = school.kotakpos("dns", "zones", "--json")
    done = school.run("dns", "add", *words, "--zone", DOMAIN)
    assert done.returncode == 3 and done.stderr.startswith("kotakpos: ")
    assert done.stderr.count("\n") == 1
    assert school.kotakpos("dns", "zones", "--json") == before


def test_a_zone_that_does_not_exist_is_named(school):
    done = school.run("dns", "list", "--zone", "tidak.ada")
    assert done.returncode == 3 and "tidak.ada" in done.stderr


def test_a_zone_file_goes_in_and_out(school, dig, tmp_path):
    exported = school.kotakpos("dns", "export")
    file = tmp_path / "zone"
    file.write_text(exported + "lab 60 IN A 192.168.10.70\n")
    school.kotakpos("dns", "import", str(file))
    wait_until(lambda: dig(f"lab.{DOMAIN}", "A").answer == [f"lab.{DOMAIN}. 60 A 192.168.10.70"], 1, "the imported record")
    file.write_text(exported)
    school.kotakpos("dns", "import", str(file))
    wait_until(lambda: dig(f"lab.{DOMAIN}", "A").status == "NXDOMAIN", 1, "the old zone")


# UDP and TCP by hand.

def question(name, kind=1, flags=0x0100, number=0x1234):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"
    return struct.pack(">6H", number, flags, 1, 0, 0, 0) + labels + struct.pack(">HH", kind, 1)


def read_message(connection):
    size = struct.unpack(">H", read_exactly(connection, 2))[0]
    return read_exactly(connection, size)


def read_exactly(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def framed(message):
    return struct.pack(">H", len(message)) + message


def test_an_answer_too_large_for_udp_is_cut_and_whole_by_tcp(dig, records):
    for i in range(100, 200):
        records("banyak", "A", f"192.168.10.{i}")
    wait_until(lambda: len(dig("+tcp", f"banyak.{DOMAIN}", "A").answer) == 100, 1, "all addresses")
    cut = dig("+ignore", f"banyak.{DOMAIN}", "A")
    assert "tc" in cut.flags and cut.answer == []
    assert len(dig(f"banyak.{DOMAIN}", "A").answer) == 100  # dig asks again by TCP


def test_tcp_answers_pipelined_and_dribbled_questions(school):
    with socket.create_connection(("127.0.0.1", school.ports["dns"]), timeout=5) as connection:
        connection.sendall(b"".join(framed(question(f"www.{DOMAIN}", number=n)) for n in range(100)))
        assert [struct.unpack(">H", read_message(connection)[:2])[0] for _ in range(100)] == list(range(100))
        for byte in framed(question(f"mail.{DOMAIN}", number=777)):
            connection.sendall(bytes([byte]))
        assert struct.unpack(">H", read_message(connection)[:2])[0] == 777


def test_tcp_drops_a_client_that_sends_no_questions(school):
    with socket.create_connection(("127.0.0.1", school.ports["dns"]), timeout=5) as connection:
        connection.sendall(framed(b"\0" * 5))
        assert connection.recv(100) == b""


def test_many_quiet_tcp_clients_do_not_stop_the_others(school, dig):
    quiet = [socket.create_connection(("127.0.0.1", school.ports["dns"]), timeout=5) for _ in range(300)]
    for connection in quiet:
        connection.sendall(b"\0")  # half a length
    assert dig("+tcp", f"www.{DOMAIN}", "A").answer
    for connection in quiet:
        connection.close()


def test_no_packet_stops_the_server(school, dig):
    pid = school.pid("dnsd")
    good = question(f"www.{DOMAIN}")
    nasty = [good[:i] for i in range(len(good))]
    nasty += [good[:i] + bytes([value]) + good[i + 1:] for i in range(len(good)) for value in (0, 1, 63, 64, 192, 255)]
    nasty += [good[:12] + b"\xc0\x0c\0\1\0\1", b"\xff" * 1400, good + b"\0" * 9000, b""]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        for packet in nasty:
            udp.sendto(packet, ("127.0.0.1", school.ports["dns"]))
    for packet in nasty:
        with socket.create_connection(("127.0.0.1", school.ports["dns"]), timeout=5) as connection:
            connection.sendall(framed(packet[:65535]))
    assert dig(f"www.{DOMAIN}", "A").answer and dig("+tcp", f"www.{DOMAIN}", "A").answer
    assert school.pid("dnsd") == pid


def test_an_answer_is_never_answered(school):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.connect(("127.0.0.1", school.ports["dns"]))
        udp.settimeout(5)
        udp.send(question(f"www.{DOMAIN}", flags=0x8180, number=1))
        udp.send(question(f"www.{DOMAIN}", number=2))
        assert struct.unpack(">H", udp.recv(1000)[:2])[0] == 2


# Faults.

def test_the_last_zones_are_served_without_the_database(school, dig, records):
    folder = school.state / "dns"
    moved = folder.rename(school.state / "dns-away")
    try:
        wait_until(lambda: "event=database-unusable" in school.log_text(), 5, "the log line")
        assert dig(f"www.{DOMAIN}", "A").answer
    finally:
        moved.rename(folder)
    wait_until(lambda: "event=database-back" in school.log_text(), 5, "the way back")
    records("kembali", "A", "192.168.10.33")
    wait_until(lambda: dig(f"kembali.{DOMAIN}", "A").answer, 2, "a record after the return")
