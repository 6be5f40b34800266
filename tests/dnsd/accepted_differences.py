"""Where a peer answers differently from us and that is right, or at least no fault: what the differential test lets pass.

Each rule names peers, the parts of the reply that it speaks of, and the reason. A difference passes when rules explain all of its
parts, or the two other peers have them exactly as we do. Anything else fails the test.
"""

import struct
from dataclasses import dataclass
from typing import Callable

from support.dns_message import TYPES, wire_name
from dnsd.differential import differing
from dnsd.rich_zones import ZONES, owners

SECTIONS = ("answer", "authority", "additional")
ADDRESSES = {TYPES["A"], TYPES["AAAA"], TYPES["HTTPS"], TYPES["SVCB"], TYPES["RRSIG"]}
PROOFS = {TYPES["NSEC"], TYPES["NSEC3"], TYPES["RRSIG"]}
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


def ends_outside(reply):
    """The last target of the chain is in another zone of the same server."""
    owners = {record[0] for record in reply.answer}
    return any(record[1] == TYPES["CNAME"] and record[4].lower() not in owners and zone_of(record[4].lower()) and
               zone_of(record[4].lower()) != zone_of(record[0]) for record in reply.answer)


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
         lambda d: near_the_limit(d) and {record[1] for record in set(d.ours.additional) ^ set(d.theirs.additional)} <= ADDRESSES),

    Rule(("NSD", "Knot", "BIND"), ("flag tc", *SECTIONS), "ours fits, by better compression or a smaller proof; by TCP they say the same",
         lambda d: not d.question.tcp and d.theirs.truncated and not d.ours.truncated),
    Rule(("NSD", "Knot", "BIND"), ("flag tc", *SECTIONS), "theirs fits by a few octets",
         lambda d: not d.question.tcp and d.ours.truncated and d.theirs.size > min(d.question.limit, 1232) - 40),

    # Chains through several zones.
    Rule(("Knot", "BIND"), ("rcode", "flag tc", *SECTIONS),
         "RFC 1034 4.3.2 3a: behind a CNAME the search begins anew, in whichever zone of ours; NSD does, Knot and BIND stop at the zone's end",
         lambda d: (leaves_the_zone(d) and set(d.theirs.answer) <= set(d.ours.answer)) or (d.ours.truncated and ends_outside(d.theirs))),

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

    # Signed zones.
    Rule(("NSD", "BIND"), ("answer", "flag tc"), "asked for RRSIG they give all of them; RFC 8482 7: one set is enough; Knot does as we do",
         lambda d: d.question.kind == TYPES["RRSIG"] and (d.theirs.truncated or set(d.ours.answer) < set(d.theirs.answer))),
    Rule(("NSD",), ("authority",), "more NSEC and NSEC3 than the proof needs: for the name * itself, and where the wildcard's own NSEC covers the name",
         lambda d: {record[1] for record in set(d.theirs.authority) - set(d.ours.authority)} <= PROOFS and
         set(d.ours.authority) < set(d.theirs.authority) and TYPES["SOA"] in {record[1] for record in d.ours.authority}),
    Rule(("NSD", "Knot", "BIND"), ("answer", "authority", "additional", "rcode", "flag aa"),
         "RRSIG, NSEC or NSEC3 asked at a CNAME or below a wildcard: some follow, some say that there is no such type",
         lambda d: d.question.kind in PROOFS and (TYPES["CNAME"] in {record[1] for record in d.ours.answer + d.theirs.answer} or d.ours.answer == d.theirs.answer != ())),
    Rule(("NSD",), ("authority",), "behind a DNAME the proof does not cover the new name; ours does, as Knot's and BIND's where they follow",
         lambda d: any(record[1] == TYPES["DNAME"] for record in d.ours.answer) and d.ours.answer == d.theirs.answer and
         {record[1] for record in set(d.ours.authority) ^ set(d.theirs.authority)} <= PROOFS),
    Rule(("BIND",), ("answer", "authority", "additional", "flag aa", "flag tc"),
         "NSEC asked at a cut: the parent's, with AA; only DS is answered from above (RFC 4035 3.1.4.1), so NSD, Knot and we refer",
         lambda d: d.question.kind == TYPES["NSEC"] and (is_referral(d.ours) or d.ours.truncated)),
    Rule(("Knot",), ("additional",), "HTTPS and SVCB: a proof beside the addresses that there are no more; NSD and BIND leave it out",
         lambda d: {record[1] for record in extra(d.theirs, d.ours)} <= PROOFS and not extra(d.ours, d.theirs)),

    Rule(("NSD",), ("silent", "rcode", "opcode", "asked", "flag qr", "flag rd"), "some packets with a strange opcode it drops; Knot and BIND say NOTIMP",
         lambda d: d.theirs.silent and d.question.opcode != 0 and d.ours.rcode == "NOTIMP"),

    # Knot's own ways.
    Rule(("Knot",), ("additional",), "no addresses behind KX and AFSDB, which RFC 2230 3 and RFC 1183 1 ask for; BIND adds them, as we do",
         lambda d: any(record[1] in (TYPES["KX"], TYPES["AFSDB"]) for record in d.ours.answer) and only_more_addresses(d.ours, d.theirs)),
    Rule(("Knot",), ("authority",), "a denial behind a chain: the SOA is left out where it does not fit; NSD and BIND set TC",
         lambda d: near_the_limit(d) and d.theirs.authority == () and d.ours.answer == d.theirs.answer != ()),
    Rule(("Knot", "NSD"), ("answer",), "an alias that points to itself: the same CNAME again and again; we give it once",
         lambda d: set(d.ours.answer) == set(d.theirs.answer)),

    # BIND's own ways.
    Rule(("BIND",), ("additional",), "SRV: TLSA of the service beside its addresses (RFC 7673); others do not",
         lambda d: any(record[1] == TYPES["TLSA"] for record in d.theirs.additional)),
    Rule(("BIND",), ("additional",), "no addresses at all behind many MX, and where the client takes no more than 512 octets",
         lambda d: d.theirs.additional == () and only_more_addresses(d.ours, d.theirs) and
         (len(d.ours.answer) > 13 or d.question.edns is not None and d.question.edns.size <= 512)),
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

# What we say to unusual packets and no peer says, by their labels in differential.malformed.
MALFORMED = {
    "opcode 4": ("NOTIMP", "a NOTIFY about an A record; the peers say NXDOMAIN, NOTAUTH and FORMERR, each something else"),
    "EDNS 1 and opcode 2": ("NOTIMP", "two things at once that we do not have; NSD says NOTIMP too, when it says something"),
}


def as_both_others(difference):
    """The parts that the two other peers have exactly as we do: then it is this peer's own way."""
    others = [reply for name, reply in difference.replies.items() if name not in ("Kotakpos", difference.peer)]
    return {part for part in difference.parts() if all(part not in differing(difference.ours, reply) for reply in others)}


def unexplained(found):
    """The differences that no rules explain."""
    return [one for one in found if set(one.parts()) - as_both_others(one) - set().union(*(rule.explains(one) for rule in RULES))]


def used(found):
    """How often each rule was needed, as text."""
    alone = sum(1 for one in found if as_both_others(one) == set(one.parts()))
    lines = [f"{alone:6} both other peers answer exactly as we do"]
    for rule in RULES:
        count = sum(1 for one in found if set(one.parts()) & rule.explains(one))
        lines.append(f"{count:6} {'/'.join(rule.peers)}: {rule.why}")
    return "\n".join(lines)
