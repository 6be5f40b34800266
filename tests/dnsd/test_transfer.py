"""Zone transfer with real servers: NSD, Knot and BIND as our secondaries and as our primaries."""

import base64
import hashlib
import hmac
import os
import socket
import struct
import subprocess
import time

import pytest

from support.appliance import DOMAIN, wait_until
from support.dns_message import Edns, Message, ask, framed, question, read_framed, text_name, wire_name
from support.dns_peers import ANYONE, Bind, Knot, Nsd, PeerZone, Remote, TsigKey, needs_peers

ZONE = DOMAIN
SECRET = base64.b64encode(b"01234567890123456789012345678901").decode()
KEY = TsigKey("secondary-key", SECRET)
OTHER = TsigKey("primary-key", base64.b64encode(b"another secret of thirty-two byte").decode(), "hmac-sha512")
FORMERR, REFUSED, NOTAUTH = "FORMERR", "REFUSED", "NOTAUTH"


@pytest.fixture(scope="module")
def keys(school):
    for key in (KEY, OTHER):
        school.kotakpos("dns", "key", "add", key.name, "--algorithm", key.algorithm, "--secret-stdin", input=key.secret + "\n")
    return school


def dig(port, *words, key=None):
    command = ["dig", "+norec", "+time=5", "+tries=1", "@127.0.0.1", "-p", str(port)]
    if key:
        command += ["-y", f"{key.algorithm}:{key.name}:{key.secret}"]
    return subprocess.run([*command, *words], capture_output=True, text=True).stdout


def axfr(port, zone=ZONE, key=None):
    """The zone's records as a set of lines; empty when refused."""
    lines = dig(port, "axfr", zone, "+noall", "+answer", "+onesoa", key=key).splitlines()
    return {" ".join(line.split()) for line in lines if line and not line.startswith(";")}


def our_serial(school, zone=ZONE):
    reply = ask(school.ports["dns"], zone, "SOA")
    return int.from_bytes(reply.answer[0][4][-20:-16], "big") if reply and reply.answer else None


class Secondary:
    """`kotakpos dns secondary` for the length of a test."""

    def __init__(self, school, zone, port, key=None):
        self.words = [zone, f"127.0.0.1:{port}"]
        self.school = school
        school.kotakpos("dns", "secondary", "add", *self.words, *(["--key", key.name] if key else []))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.school.kotakpos("dns", "secondary", "delete", *self.words)


# Who gets a zone.

def test_a_stranger_gets_no_transfer(keys):
    reply = ask(keys.ports["dns"], ZONE, "AXFR", tcp=True)
    assert reply.rcode == REFUSED and not reply.answer
    assert not axfr(keys.ports["dns"], key=KEY)
    assert ask(keys.ports["dns"], "example.org", "AXFR", tcp=True).rcode in (REFUSED, NOTAUTH)


def test_a_secondary_without_key_is_known_by_its_address(keys):
    with Secondary(keys, ZONE, 5399):
        lines = axfr(keys.ports["dns"])
        assert f"www.{ZONE}. 3600 IN A 192.168.10.2" in lines and f"{ZONE}. 3600 IN MX 10 mail.{ZONE}." in lines
        assert len([line for line in lines if " SOA " in line]) == 1
    assert not axfr(keys.ports["dns"])


def test_a_secondary_with_key_must_sign(keys):
    with Secondary(keys, ZONE, 5399, KEY):
        assert not axfr(keys.ports["dns"])
        assert not axfr(keys.ports["dns"], key=OTHER)
        assert len(axfr(keys.ports["dns"], key=KEY)) > 5
        said = dig(keys.ports["dns"], "axfr", ZONE, key=KEY)
        assert "WARNING" not in said and "failed" not in said
        # The question itself, signed.
        said = dig(keys.ports["dns"], "www." + ZONE, "A", key=KEY)
        assert "192.168.10.2" in said and "NOERROR" in said and "TSIG" in said and "WARNING" not in said


@pytest.mark.parametrize("algorithm", ["hmac-sha1", "hmac-sha224", "hmac-sha384", "hmac-sha512"])
def test_every_algorithm_signs(keys, algorithm):
    key = TsigKey("key-" + algorithm, SECRET, algorithm)
    keys.kotakpos("dns", "key", "add", key.name, "--algorithm", algorithm, "--secret-stdin", input=key.secret + "\n")
    said = dig(keys.ports["dns"], ZONE, "SOA", key=key)
    assert "NOERROR" in said and "TSIG" in said and "WARNING" not in said
    keys.kotakpos("dns", "key", "delete", key.name)
    assert "BADKEY" in dig(keys.ports["dns"], ZONE, "SOA", key=key)


def test_md5_is_refused(keys):
    assert keys.run("dns", "key", "add", "old", "--algorithm", "hmac-md5").returncode == 3


def test_keys_are_for_the_keeper_and_its_socket_for_dnsd(keys):
    folder, secret, door = (keys.state / name for name in ("dns-keys", f"dns-keys/{KEY.name}.tsig", "run/keeper.sock"))
    assert folder.stat().st_mode & 0o7777 == 0o700 and secret.stat().st_mode & 0o7777 == 0o600
    if os.geteuid() == 0:
        assert folder.stat().st_uid == secret.stat().st_uid != 0
        assert door.stat().st_mode & 0o7777 == 0o600
        uids = {name: os.stat(f"/proc/{keys.pid(name)}").st_uid for name in ("dnsd", "dns-keeper")}
        assert uids == {"dnsd": door.stat().st_uid, "dns-keeper": folder.stat().st_uid}
    assert KEY.secret not in keys.kotakpos("dns", "key", "list") + keys.log_text()


def test_a_reverse_zone_may_be_named_by_its_network(keys):
    with Secondary(keys, "192.168.10.0/24", 5399):
        assert f"3.10.168.192.in-addr.arpa. 3600 IN PTR mail.{ZONE}." in axfr(keys.ports["dns"], "10.168.192.in-addr.arpa")


# TSIG errors, as packets.

def tsig(message, key=KEY, when=None, algorithm="hmac-sha256", mac=None, error=0):
    """The message with a TSIG record made by hand."""
    name, when = wire_name(key.name), int(when or time.time())
    alg = wire_name(algorithm)
    times = struct.pack(">HIH", when >> 32, when & 0xFFFFFFFF, 300)
    variables = name + struct.pack(">HI", 255, 0) + alg + times + struct.pack(">HH", error, 0)
    if mac is None:
        mac = hmac.new(base64.b64decode(key.secret), message + variables, hashlib.sha256).digest()
    data = alg + times + struct.pack(">H", len(mac)) + mac + message[:2] + struct.pack(">HH", error, 0)
    counts = bytearray(message)
    counts[10:12] = struct.pack(">H", struct.unpack(">H", message[10:12])[0] + 1)
    return bytes(counts) + name + struct.pack(">HHIH", 250, 255, 0, len(data)) + data


def tsig_of(reply):
    """Error and MAC of the reply's TSIG record."""
    for owner, kind, _, _, data in reply.additional:
        if kind == 250:
            end = data.index(b"\0") + 1
            size = struct.unpack(">H", data[end + 8:end + 10])[0]
            return struct.unpack(">H", data[end + 12 + size:end + 14 + size])[0], data[end + 10:end + 10 + size], data[end + 16 + size:]
    return None


def send(school, message, tcp=False):
    kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as client:
        client.settimeout(5)
        client.connect(("127.0.0.1", school.ports["dns"]))
        client.sendall(framed(message) if tcp else message)
        return Message(read_framed(client) if tcp else client.recv(65535))


@pytest.mark.parametrize("tcp", [False, True])
def test_tsig_errors_are_those_of_the_rfc(keys, tcp):
    plain = question(ZONE, "SOA")
    good = send(keys, tsig(plain), tcp)
    assert good.rcode == "NOERROR" and good.answer and tsig_of(good)[0] == 0 and len(tsig_of(good)[1]) == 32
    bad_key = send(keys, tsig(plain, TsigKey("nobody", SECRET)), tcp)
    assert bad_key.rcode == NOTAUTH and tsig_of(bad_key)[:2] == (17, b"")
    bad_signature = send(keys, tsig(plain, mac=b"x" * 32), tcp)
    assert bad_signature.rcode == NOTAUTH and tsig_of(bad_signature)[:2] == (16, b"")
    wrong_algorithm = send(keys, tsig(plain, algorithm="hmac-md5.sig-alg.reg.int"), tcp)
    assert wrong_algorithm.rcode == NOTAUTH and tsig_of(wrong_algorithm)[:2] == (17, b"")
    late = send(keys, tsig(plain, when=time.time() - 1000), tcp)
    assert late.rcode == NOTAUTH and tsig_of(late)[0] == 18 and len(tsig_of(late)[1]) == 32
    assert abs(int.from_bytes(tsig_of(late)[2], "big") - time.time()) < 60
    assert send(keys, tsig(tsig(plain)), tcp).rcode == FORMERR  # two of them
    assert send(keys, tsig(plain, mac=b"x" * 5), tcp).rcode == FORMERR
    assert not any(reply.answer for reply in (bad_key, bad_signature, wrong_algorithm, late))


def test_a_signed_answer_that_does_not_fit_is_cut_off_and_signed(keys):
    for number in range(30):
        keys.kotakpos("dns", "add", "many", "TXT", f"text {number:03d} {'x' * 50}")
    reply = send(keys, tsig(question("many." + ZONE, "TXT")))
    assert reply.has("tc") and not reply.answer and tsig_of(reply)[0] == 0
    assert len(send(keys, tsig(question("many." + ZONE, "TXT")), tcp=True).answer) == 30
    keys.kotakpos("dns", "delete", "many")


def test_a_key_opens_no_way_to_the_resolver(keys):
    """The keeper asks us for whoever signs, from an address that we trust."""
    for name in ("example.org", f"{DOMAIN}.example.org"):
        reply = send(keys, tsig(question(name, flags=0x0100)))
        assert reply.rcode == REFUSED and reply.has("rd") and not reply.has("ra") and tsig_of(reply)[0] == 0
    own = send(keys, tsig(question("www." + ZONE, flags=0x0100)))
    assert own.answer and own.has("rd") and not own.has("ra")


def test_strangers_cannot_fill_the_log(keys):
    before = keys.log_text().count("event=tsig-refused")
    for number in range(300):
        assert send(keys, tsig(question(ZONE, number=number), TsigKey("nobody", SECRET))).rcode == NOTAUTH
    assert 0 < keys.log_text().count("event=tsig-refused") - before <= 100


def test_slow_secondaries_hold_up_nobody_else(keys, tmp_path):
    """One that has many transfers begun and takes nothing: the keeper still does everything else."""
    file = tmp_path / "slow.id.zone"  # larger than all buffers on the way
    file.write_text("$ORIGIN slow.id.\n$TTL 60\n@ SOA ns.slow.id. a.slow.id. 1 3600 600 86400 60\n@ NS ns\nns A 192.168.10.1\n"
                    + "".join(f"h{number} TXT \"{'x' * 240}\"\n" for number in range(30_000)))
    keys.kotakpos("dns", "import", str(file))
    wait_until(lambda: ask(keys.ports["dns"], "slow.id", "SOA").answer, 10, "the zone")
    slow = [socket.socket() for _ in range(20)]
    with Secondary(keys, "slow.id", 5399):
        for client in slow:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            client.connect(("127.0.0.1", keys.ports["dns"]))
            client.sendall(framed(question("slow.id", "AXFR")))
        begin = time.monotonic()
        for _ in range(20):
            assert send(keys, question(ZONE, "SOA", opcode=5)).rcode == REFUSED  # an UPDATE
        assert time.monotonic() - begin < 4
        for client in slow:
            client.close()


# Our secondaries.

def secondary_of(peer, school, key, zone=ZONE):
    return peer([PeerZone(zone, primaries=[Remote(school.ports["dns"], key)], allow_notify=[key or ANYONE],
                          allow_transfer=[ANYONE])])


@needs_peers
@pytest.mark.parametrize("peer", [Nsd, Knot, Bind])
def test_a_secondary_copies_the_zone_and_every_change(keys, peer):
    with secondary_of(peer, keys, KEY) as other, Secondary(keys, ZONE, other.port, KEY):
        other.wait_for_serial(ZONE, our_serial(keys))
        for number, words in enumerate([("add", "t1", "A", "192.168.10.81"), ("add", "t2", "TXT", "a text"), ("delete", "t1"),
                                        ("add", "t3", "CNAME", "t2")]):
            before = our_serial(keys)
            keys.kotakpos("dns", *words)
            wait_until(lambda: our_serial(keys) != before, what="our change")
            begin = time.monotonic()
            other.wait_for_serial(ZONE, our_serial(keys))
            print(f"{peer.name}: change {number} copied in {time.monotonic() - begin:.3f} s")
        with Secondary(keys, ZONE, 5399):
            assert axfr(keys.ports["dns"]) == axfr(other.port)
        assert f"to=127.0.0.1 key={KEY.name} what=\"difference" in keys.log_text()
        for name in ("t2", "t3"):
            keys.kotakpos("dns", "delete", name)


@needs_peers
def test_a_secondary_that_was_away_gets_the_difference_over_many_revisions(keys):
    with secondary_of(Knot, keys, KEY) as other, Secondary(keys, ZONE, other.port, KEY):
        other.wait_for_serial(ZONE, our_serial(keys))
        other.stop()
        for number in range(10):
            keys.kotakpos("dns", "add", f"away{number}", "A", f"192.168.10.{100 + number}")
        for number in range(9):
            keys.kotakpos("dns", "delete", f"away{number}")
        wait_until(lambda: ask(keys.ports["dns"], "away9." + ZONE).answer, what="our changes")
        other.start()
        other.wait_for_serial(ZONE, our_serial(keys))
        with Secondary(keys, ZONE, 5399):
            assert axfr(keys.ports["dns"]) == axfr(other.port)
        keys.kotakpos("dns", "delete", "away9")


def ixfr(school, serial, tcp=True, size=None):
    soa = wire_name("x.") + wire_name("x.") + struct.pack(">5I", serial, 0, 0, 0, 0)
    record = wire_name(ZONE) + struct.pack(">HHIH", 6, 1, 0, len(soa)) + soa
    opt = b"\0" + struct.pack(">HHIH", 41, size, 0, 0) if size else b""
    message = question(ZONE, "IXFR", more=record + opt, counts=(1, 0, 1, 1 if size else 0))
    return send(school, message, tcp)


def serials(reply):
    return [int.from_bytes(record[4][-20:-16], "big") for record in reply.answer if record[1] == 6]


def test_ixfr_is_answered_as_the_rfc_says(keys):
    with Secondary(keys, ZONE, 5399):
        first = our_serial(keys)
        keys.kotakpos("dns", "add", "ix1", "A", "192.168.10.91")
        keys.kotakpos("dns", "add", "ix2", "A", "192.168.10.92")
        keys.kotakpos("dns", "delete", "ix1")
        now = wait_until(lambda: our_serial(keys) if our_serial(keys) not in (None, first) and
                         ask(keys.ports["dns"], "ix1." + ZONE).rcode == "NXDOMAIN" else None, what="our changes")
        step = ixfr(keys, first)
        assert serials(step) == [now, first, now, now]
        assert [text_name(record[0]) for record in step.answer if record[1] == 1] == [f"ix2.{ZONE}."]
        assert serials(ixfr(keys, now)) == [now]  # nothing newer
        whole = ixfr(keys, 1)  # older than the journal
        assert serials(whole) == [now, now] and len(whole.answer) > 5
        assert serials(ixfr(keys, first, tcp=False, size=1232)) == [now, first, now, now]
        assert serials(ixfr(keys, 1, tcp=False)) == [now]  # does not fit: come by TCP
        assert send(keys, question(ZONE, "AXFR")).rcode == "NOTIMP"  # over UDP
        keys.kotakpos("dns", "delete", "ix2")


def test_a_secondary_that_stalls_is_left_and_others_are_served(keys):
    lines = [f"big{number} 300 IN TXT \"{'x' * 200}\"" for number in range(20000)]
    zone = "big.sch.id"
    text = f"$ORIGIN {zone}.\n@ 300 IN SOA ns.{ZONE}. admin.{ZONE}. 1 3600 600 86400 60\n@ 300 IN NS ns.{ZONE}.\n" + "\n".join(lines)
    file = keys.state / "big.zone"
    file.write_text(text + "\n")
    keys.kotakpos("dns", "import", str(file))
    wait_until(lambda: our_serial(keys, zone), what="the large zone")
    with Secondary(keys, zone, 5399):
        stalled = []
        for _ in range(3):
            client = socket.create_connection(("127.0.0.1", keys.ports["dns"]))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(framed(question(zone, "AXFR")))
            stalled.append(client)
        assert ask(keys.ports["dns"], "www." + ZONE, tcp=True).answer  # others are answered meanwhile
        begin = time.monotonic()
        assert len(axfr(keys.ports["dns"], zone)) == 20002
        assert time.monotonic() - begin < 10
        for client in stalled:
            client.close()
    keys.kotakpos("dns", "zone-delete", zone)


# Zones that we copy.

def zone_text(serial, *lines, zone="copy.sch.id", expire=86400, refresh=3600, retry=2):
    return "\n".join([f"$ORIGIN {zone}.", "$TTL 300", f"@ SOA ns admin {serial} {refresh} {retry} {expire} 60", "@ NS ns",
                      "ns A 192.168.30.1", *lines, *(f"pc{number} A 192.168.31.{number}" for number in range(1, 100))]) + "\n"


def copied(school, name, kind="A"):
    reply = ask(school.ports["dns"], name, kind)
    return reply.answer[0][4] if reply and reply.rcode == "NOERROR" and reply.answer else None


@needs_peers
@pytest.mark.parametrize("peer", [Nsd, Knot, Bind])
def test_we_copy_a_zone_and_every_change(keys, peer):
    zone = f"copy-{peer.program}.sch.id"
    with peer([PeerZone(zone, text=zone_text(1, "www A 192.168.30.2", zone=zone), notify=[Remote(keys.ports["dns"], OTHER)],
                        allow_transfer=[OTHER], more="ixfr-from-differences yes;" if peer is Bind else
                        "journal-content: changes\nzonefile-load: difference" if peer is Knot else "")]) as other:
        keys.kotakpos("dns", "zone-add", zone, "--primary", f"127.0.0.1:{other.port}", "--key", OTHER.name)
        assert wait_until(lambda: copied(keys, "www." + zone), what="the copy") == bytes([192, 168, 30, 2])
        assert ask(keys.ports["dns"], zone, "SOA").has("aa")
        wait_until(lambda: '"good"' in keys.kotakpos("dns", "primary", "list", "--json"), what="the state after the copy")
        refused = keys.run("dns", "add", "pc1", "A", "192.168.30.9", "--zone", zone)
        assert refused.returncode == 3
        begin = time.monotonic()
        other.rewrite(zone, zone_text(2, "www A 192.168.30.3", "new TXT hello", zone=zone))
        other.reload()
        wait_until(lambda: copied(keys, "www." + zone) == bytes([192, 168, 30, 3]), what="the change")
        print(f"{peer.name}: our copy changed after {time.monotonic() - begin:.3f} s")
        assert copied(keys, "new." + zone, "TXT") == b"\5hello"
        if peer is not Nsd:  # NSD 4.6 gives no differences of a zone that it reads from a file
            wait_until(lambda: "what=difference" in keys.log_text().split(f"event=transfer-in zone={zone}.")[-1].splitlines()[0],
                       what="the line of the log, which comes after the change itself")
    keys.kotakpos("dns", "zone-delete", zone)


@needs_peers
@pytest.mark.parametrize("kind", ["nsec", "nsec3"])
def test_a_signed_zone_is_copied_with_its_signatures(keys, kind, tmp_path):
    zone = f"signed-{kind}.sch.id"
    with Knot([PeerZone(zone, text=zone_text(1, "www A 192.168.30.2", "*.w TXT any", zone=zone), notify=[Remote(keys.ports["dns"])],
                        allow_transfer=[ANYONE], more="dnssec-signing: on\ndnssec-policy: ours")],
              more=f"policy:\n  - id: ours\n    nsec3: {'on' if kind == 'nsec3' else 'off'}\n    nsec3-iterations: 0\n") as other:
        keys.kotakpos("dns", "zone-add", zone, "--primary", f"127.0.0.1:{other.port}")
        wait_until(lambda: copied(keys, "www." + zone), what="the copy")
        wait_until(lambda: our_serial(keys, zone) == other.serial(zone), what="the signatures")
        denial = 50 if kind == "nsec3" else 47
        nothing = ask(keys.ports["dns"], "nothing." + zone, edns=Edns(do=True))
        assert nothing.rcode == "NXDOMAIN" and {denial, 46, 6} == {record[1] for record in nothing.authority}
        wildcard = ask(keys.ports["dns"], "x.w." + zone, "TXT", edns=Edns(do=True))
        assert {16, 46} == {record[1] for record in wildcard.answer} and denial in {record[1] for record in wildcard.authority}
        with Secondary(keys, zone, 5399):
            assert axfr(keys.ports["dns"], zone) == axfr(other.port, zone)
            (tmp_path / "zone").write_text("\n".join(axfr(keys.ports["dns"], zone)) + "\n")
            done = subprocess.run(["ldns-verify-zone", str(tmp_path / "zone")], capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
    keys.kotakpos("dns", "zone-delete", zone)


@needs_peers
def test_a_zone_whose_primary_is_silent_expires_and_comes_back(keys):
    zone = "expire.sch.id"
    with Knot([PeerZone(zone, text=zone_text(1, "www A 192.168.30.2", zone=zone, refresh=1, retry=1, expire=4),
                        allow_transfer=[ANYONE])]) as other:
        keys.kotakpos("dns", "zone-add", zone, "--primary", f"127.0.0.1:{other.port}")
        wait_until(lambda: copied(keys, "www." + zone), what="the copy")
        other.stop()
        wait_until(lambda: ask(keys.ports["dns"], "www." + zone).rcode == "SERVFAIL", 40, "the end of the copy")
        assert '"expired"' in keys.kotakpos("dns", "primary", "list", "--json")
        other.start()
        wait_until(lambda: copied(keys, "www." + zone), 30, "the copy")
    keys.kotakpos("dns", "zone-delete", zone)


def test_a_zone_that_never_came_is_servfail_and_notify_only_from_its_primary(keys):
    zone = "never.sch.id"
    keys.kotakpos("dns", "zone-add", zone, "--primary", "127.0.0.9:9")
    wait_until(lambda: ask(keys.ports["dns"], "www." + zone).rcode == "SERVFAIL", what="SERVFAIL")
    assert send(keys, question(zone, "SOA", opcode=4)).rcode == REFUSED
    assert send(keys, question(ZONE, "SOA", opcode=4)).rcode == NOTAUTH
    keys.kotakpos("dns", "zone-delete", zone)
    keys.kotakpos("dns", "zone-add", zone, "--primary", "127.0.0.1:9")
    reply = send(keys, question(zone, "SOA", opcode=4))
    assert reply.rcode == "NOERROR" and reply.opcode == 4 and reply.has("aa")
    keys.kotakpos("dns", "zone-delete", zone)


# The catalog.

CATALOG = "catalog.kotakpos"


@needs_peers
@pytest.mark.parametrize("peer", [Knot, Bind])
def test_secondaries_learn_from_the_catalog_which_zones_there_are(keys, peer):
    port = keys.ports["dns"]
    keys.kotakpos("dns", "catalog", "add", CATALOG)
    if peer is Knot:
        other = Knot([PeerZone(CATALOG, primaries=[Remote(port)], allow_notify=[ANYONE], allow_transfer=[ANYONE],
                               more="catalog-role: interpret\ncatalog-template: member")],
                     more=f"remote:\n  - id: ours\n    address: 127.0.0.1@{port}\nacl:\n  - id: any\n    action: [transfer, notify]\n"
                          f"template:\n  - id: member\n    master: ours\n    acl: any\n    semantic-checks: off\n"
                          "    zonefile-sync: -1\n    zonefile-load: none\n    journal-content: all\n")
    else:
        other = Bind([PeerZone(CATALOG, primaries=[Remote(port)], allow_notify=[ANYONE], allow_transfer=[ANYONE])],
                     more=f"allow-notify {{ any; }}; catalog-zones {{ zone \"{CATALOG}\" "
                          f"default-primaries {{ 127.0.0.1 port {port}; }} in-memory yes min-update-interval 1; }};")
    with other, Secondary(keys, CATALOG, other.port):
        other.wait_for_serial(ZONE, our_serial(keys))
        keys.kotakpos("dns", "zone-add", "new.sch.id", "--name-server", f"ns.{ZONE}.")
        wait_until(lambda: our_serial(keys, "new.sch.id"), what="the new zone here")
        other.wait_for_serial("new.sch.id", our_serial(keys, "new.sch.id"))
        keys.kotakpos("dns", "add", "fresh", "A", "192.168.10.99")
        wait_until(lambda: ask(port, "fresh." + ZONE).answer, what="our change")
        other.wait_for_serial(ZONE, our_serial(keys))
        keys.kotakpos("dns", "zone-delete", "new.sch.id")
        wait_until(lambda: other.serial("new.sch.id") is None, 20, "the zone's end there")
        keys.kotakpos("dns", "delete", "fresh")
    keys.kotakpos("dns", "zone-delete", CATALOG)
