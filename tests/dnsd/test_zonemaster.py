"""Zonemaster, the registries' own checker, on the school's zone in a small Internet of its own: a root with id and sch.id, our server,
Knot as the second one in another network, IPv4 and IPv6."""

import contextlib
import hashlib
import ipaddress
import json
import shutil
import subprocess

import pytest

from support.appliance import DOMAIN, Appliance, wait_until
from support.dns_message import ask, wire_name
from support.dns_peers import ANYONE, Knot, PeerZone, Remote, needs_peers
from support.namespace import Namespace, needs_namespaces

pytestmark = [needs_peers, needs_namespaces,
              pytest.mark.skipif(not shutil.which("zonemaster-cli"), reason="zonemaster-cli is not installed")]

ROOT, OURS, SECOND = "199.7.83.42", "103.28.12.1", "36.64.0.2"
ROOT6, OURS6, SECOND6 = "2001:500:9f::42", "2404:8000:12::1", "2001:4488:0:64::2"
NETWORK = "12.28.103.in-addr.arpa"
LEVELS = ["DEBUG3", "DEBUG2", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL"]
# Tags of NOTICE and WARNING that are right as they are, with the reason.
ACCEPTED = {
    "NEITHER_DNSKEY_NOR_DS": "the zone is not signed in that case",
    "NOT_SIGNED": "the zone is not signed in that case",
    "REFRESH_MINIMUM_VALUE_LOWER": "an hour: secondaries hear of changes by NOTIFY, and one that missed it should not wait for four hours",
    "RETRY_MINIMUM_VALUE_LOWER": "a quarter of an hour, as the refresh is one",
}
ANSWERS = f"""\
language = id
lab = yes
school.name = SMK Negeri 1 Pendalian
domain = {DOMAIN}
hostname = mail.{DOMAIN}
address = {OURS}/24
ns.address = {OURS}
www.address = 103.28.12.2
mail.address = 103.28.12.3
admin.password = 123
"""


def internet(ds=()):
    """The zones above the school's; `ds`: lines for sch.id."""
    soa = "SOA a.root-servers.net. hostmaster.a.root-servers.net. 1 14400 3600 1209600 300"
    head = "$TTL 3600\n@ {} \n@ NS a.root-servers.net.\n".format(soa)
    asn = "asnlookup.zonemaster.net."
    return {
        ".": head + f"a.root-servers.net. A {ROOT}\na.root-servers.net. AAAA {ROOT6}\n" +
             "".join(f"{zone} NS a.root-servers.net.\n" for zone in ("id.", "net.", "arpa.")),
        "net.": head + f"a.root-servers.net. A {ROOT}\na.root-servers.net. AAAA {ROOT6}\n{asn} NS a.root-servers.net.\n",
        "id.": head + "sch.id. NS a.root-servers.net.\n",
        "sch.id.": head + f"{DOMAIN}. NS ns.{DOMAIN}.\n{DOMAIN}. NS ns2.{DOMAIN}.\nns.{DOMAIN}. A {OURS}\nns.{DOMAIN}. AAAA {OURS6}\n"
                          f"ns2.{DOMAIN}. A {SECOND}\nns2.{DOMAIN}. AAAA {SECOND6}\n" + "".join(f"{line}\n" for line in ds),
        "arpa.": head + f"{NETWORK}. NS ns.{DOMAIN}.\n2.0.64.36.in-addr.arpa. PTR ns2.{DOMAIN}.\n"
                        f"{reverse6(OURS6)} PTR ns.{DOMAIN}.\n{reverse6(SECOND6)} PTR ns2.{DOMAIN}.\n",
        # Which autonomous system has an address: Zonemaster asks this zone.
        asn: head + f'*.12.28.103.origin TXT "64501 | 103.28.12.0/24 | ID | apnic | 2020-01-01"\n'
                    f'*.0.64.36.origin TXT "64502 | 36.64.0.0/24 | ID | apnic | 2020-01-01"\n'
                    f'*.0.0.0.8.4.0.4.2.origin6 TXT "64501 | 2404:8000::/32 | ID | apnic | 2020-01-01"\n'
                    f'*.8.8.4.4.1.0.0.2.origin6 TXT "64502 | 2001:4488::/32 | ID | apnic | 2020-01-01"\n',
    }


def reverse6(address):
    return ipaddress.ip_address(address).reverse_pointer + "."


def ds_line(dnskey):
    """RFC 4034 5.1.4 and appendix B."""
    tag = sum(octet << 8 if place % 2 == 0 else octet for place, octet in enumerate(dnskey))
    tag = (tag + (tag >> 16)) & 0xffff
    return f"{DOMAIN}. DS {tag} {dnskey[3]} 2 {hashlib.sha256(wire_name(DOMAIN) + dnskey).hexdigest()}"


class Case:
    """The whole small Internet, running."""

    def __init__(self, stack, signed):
        conf = f"dns.listen = {OURS}:53, [{OURS6}]:53\n" + "".join(
            f"{name}.listen = off\n" for name in ("dot", "smtp", "submission", "submissions", "imap", "imaps", "pop3", "pop3s", "http", "https"))
        self.school = stack.enter_context(Appliance(answers=ANSWERS, conf=conf))
        for line in (f"ns2 A {SECOND}", "@ NS ns2", f"ns AAAA {OURS6}", f"ns2 AAAA {SECOND6}"):
            self.school.kotakpos("dns", "add", *line.split())
        ds = self.sign() if signed else []
        self.school.kotakpos("dns", "secondary", "add", DOMAIN, SECOND)
        copied = PeerZone(f"{DOMAIN}.", primaries=[Remote(53, address=OURS, via=SECOND)], allow_notify=[ANYONE])
        self.second = stack.enter_context(Knot([copied], address=SECOND, v6=SECOND6, port=53))
        wait_until(lambda: self.second.serial(DOMAIN), 20, "the copy of the zone")
        self.root = stack.enter_context(Knot([PeerZone(name, text=zone) for name, zone in internet(ds).items()], address=ROOT, v6=ROOT6, port=53))

    def sign(self):
        """Signs the zone; gives the DS records of its key-signing keys, as the registry would have them one day."""
        self.school.kotakpos("dns", "sign", DOMAIN)
        keys = wait_until(lambda: ask(53, DOMAIN, "DNSKEY", host=OURS).answer, 10, "the keys")
        return [ds_line(key[4]) for key in keys if key[4][1] & 1]

    def serial(self):
        """The one we serve."""
        return int.from_bytes(ask(53, DOMAIN, "SOA", host=OURS).answer[0][4][-20:-16], "big")

    def zonemaster(self, zone):
        """What it says of a zone that rests: dictionaries with level, tag, args."""
        return wait_until(lambda: self.look(zone), 60, "a zone that does not change while it is looked at")

    def look(self, zone):
        """None: the zone was changed meanwhile (new keys are signed in several steps), so two serials may have been seen."""
        wait_until(lambda: self.second.serial(DOMAIN) == self.serial(), 20, "the same zone at both servers")
        serial = self.serial()
        hints = self.school.state / "hints"
        hints.write_text(f". 3600000 NS a.root-servers.net.\na.root-servers.net. 3600000 A {ROOT}\na.root-servers.net. 3600000 AAAA {ROOT6}\n")
        done = subprocess.run(["zonemaster-cli", "--hints", hints, "--level", "INFO", "--json", zone], capture_output=True, text=True, timeout=250)
        assert done.returncode == 0, done.stderr
        if self.serial() != serial:
            return None
        said = json.loads(done.stdout)
        return said if isinstance(said, list) else said["results"]


@pytest.fixture(params=["unsigned", "signed"])
def case(request):
    with contextlib.ExitStack() as stack:
        network = stack.enter_context(Namespace(ROOT, OURS, SECOND, ROOT6, OURS6, SECOND6))
        stack.enter_context(network.entered())
        yield Case(stack, request.param == "signed")


def test_zonemaster_finds_nothing_to_complain_about(case):
    said = case.zonemaster(DOMAIN)
    assert any(entry["tag"] == "ARE_AUTHORITATIVE" for entry in said), said
    bad = [entry for entry in said if LEVELS.index(entry["level"]) >= LEVELS.index("NOTICE") and entry["tag"] not in ACCEPTED]
    assert not bad, "\n".join(map(str, bad))
