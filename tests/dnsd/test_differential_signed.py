"""The same signed zones, so the same signatures, from us, NSD, Knot and BIND: answers, wildcard proofs, denials, referrals without DS.
We get them by zone transfer, as a secondary does, with data below cuts that people may not enter."""

import subprocess
import tempfile
from pathlib import Path

import pytest

from dnsd import differential
from dnsd.rich_zones import CHILD, HIDDEN, MAIN, STAR, ZONES, Names
from dnsd.test_differential import COUNT, SEED, compare
from support.appliance import Appliance, wait_until
from support.dns_message import ask
from support.dns_peers import ANYONE, Bind, Knot, Nsd, PeerZone, needs_peers

pytestmark = needs_peers
CHAINS = {"nsec": [], "nsec3": ["-3", "ABCD", "-H", "1"], "nsec3-opt-out": ["-3", "-", "-H", "0", "-A"]}
SIGNED = (MAIN, CHILD, STAR)


def signed(name, text, chain):
    with tempfile.TemporaryDirectory() as folder:
        for more in ([], ["-f", "KSK"]):
            run("dnssec-keygen", "-q", "-K", folder, "-a", "ECDSAP256SHA256", *more, name, cwd=folder)
        Path(folder, "zone").write_text(text)
        run("dnssec-signzone", "-S", "-P", *CHAINS[chain], "-K", folder, "-d", folder, "-o", name, "-f", f"{folder}/signed", f"{folder}/zone", cwd=folder)
        return Path(folder, "signed").read_text()


def run(*command, cwd):
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"


@pytest.fixture(scope="module", params=list(CHAINS))
def ports(request):
    texts = {**ZONES, MAIN: ZONES[MAIN] + HIDDEN}
    texts = {name: signed(name, text, request.param) if name in SIGNED else text for name, text in texts.items()}
    zones = [PeerZone(name, text=text, allow_transfer=[ANYONE]) for name, text in texts.items()]
    with Appliance() as school, Nsd(zones, more="minimal-responses: yes") as nsd, Knot(zones) as knot, Bind(
            zones, more="minimal-responses no-auth; check-names primary ignore;") as bind:
        for name in ZONES:
            school.kotakpos("dns", "zone-add", name, "--primary", f"127.0.0.1:{bind.port}")
        for name in ZONES:
            wait_until(lambda: ask(school.ports["dns"], name, "SOA").rcode == "NOERROR", 20, f"{name} to be served")
        yield {"Kotakpos": school.ports["dns"], "NSD": nsd.port, "Knot": knot.port, "BIND": bind.port}


@pytest.fixture
def names():
    return Names(ZONES, SEED + 1)


def test_every_name_with_its_proofs(ports, names):
    compare(ports, list(differential.with_proofs(names)))


def test_random_questions_of_signed_zones(ports, names):
    compare(ports, list(differential.ordinary(names, COUNT)))
