"""Dynamic update (RFC 2136) as DHCP servers send it: nsupdate with TSIG, and packets by hand."""

import base64
import ipaddress
import os
import signal
import subprocess
import threading
import time

import pytest

from support.appliance import DOMAIN, wait_until
from support.dns_message import ask, text_name

ZONE = DOMAIN
REVERSE = "10.168.192.in-addr.arpa"
SECRET = base64.b64encode(b"the secret of the dhcp server...").decode()


@pytest.fixture(scope="module")
def dhcp(school):
    school.kotakpos("dns", "key", "add", "dhcp", "--secret-stdin", input=SECRET + "\n")
    for zone in (ZONE, REVERSE):
        school.kotakpos("dns", "update", "allow", zone, "--key", "dhcp")
    return school


def nsupdate(school, *lines, key="dhcp", secret=SECRET, zone=ZONE):
    """The reply's code, as nsupdate says it: NOERROR, REFUSED, ..."""
    script = "\n".join([f"server 127.0.0.1 {school.ports['dns']}", f"zone {zone}", *lines, "send", "answer"]) + "\n"
    command = ["nsupdate", "-t", "5", "-r", "0"] + (["-y", f"hmac-sha256:{key}:{secret}"] if key else [])
    done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=30)
    for line in (done.stdout + done.stderr).splitlines():
        if "status: " in line:
            return line.split("status: ")[1].split(",")[0]
    return done.stdout + done.stderr


def served(school, name, kind="A"):
    """The data of the answer, a set."""
    reply = ask(school.ports["dns"], name, kind)
    return {record[4] for record in reply.answer} if reply else set()


def address(text):
    return ipaddress.ip_address(text).packed


def test_a_lease_is_registered_moved_and_removed_like_kea_does_it(dhcp):
    name = f"pc1.{ZONE}"
    dhcid = "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA="
    # RFC 4703: the name is free; take it.
    assert nsupdate(dhcp, f"prereq nxdomain {name}", f"update add {name} 300 A 192.168.10.120",
                    f"update add {name} 300 DHCID {dhcid}") == "NOERROR"
    wait_until(lambda: served(dhcp, name) == {address("192.168.10.120")}, what="the address")
    assert nsupdate(dhcp, f"prereq nxdomain {name}", f"update add {name} 300 A 192.168.10.121") == "YXDOMAIN"
    # The PTR followed by itself.
    wait_until(lambda: served(dhcp, "120." + REVERSE, "PTR"), what="the PTR")
    assert text_name(served(dhcp, "120." + REVERSE, "PTR").pop()) == name + "."
    # The same client has another address now.
    assert nsupdate(dhcp, f"prereq yxrrset {name} DHCID {dhcid}", f"update delete {name} A",
                    f"update add {name} 300 A 192.168.10.121") == "NOERROR"
    wait_until(lambda: served(dhcp, name) == {address("192.168.10.121")}, what="the new address")
    wait_until(lambda: not served(dhcp, "120." + REVERSE, "PTR") and served(dhcp, "121." + REVERSE, "PTR"), what="the new PTR")
    # A PTR that the DHCP server writes itself stands beside nothing.
    assert nsupdate(dhcp, f"update delete 121.{REVERSE} PTR", f"update add 121.{REVERSE} 300 PTR {name}", zone=REVERSE) == "NOERROR"
    assert served(dhcp, "121." + REVERSE, "PTR") == {b"\3pc1" + b"".join(bytes([len(part)]) + part.encode() for part in ZONE.split(".")) + b"\0"}
    # The end of the lease.
    assert nsupdate(dhcp, f"prereq yxrrset {name} DHCID {dhcid}", f"update delete {name} A 192.168.10.121") == "NOERROR"
    assert nsupdate(dhcp, f"prereq nxrrset {name} A", f"prereq nxrrset {name} AAAA", f"update delete {name}") == "NOERROR"
    wait_until(lambda: ask(dhcp.ports["dns"], name).rcode == "NXDOMAIN", what="the end")
    assert nsupdate(dhcp, f"update delete 121.{REVERSE} PTR", zone=REVERSE) == "NOERROR"
    wait_until(lambda: not served(dhcp, "121." + REVERSE, "PTR"), what="the PTR's end")


def test_only_a_key_that_may_and_only_what_it_may(dhcp):
    name = f"pc2.{ZONE}"
    change = f"update add {name} 300 A 192.168.10.122"
    assert nsupdate(dhcp, change, key=None) == "REFUSED"
    assert "NOTAUTH" in nsupdate(dhcp, change, secret=base64.b64encode(b"x" * 32).decode())
    assert nsupdate(dhcp, f"update add {ZONE} 300 NS ns.other.example.") == "REFUSED"
    assert nsupdate(dhcp, f"update add {name} 300 MX 10 mail.{ZONE}.") == "REFUSED"
    assert nsupdate(dhcp, f"update add {ZONE} 300 SOA a. b. 1 2 3 4 5") == "REFUSED"
    assert nsupdate(dhcp, f"update delete {ZONE} NS") == "REFUSED"
    dhcp.kotakpos("dns", "key", "add", "stranger", "--secret-stdin", input=SECRET + "\n")
    assert nsupdate(dhcp, change, key="stranger") == "REFUSED"
    allow = ("dns", "update", "allow", ZONE, "--key", "stranger")
    assert dhcp.run(*allow, "--names", "*.lab..").returncode != 0
    assert dhcp.run(*allow, "--names", "*.other.example.").returncode != 0
    assert dhcp.run(*allow, "--types", "A,NONSENSE").returncode != 0
    dhcp.kotakpos(*allow, "--names", f"lab,*.lab.{ZONE}.", "--types", "A,AAAA")
    assert nsupdate(dhcp, change, key="stranger") == "REFUSED"
    assert nsupdate(dhcp, f"update add pc3.lab.{ZONE} 300 A 192.168.10.123", key="stranger") == "NOERROR"
    assert nsupdate(dhcp, f"update add pc3.lab.{ZONE} 300 TXT no", key="stranger") == "REFUSED"
    assert nsupdate(dhcp, f"update delete pc3.lab.{ZONE} A", key="stranger") == "NOERROR"
    dhcp.kotakpos("dns", "update", "forbid", ZONE, "--key", "stranger")
    assert nsupdate(dhcp, f"update add pc3.lab.{ZONE} 300 A 192.168.10.123", key="stranger") == "REFUSED"
    assert not served(dhcp, name)


def test_an_update_is_whole_or_not_at_all(dhcp):
    one, two = f"whole1.{ZONE}", f"whole2.{ZONE}"
    assert nsupdate(dhcp, f"update add {one} 300 A 192.168.10.130", f"update add {two} 300 MX 10 mail.{ZONE}.") == "REFUSED"
    assert not served(dhcp, one)
    before = served(dhcp, ZONE, "SOA")
    assert nsupdate(dhcp, f"prereq yxdomain {one}", f"update add {one} 300 A 192.168.10.130") == "NXDOMAIN"
    assert nsupdate(dhcp, f"prereq yxrrset www.{ZONE} A 192.168.10.99", f"update add {one} 300 A 192.168.10.130") == "NXRRSET"
    assert nsupdate(dhcp, f"prereq nxrrset www.{ZONE} A", f"update add {one} 300 A 192.168.10.130") == "YXRRSET"
    assert nsupdate(dhcp, f"update delete {one} A") == "NOERROR"  # nothing there: nothing changes
    assert served(dhcp, ZONE, "SOA") == before


def test_zones_that_are_not_here_or_not_ours_are_notauth(dhcp):
    assert nsupdate(dhcp, "update add x.example.org 300 A 192.0.2.1", zone="example.org") == "NOTAUTH"
    dhcp.kotakpos("dns", "zone-add", "copied.sch.id", "--primary", "127.0.0.1:9")
    assert nsupdate(dhcp, "update add x.copied.sch.id 300 A 192.0.2.1", zone="copied.sch.id") == "NOTAUTH"
    dhcp.kotakpos("dns", "zone-delete", "copied.sch.id")


def test_a_cname_and_other_data_exclude_each_other(dhcp):
    dhcp.kotakpos("dns", "add", "alias", "CNAME", "www")
    wait_until(lambda: served(dhcp, "alias." + ZONE, "CNAME"), what="the alias")
    assert nsupdate(dhcp, f"update add alias.{ZONE} 300 A 192.168.10.140") == "NOERROR"  # RFC 2136 3.4.2.2: silently left out
    assert served(dhcp, "alias." + ZONE, "CNAME") and address("192.168.10.140") not in served(dhcp, "alias." + ZONE)


def test_an_update_is_served_at_once(dhcp):
    for number in range(5):
        assert nsupdate(dhcp, f"update add fast{number}.{ZONE} 300 A 192.168.10.{150 + number}") == "NOERROR"
        begin = time.monotonic()
        wait_until(lambda: served(dhcp, f"fast{number}.{ZONE}"), what="the address")
        assert time.monotonic() - begin < 1


def test_without_the_keeper_questions_go_on_and_it_comes_back(dhcp):
    port = dhcp.ports["dns"]
    pid = dhcp.pid("dns-keeper")
    os.kill(pid, signal.SIGSTOP)
    try:
        begin = time.monotonic()
        replies = []
        thread = threading.Thread(target=lambda: replies.append(nsupdate(dhcp, f"update add late.{ZONE} 300 A 192.168.10.160")))
        thread.start()
        for _ in range(100):
            assert served(dhcp, "www." + ZONE)
        assert time.monotonic() - begin < 2
        thread.join(20)
        assert time.monotonic() - begin < 10 and replies
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_until(lambda: nsupdate(dhcp, f"update add again.{ZONE} 300 A 192.168.10.161") == "NOERROR", what="updates again")
    dhcp.kill("dns-keeper")
    assert served(dhcp, "www." + ZONE)
    assert wait_until(lambda: nsupdate(dhcp, f"update add back.{ZONE} 300 A 192.168.10.162") == "NOERROR", what="the keeper")
    wait_until(lambda: served(dhcp, f"back.{ZONE}"), what="the address")
    assert ask(port, "www." + ZONE).rcode == "NOERROR"


def test_an_update_of_a_signed_zone_is_signed_and_copied(dhcp, tmp_path):
    dhcp.kotakpos("dns", "sign", ZONE)
    try:
        wait_until(lambda: served(dhcp, ZONE, "DNSKEY"), what="the keys")
        assert nsupdate(dhcp, f"update add signed1.{ZONE} 300 A 192.168.10.170") == "NOERROR"
        wait_until(lambda: served(dhcp, "signed1." + ZONE), what="the address")
        assert ask(dhcp.ports["dns"], "signed1." + ZONE, "RRSIG").answer
        assert nsupdate(dhcp, f"update add signed1.{ZONE} 300 NSEC a. A") == "REFUSED"
        dhcp.kotakpos("dns", "secondary", "add", ZONE, "127.0.0.1:5399")
        whole = subprocess.run(["dig", "+norec", "@127.0.0.1", "-p", str(dhcp.ports["dns"]), "axfr", ZONE, "+noall", "+answer", "+onesoa"],
                               capture_output=True, text=True).stdout
        (tmp_path / "zone").write_text("\n".join(line for line in whole.splitlines() if not line.startswith(";")) + "\n")
        done = subprocess.run(["ldns-verify-zone", str(tmp_path / "zone")], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        dhcp.run("dns", "secondary", "delete", ZONE, "127.0.0.1:5399")
