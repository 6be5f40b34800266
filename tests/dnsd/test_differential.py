"""The same thousands of questions to us, NSD, Knot and BIND over the same zones; accepted differences: accepted_differences.py."""

import itertools
import os

import pytest

from dnsd import differential
from dnsd.accepted_differences import MALFORMED, unexplained, used
from dnsd.rich_zones import MAIN, ZONES, Names
from support.appliance import Appliance, wait_until
from support.dns_message import ask
from support.dns_peers import Bind, Knot, Nsd, PeerZone, needs_peers

pytestmark = needs_peers
SEED = int(os.environ.get("KOTAKPOS_SEED", "1"))
COUNT = int(os.environ.get("KOTAKPOS_QUESTIONS", "4000"))


@pytest.fixture(scope="module")
def ports():
    """Name to port; ours comes first."""
    zones = [PeerZone(name, text=text) for name, text in ZONES.items()]
    with Appliance() as school, Nsd(zones, more="minimal-responses: yes") as nsd, Knot(zones) as knot, Bind(
            zones, more="minimal-responses no-auth; check-names primary ignore;") as bind:
        import_zones(school, ZONES)
        yield {"Kotakpos": school.ports["dns"], "NSD": nsd.port, "Knot": knot.port, "BIND": bind.port}


def import_zones(school, zones):
    file = school.state / "zone"
    for name, text in zones.items():
        file.write_text(text)
        school.kotakpos("dns", "import", str(file))
    for name in zones:
        wait_until(lambda: ask(school.ports["dns"], name, "SOA").rcode == "NOERROR", 5, f"{name} to be served")


@pytest.fixture
def names():
    return Names(ZONES, SEED)


def compare(ports, questions):
    """Fails with the grouped differences that are not accepted."""
    found = differential.compare(ports, questions)
    print(f"{len(questions)} questions, {len(found)} differences:\n{used(found)}")
    bad = unexplained(found)
    assert not bad, f"{len(bad)} unexplained differences\n{differential.report(bad)[:20000]}"


def test_every_name_and_one_below_it_with_the_types_that_matter(ports, names):
    compare(ports, list(differential.every_owner(names)))


def test_random_questions(ports, names):
    compare(ports, list(differential.ordinary(names, COUNT)))


def test_unusual_questions(ports, names):
    compare(ports, list(differential.unusual(names, COUNT // 4)))


def test_no_reply_is_larger_than_allowed(ports, names):
    questions = list(itertools.chain(differential.ordinary(names, COUNT), differential.unusual(names, COUNT // 4), differential.malformed()))
    assert differential.too_large(ports["Kotakpos"], questions) == []


def said(reply):
    """What a malformed packet got: silence, or the rcode."""
    return "silence" if reply.silent else reply.rcode


def test_malformed_packets_get_what_a_peer_gives_them_or_formerr_or_silence(ports):
    questions = list(differential.malformed(f"www.{MAIN}"))
    replies = {name: [differential.normalised(data) for data in differential.many(port, questions)] for name, port in ports.items()}
    wrong = []
    for i, one in enumerate(questions):
        ours, theirs = replies["Kotakpos"][i], {name: said(replies[name][i]) for name in ports if name != "Kotakpos"}
        # Where nobody takes it for a question, any way of not answering will do.
        allowed = set(theirs.values()) | {MALFORMED.get(one.label, ("",))[0]} | ({"FORMERR", "silence"} if "NOERROR" not in theirs.values() else set())
        if said(ours) not in allowed or ours.malformed:
            wrong.append(f"{one.label}: {said(ours)} {ours.malformed}; peers: {theirs}")
    assert not wrong, "\n".join(wrong)


def test_ten_thousand_mutated_packets_leave_it_alive_and_within_the_size(ports, names):
    questions = list(differential.mutated(names, 10_000))
    assert differential.too_large(ports["Kotakpos"], questions) == []
    assert ask(ports["Kotakpos"], f"www.{MAIN}").answer
