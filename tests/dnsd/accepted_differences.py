"""Where a peer answers differently from us and that is right, or at least no fault: what the differential test lets pass.

Each rule names one peer, the parts of the reply that it speaks of, and the reason. A difference passes when rules explain all of
its parts. Anything else fails the test.
"""

import struct
from dataclasses import dataclass
from typing import Callable

from support.dns_message import TYPES, wire_name
from dnsd.rich_zones import ZONES, owners

SECTIONS = ("answer", "authority", "additional")
ADDRESSES = {TYPES["A"], TYPES["AAAA"], TYPES["HTTPS"], TYPES["SVCB"]}
APEXES = sorted((wire_name(name.lower()) for name in ZONES), key=len, reverse=True)

OWNERS = {wire_name(name.lower()) for text in ZONES.values() for name in owners(text)}


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
    return set(fewer.additional) <= set(more.additional) and all(record[1] in ADDRESSES for record in extra(more, fewer))


def extra(more, fewer):
    return set(more.additional) - set(fewer.additional)


def comes_from_wildcard(record):
    """No zone file has a record with that owner."""
    return record[0].lower() not in OWNERS


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

    # Additional addresses (RFC 1035 3.3.9: useful, never required).
    Rule(("NSD", "Knot", "BIND"), ("additional",), "addresses that only a wildcard gives are not added: whoever needs them asks",
         lambda d: only_more_addresses(d.theirs, d.ours) and all(comes_from_wildcard(record) for record in extra(d.theirs, d.ours))),
    Rule(("NSD", "Knot"), ("additional",), "RFC 9460 4.2: the addresses of a SVCB or HTTPS whose target is itself; BIND adds them, as we do",
         lambda d: d.ours.answer != () and only_more_addresses(d.ours, d.theirs)
         and {record[0] for record in extra(d.ours, d.theirs)} <= {record[0] for record in d.ours.answer if record[1] in (64, 65)}),

    Rule(("Knot", "BIND"), ("additional",), "at most 32 targets get their addresses added: who has more asks for them",
         lambda d: len(d.ours.answer) > 32 and only_more_addresses(d.theirs, d.ours)),

    # What comes back of the question when it is not answered.
    Rule(("NSD", "BIND"), ("asked", "flag rd"), "they leave the question out of NOTIMP, and NSD out of REFUSED for strange classes; Knot keeps it, as we do",
         lambda d: not d.theirs.asked and d.theirs.rcode in ("NOTIMP", "REFUSED")),

    # Knot's own ways.
    Rule(("Knot",), ("answer",), "a DNAME that points to itself: the same CNAME again and again; NSD and we give it once",
         lambda d: set(d.ours.answer) == set(d.theirs.answer)),

    # BIND's own ways.
    Rule(("BIND",), ("additional",), "SRV: TLSA of the service beside its addresses (RFC 7673); others do not",
         lambda d: any(record[1] == TYPES["TLSA"] for record in d.theirs.additional)),
    Rule(("BIND",), ("additional",), "no addresses at all behind many MX",
         lambda d: d.theirs.additional == () and len(d.ours.answer) > 13 and only_more_addresses(d.ours, d.theirs)),
    Rule(("BIND",), ("rcode", "flag aa", "authority", "asked", "edns"), "FORMERR or NOTIMP for classes and types it has no rules for; NSD and Knot as we do",
         lambda d: d.theirs.rcode in ("FORMERR", "NOTIMP") and (d.question.klass != 1 or d.question.kind > 127)),
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
