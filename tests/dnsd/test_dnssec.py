"""DNSSEC of the real appliance, checked by ldns-verify-zone and delv on what the server gives."""

import json
import re
import subprocess

import pytest

from support.appliance import DOMAIN, wait_until

ZONE = DOMAIN + "."
REVERSE = "10.168.192.in-addr.arpa."


@pytest.fixture(scope="module", autouse=True)
def secondary(school):
    """We may copy the zones: that shows all that is served."""
    for zone in (ZONE, REVERSE):
        school.kotakpos("dns", "secondary", "add", zone, "127.0.0.1:9")


def json_of(school, *words):
    return json.loads(school.kotakpos(*words, "--json"))


def dig(school, *words):
    done = subprocess.run(["dig", "@127.0.0.1", "-p", str(school.ports["dns"]), "+norec", "+tries=1", "+time=3", *words],
                          capture_output=True, text=True, timeout=20)
    return done.stdout


def short(school, *words):
    return dig(school, "+short", *words).split("\n")[:-1]


def transfer(school, zone=ZONE):
    """The zone as secondaries get it: complete lines."""
    text = dig(school, zone, "AXFR", "+onesoa", "+noall", "+answer")
    return "".join(line + "\n" for line in text.splitlines() if line and not line.startswith(";"))


def verify(text, tmp_path):
    file = tmp_path / "zone"
    file.write_text(text)
    done = subprocess.run(["ldns-verify-zone", "-V", "3", str(file)], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def status(school, zone=ZONE):
    return json_of(school, "dns", "keys", "--zone", zone)


def check_of(school, step):
    done = school.run("check", "--json")
    return next(entry for entry in json.loads(done.stdout)["steps"] if entry["step"] == step)


def served(school, zone=ZONE):
    """Waits until the signed zone is served."""
    wait_until(lambda: short(school, zone, "DNSKEY"), 10, "the DNSKEY set")


@pytest.fixture
def delv(school, tmp_path):
    """delv NAME TYPE, with our KSK as the trust anchor; gives its output."""

    def ask(name, kind, zone=ZONE):
        keys = [line for line in short(school, zone, "DNSKEY") if line.startswith("257 ")]
        anchors = tmp_path / "anchors"
        entries = []
        for line in keys:
            flags, protocol, algorithm, *data = line.split()
            entries.append(f'{zone} static-key {flags} {protocol} {algorithm} "{"".join(data)}";')
        anchors.write_text("trust-anchors { %s };\n" % " ".join(entries))
        done = subprocess.run(["delv", "@127.0.0.1", "-p", str(school.ports["dns"]), "-a", str(anchors), f"+root={zone}",
                               name, kind], capture_output=True, text=True, timeout=30)
        return done.stdout + done.stderr

    return ask


@pytest.fixture(params=["nsec", "nsec3"])
def signed(school, request):
    school.kotakpos("dns", "sign", ZONE, "--" + request.param)
    served(school)
    yield request.param
    school.kotakpos("dns", "unsign", ZONE, "--now")


def test_a_signed_zone_verifies_after_each_change(school, signed, delv, tmp_path):
    def holds():
        code, report = verify(transfer(school), tmp_path)
        assert code == 0, report

    holds()
    school.kotakpos("dns", "add", "pc77", "A", "192.168.10.77")
    wait_until(lambda: short(school, f"pc77.{DOMAIN}", "A"), 5, "the new name")
    holds()
    assert "; fully validated" in delv(f"pc77.{DOMAIN}", "A")
    school.kotakpos("dns", "add", "*.lab", "A", "192.168.10.78")
    school.kotakpos("dns", "add", "kelas.jurusan", "TXT", "x")
    wait_until(lambda: short(school, f"kelas.jurusan.{DOMAIN}", "TXT"), 5, "the new names")
    holds()
    assert "; fully validated" in delv(f"apa.lab.{DOMAIN}", "A")
    for name, kind in ((f"tidakada.{DOMAIN}", "A"), (f"www.{DOMAIN}", "MX"), (f"jurusan.{DOMAIN}", "A"),
                       (f"apa.lab.{DOMAIN}", "TXT")):
        assert "; negative response, fully validated" in delv(name, kind), (name, kind)
    for name in ("pc77", "*.lab", "kelas.jurusan"):
        school.kotakpos("dns", "delete", name)
    wait_until(lambda: not short(school, f"pc77.{DOMAIN}", "A"), 5, "the deletion")
    holds()


def test_the_kind_of_chain_can_be_changed(school, signed, tmp_path):
    other = "nsec3" if signed == "nsec" else "nsec"
    school.kotakpos("dns", "sign", ZONE, "--" + other)
    wait_until(lambda: bool(short(school, ZONE, "NSEC3PARAM")) == (other == "nsec3"), 5, "the other chain")
    code, report = verify(transfer(school), tmp_path)
    assert code == 0, report


def test_ed25519_signs_as_well(school, delv, tmp_path):
    school.kotakpos("dns", "sign", ZONE, "--algorithm", "ed25519")
    served(school)
    try:
        code, report = verify(transfer(school), tmp_path)
        assert code == 0, report
        assert "; fully validated" in delv(f"www.{DOMAIN}", "A")
    finally:
        school.kotakpos("dns", "unsign", ZONE, "--now")


def test_a_reverse_zone_is_signed_with_the_pointers_that_follow(school, tmp_path):
    school.kotakpos("dns", "sign", REVERSE)
    served(school, REVERSE)
    try:
        school.kotakpos("dns", "add", "pc88", "A", "192.168.10.88")
        wait_until(lambda: short(school, f"88.{REVERSE}", "PTR"), 5, "the PTR")
        code, report = verify(transfer(school, REVERSE), tmp_path)
        assert code == 0, report
    finally:
        school.kotakpos("dns", "delete", "pc88")
        school.kotakpos("dns", "unsign", REVERSE, "--now")


def test_keys_say_what_they_are_and_what_comes_next(school, signed):
    one, = status(school)
    assert one["zone"] == ZONE and one["signing"] == signed and one["algorithm"] == "ecdsap256sha256"
    assert [(key["role"], key["state"]) for key in one["keys"]] == [("ksk", "published"), ("zsk", "active")]
    assert one["ds"] == [] and not one["parent_must_act"]
    assert [step["step"] for step in one["steps"]] == ["make-ready", "make-zsk"]
    text = school.kotakpos("dns", "keys")
    assert str(one["keys"][0]["tag"]) in text and "KSK" in text and "ZSK" in text
    school.kotakpos("dns", "roll", "--zsk")
    wait_until(lambda: len(short(school, ZONE, "DNSKEY")) == 3, 5, "the new ZSK in the DNSKEY set")
    assert [key["state"] for key in status(school)[0]["keys"]] == ["published", "active", "published"]


def test_wrong_orders_are_refused_with_a_reason(school, signed):
    for words, reason in ((["roll", "--zone", ZONE, "--ksk"], "DS"), (["ds-seen", ZONE], "menunggu"),
                          (["sign", ZONE, "--algorithm", "ed25519"], "algoritma lain"),
                          (["sign", "lain.example."], "zona itu tidak ada"),
                          (["sign", ZONE, "--algorithm", "rsa"], "algoritma ini tidak tersedia")):
        done = school.run("dns", *words)
        assert done.returncode == 3 and reason in done.stderr, (words, done.stderr)
    assert school.run("dns", "roll").returncode == 2


def test_a_missing_key_is_named_and_the_zone_stays(school, signed):
    folder = school.state / "dns-keys"
    away = school.state / "dns-keys-away"
    away.mkdir()
    moved = [file.rename(away / file.name) for file in folder.glob("dnssec-*.pem")]
    try:
        done = school.run("dns", "add", "pc99", "A", "192.168.10.99")
        assert done.returncode == 1 and "dns-keys/dnssec-" in done.stderr and "kunci privat" in done.stderr
        assert short(school, f"www.{DOMAIN}", "A") and short(school, ZONE, "DNSKEY")
        assert not check_of(school, "dnssec")["good"]
    finally:
        for file in moved:
            file.rename(folder / file.name)
        away.rmdir()
    school.kotakpos("dns", "add", "pc99", "A", "192.168.10.99")
    school.kotakpos("dns", "delete", "pc99")
    assert check_of(school, "dnssec")["good"]


def test_the_certificate_has_its_tlsa_records(school, signed):
    owner = f"_25._tcp.mail.{DOMAIN}"
    wait_until(lambda: short(school, owner, "TLSA"), 70, "the keeper's look at the certificate")
    pem = school.state / "tls/server.crt"
    digest = subprocess.run(f"openssl x509 -in {pem} -noout -pubkey | openssl pkey -pubin -outform der | sha256sum",
                            shell=True, capture_output=True, text=True, check=True).stdout.split()[0]
    answer = "".join(short(school, owner, "TLSA")[0].split()[3:])
    assert short(school, owner, "TLSA")[0].startswith("3 1 1 ") and answer.lower() == digest


def test_private_keys_are_out_of_the_answering_process_reach(school, signed):
    folder = school.state / "dns-keys"
    files = list(folder.glob("dnssec-*.pem"))
    assert files and folder.stat().st_mode & 0o077 == 0
    for file in files:
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.stat().st_uid == folder.stat().st_uid
    answering = school.pid("dnsd")
    status_text = open(f"/proc/{answering}/status").read()
    uid = int(re.search(r"^Uid:\s+(\d+)", status_text, re.M).group(1))
    if uid != 0 and subprocess.run(["id", "-u"], capture_output=True, text=True).stdout.strip() == "0":
        assert uid != folder.stat().st_uid
