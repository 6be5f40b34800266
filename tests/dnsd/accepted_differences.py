"""Where a peer answers differently from us and that is right, or at least no fault: what the differential test lets pass.

Each rule names one peer, the parts of the reply that it speaks of, and the reason. A difference passes when rules explain all of
its parts. Anything else fails the test.
"""

import struct
from dataclasses import dataclass
from typing import Callable

from support.dns_message import TYPES, wire_name
from dnsd.rich_zones import ZONES

SECTIONS = ("answer", "authority", "additional")
ADDRESSES = {TYPES["A"], TYPES["AAAA"], TYPES["HTTPS"], TYPES["SVCB"]}
APEXES = sorted((wire_name(name.lower()) for name in ZONES), key=len, reverse=True)


@dataclass
class Rule:
    peers: tuple
    parts: tuple
    why: str
    holds: Callable

    def explains(self, difference):
        return set(self.parts) if difference.peer in self.peers and self.holds(difference) else set()


def zone_of(wire):
    return next((apex for apex in APEXES if wire == apex or wire.endswith(apex) and ends_on_label(wire, apex)), None)


def ends_on_label(wire, apex):
    position = 0
    while position < len(wire):
        if wire[position:] == apex:
            return True
        position += 1 + wire[position]
    return False


def leaves_the_zone(difference):
    """A CNAME or DNAME of the answer points into another zone of the same server."""
    targets = [(record[0], record[4]) for record in difference.ours.answer if record[1] in (TYPES["CNAME"], TYPES["DNAME"])]
    return any(zone_of(target.lower()) and zone_of(owner) != zone_of(target.lower()) for owner, target in targets)


def is_referral(reply):
    return "aa" not in reply.flags and any(record[1] == TYPES["NS"] for record in reply.authority)


def only_more_addresses(more, fewer):
    """`more` has what `fewer` has, and addresses besides."""
    extra = set(more.additional) - set(fewer.additional)
    return set(fewer.additional) <= set(more.additional) and all(record[1] in ADDRESSES for record in extra)


def near_the_limit(difference):
    """Somebody had to leave something out for want of room."""
    one = difference.question
    return not one.tcp and max(difference.ours.size, difference.theirs.size) > min(one.limit, 1232) - 150


RULES = [
    # Truncation and room.
    Rule(("NSD", "BIND"), ("flag tc", *SECTIONS), "RFC 9471: a referral whose glue does not fit has TC set; they send a part of it without",
         lambda d: d.ours.truncated and is_referral(d.theirs)),
    Rule(("NSD", "Knot", "BIND"), ("additional",), "addresses are added as far as there is room; everybody packs differently",
         lambda d: near_the_limit(d) and (only_more_addresses(d.ours, d.theirs) or only_more_addresses(d.theirs, d.ours))),

    # Chains through several zones.
    Rule(("Knot", "BIND"), ("rcode", *SECTIONS),
         "RFC 1034 4.3.2 3a: behind a CNAME the search begins anew, in whichever zone of ours; NSD does, Knot and BIND stop at the zone's end",
         lambda d: leaves_the_zone(d) and set(d.theirs.answer) <= set(d.ours.answer)),

    # BIND's own ways.
    Rule(("BIND",), ("rcode",), "a CNAME loop: SERVFAIL with the loop in it; NSD and Knot say NOERROR, as we do",
         lambda d: d.theirs.rcode == "SERVFAIL" and d.ours.rcode == "NOERROR" and d.ours.answer == d.theirs.answer != ()),
    Rule(("BIND",), ("authority",), "zero-no-soa-ttl: the SOA of a denied SOA question has TTL 0, so that it is not kept",
         lambda d: d.question.kind == TYPES["SOA"] and [r[:3] for r in d.ours.authority] == [r[:3] for r in d.theirs.authority]),
    Rule(("BIND",), ("flag cd",), "RFC 4035 3.1.6: an authoritative answer should have CD clear; BIND copies it",
         lambda d: "cd" in d.theirs.flags),
    Rule(("BIND",), ("additional",), "in a referral only glue below the cut; NSD and Knot add the addresses of all name servers, as we do",
         lambda d: is_referral(d.theirs) and only_more_addresses(d.ours, d.theirs)),

    # NSD's own ways.
    Rule(("NSD",), ("additional",), "with minimal-responses no addresses behind MX, SRV and SVCB; Knot and BIND add them, as we do",
         lambda d: d.ours.answer != () and d.theirs.additional == () and only_more_addresses(d.ours, d.theirs)),
]


def unexplained(found):
    """The differences that no rules explain."""
    return [one for one in found if set(one.parts()) - set().union(*(rule.explains(one) for rule in RULES))]


def used(found):
    """How often each rule was needed, as text."""
    lines = []
    for rule in RULES:
        count = sum(1 for one in found if set(one.parts()) & rule.explains(one))
        lines.append(f"{count:6} {'/'.join(rule.peers)}: {rule.why}")
    return "\n".join(lines)
