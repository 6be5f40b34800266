"""Asks several name servers the same questions and compares what they say, record by record. No parser of dnsd's is used.

    found = compare({"Kotakpos": port, "NSD": port, ...}, questions)      [Difference]
    print(report(found))
"""

import select
import socket
import struct
from collections import Counter
from dataclasses import dataclass, field

from support.dns_message import TYPES, Edns, Malformed, Message, framed, question, read_framed, show, type_name, wire_name

WINDOW = 64  # questions under way at one server
SECONDS = 2  # to wait for the first of a window
LAST_SECONDS = 0.7  # and for the last
# Data that is names only, or ends in one, is compared without case.
NAMES_AT_END = {2, 5, 12, 15, 33, 39, 6, 17, 18, 36, 46, 47, 50, 107}


@dataclass
class Question:
    name: str
    kind: int = 1
    flags: int = 0
    edns: Edns = None
    klass: int = 1
    opcode: int = 0
    tcp: bool = False
    raw: bytes = None  # instead of all this: the message from the third octet on
    label: str = ""

    def wire(self, number):
        if self.raw is not None:
            return struct.pack(">H", number) + self.raw
        return question(self.name, self.kind, self.flags, number, self.edns, self.klass, self.opcode)

    def __str__(self):
        words = [self.label] if self.raw is not None else [self.name, type_name(self.kind)]
        words += [f"class {self.klass}"] * (self.klass != 1) + [f"opcode {self.opcode}"] * (self.opcode != 0)
        words += [f"flags {self.flags:04x}"] * (self.flags != 0) + ["TCP"] * self.tcp
        if self.edns:
            edns = self.edns
            words.append(f"EDNS {edns.size}" + " DO" * edns.do + f" version {edns.version}" * (edns.version != 0) +
                         "".join(f" option {code}" for code, _ in edns.options))
        return " ".join(words)

    @property
    def limit(self):
        """The octets a reply may have."""
        if self.tcp:
            return 65535
        if self.raw is not None:
            return size_in(self.wire(0))
        return max(512, self.edns.size) if self.edns and self.edns.version == 0 else 512


def size_in(packet):
    """The octets that a packet allows its reply; 1232 when nobody can say."""
    try:
        opt = Message(packet).opt
    except Malformed:
        return 1232
    return max(512, opt[2]) if opt else 512


def many(port, questions, host="127.0.0.1", patience=LAST_SECONDS):
    """The replies' bytes in the order of the questions, None where there was silence for `patience` seconds."""
    replies = [None] * len(questions)
    by_udp = [i for i, one in enumerate(questions) if not one.tcp]
    by_tcp = [i for i, one in enumerate(questions) if one.tcp]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        client.connect((host, port))
        for start in range(0, len(by_udp), WINDOW):
            udp_window(client, questions, by_udp[start:start + WINDOW], replies, patience)
    for start in range(0, len(by_tcp), WINDOW):
        tcp_window(host, port, questions, by_tcp[start:start + WINDOW], replies)
    return replies


def udp_window(client, questions, chosen, replies, patience):
    for i in chosen:
        client.send(questions[i].wire(i & 0xffff))
    waiting = {i & 0xffff: i for i in chosen}
    while waiting:
        # Whoever is silent on purpose is so while the others have long been answered.
        if not select.select([client], [], [], SECONDS if len(waiting) == len(chosen) else patience)[0]:
            return
        try:
            data = client.recv(65535)
        except ConnectionRefusedError:
            return
        i = waiting.pop(struct.unpack(">H", data[:2])[0], None) if len(data) >= 2 else None
        if i is not None:
            replies[i] = data


def tcp_window(host, port, questions, chosen, replies):
    with socket.create_connection((host, port), 5) as client:
        client.sendall(b"".join(framed(questions[i].wire(i & 0xffff)) for i in chosen))
        waiting = {i & 0xffff: i for i in chosen}
        while waiting:
            client.settimeout(1)
            try:
                data = read_framed(client)
            except TimeoutError:
                return
            if data is None:
                return
            i = waiting.pop(struct.unpack(">H", data[:2])[0], None)
            if i is not None:
                replies[i] = data


@dataclass
class Reply:
    """What is compared: everything that a client may see, without order, case, and the serial."""
    silent: bool = False
    malformed: str = ""
    rcode: str = ""
    flags: tuple = ()
    opcode: int = 0
    asked: tuple = ()
    answer: tuple = ()
    authority: tuple = ()
    additional: tuple = ()
    edns: tuple = ()  # version, DO
    size: int = field(default=0, compare=False)
    message: Message = field(default=None, compare=False, repr=False)

    @property
    def truncated(self):
        return "tc" in self.flags


def normalised(data):
    if data is None:
        return Reply(silent=True)
    try:
        message = Message(data)
    except Malformed as error:
        return Reply(malformed=str(error), rcode=str(data[3] & 15) if len(data) > 3 else "", size=len(data))
    sections = [tuple(sorted(map(plain, part))) for part in (message.answer, message.authority, message.additional)]
    flags = tuple(message.flags)
    if "tc" in flags:  # what is left of a cut answer is everybody's own choice; TCP shows the whole
        sections = [(), (), ()]
    opt = message.opt and ((message.opt[3] >> 16) & 255, bool(message.opt[3] & 0x8000))
    return Reply(rcode=message.rcode, flags=flags, opcode=message.opcode, asked=tuple(message.questions), answer=sections[0],
                 authority=sections[1], additional=sections[2], edns=opt or (), size=len(data), message=message)


def plain(record):
    owner, kind, klass, ttl, data = record
    if kind == 6 and len(data) > 20:
        data = data[:-20] + b"\0\0\0\0" + data[-16:]
    return owner.lower(), kind, klass, ttl, data.lower() if kind in NAMES_AT_END else data


PARTS = ("silent", "malformed", "rcode", "opcode", "asked", "answer", "authority", "additional", "edns")


def differing(ours, theirs):
    """Which parts of the replies differ; a flag is a part by itself."""
    return [name for name in PARTS if getattr(ours, name) != getattr(theirs, name)] + [
        f"flag {flag}" for flag in sorted(set(ours.flags) ^ set(theirs.flags))]


@dataclass
class Difference:
    question: Question
    ours: Reply
    theirs: Reply
    peer: str
    replies: dict  # of all

    def parts(self):
        return differing(self.ours, self.theirs)

    def group(self):
        words = []
        for part in self.parts():
            if part.startswith("flag "):
                words.append(("+" if part[5:] in self.ours.flags else "-") + part[5:])
                continue
            ours, theirs = getattr(self.ours, part), getattr(self.theirs, part)
            if part in ("answer", "authority", "additional"):
                more, less = describe(set(ours) - set(theirs)), describe(set(theirs) - set(ours))
                words.append(f"{part}:" + f" +{more}" * bool(more) + f" -{less}" * bool(less))
            elif part == "asked":
                words.append("asked: none" if not ours else "asked: +" if not theirs else "asked: another")
            else:
                words.append(f"{part}: {ours} not {theirs}")
        return f"{self.peer}: " + "; ".join(words)


def describe(records):
    return ",".join(sorted({type_name(record[1]) for record in records}))


def compare(ports, questions, first=None):
    """Differences between the first server and each other one; the dictionary's order counts."""
    names = list(ports)
    first = first or names[0]
    replies = {name: [normalised(data) for data in many(port, questions)] for name, port in ports.items()}
    found = []
    for i, one in enumerate(questions):
        all_replies = {name: replies[name][i] for name in names}
        for name in names:
            if name != first and all_replies[name] != all_replies[first]:
                found.append(Difference(one, all_replies[first], all_replies[name], name, all_replies))
    return found


def too_large(port, questions):
    """Replies larger than the question allows, as text."""
    return [f"{one}: {len(data)} octets" for one, data in zip(questions, many(port, questions, patience=0.05)) if data and len(data) > one.limit]


def report(found, examples=2):
    """Grouped by what differs, most frequent first."""
    lines = []
    groups = Counter(difference.group() for difference in found)
    for group, number in groups.most_common():
        lines.append(f"{number:6} {group}")
        for difference in [one for one in found if one.group() == group][:examples]:
            lines.append(f"         {difference.question}")
            for name, reply in difference.replies.items():
                lines.append(f"           {name}: {shown(reply)}")
    return "\n".join(lines)


def shown(reply):
    if reply.silent or reply.malformed:
        return reply.malformed or "silence"
    sections = [f"{name} [{'; '.join(show(record) for record in getattr(reply, name)[:5])}]"
                for name in ("answer", "authority", "additional") if getattr(reply, name)]
    edns = f"EDNS{reply.edns}" if reply.edns else ""
    asked = "" if reply.asked else "no question"
    return " ".join(filter(None, [reply.rcode, " ".join(reply.flags), f"{reply.size} octets", *sections, edns, asked]))


# Questions.

COMMON = [TYPES[name] for name in ("A", "AAAA", "MX", "NS", "SOA", "TXT", "CNAME", "SRV", "PTR", "DS", "HTTPS", "DNAME", "CAA")]
RARE = [TYPES[name] for name in ("SVCB", "NAPTR", "TLSA", "HINFO", "RP", "LOC", "URI", "SSHFP", "DNSKEY", "NSEC", "NSEC3PARAM", "RRSIG",
                                 "KX", "SPF", "CDS", "EUI48", "LP", "L64", "AFSDB", "NSEC3", "ZONEMD", "CERT")] + [65534, 65280, 65281, 1000]


def ordinary(names, count):
    """Sensible questions of every shape."""
    random = names.random
    for _ in range(count):
        kind = random.choice(COMMON) if random.random() < 0.75 else random.choice(RARE)
        flags = random.choice([0, 0, 0x0100, 0x0100, 0x0120, 0x0110, 0x0010, 0x0020])
        edns = None
        if random.random() < 0.6:
            edns = Edns(size=random.choice([512, 1232, 1232, 1232, 4096, 800, 0, 511, 65535]), do=random.random() < 0.4)
            if random.random() < 0.15:
                edns.options = [(random.choice([65001, 100, 26946]), bytes(random.randrange(256) for _ in range(random.randrange(20))))]
        yield Question(names.pick(), kind, flags, edns, tcp=random.random() < 0.25)


def every_owner(names, kinds=(1, 28, 2, 15, 16, 5, 39, 43, 6, 33, 65)):
    """Each name of the zones, and one below it, with the types that matter, by TCP: nothing is cut."""
    for name in names.known:
        for kind in kinds:
            yield Question(name, kind, tcp=True)
            yield Question(f"bawah.{name}", kind, tcp=True)
        yield Question(name, 1, edns=Edns())


def with_proofs(names, kinds=(1, 15, 43, 2, 6, 46, 47, 48, 50, 51, 65, 5, 39)):
    """Each name of the zones, one below and one beside it, with DO, by TCP: signatures and denials, whole."""
    edns = Edns(do=True)
    for name in names.known:
        for kind in kinds:
            yield Question(name, kind, edns=edns, tcp=True)
        below, beside = f"bawah.{name}", f"{name.split('.')[0]}x.{'.'.join(name.split('.')[1:])}"
        for kind in (1, 43):
            yield Question(below, kind, edns=edns, tcp=True)
            yield Question(f"jauh.{below}", kind, edns=edns, tcp=True)
            yield Question(beside if len(name.split(".")[0]) < 63 else name, kind, edns=edns, tcp=True)


def unusual(names, count):
    """Opcodes, classes, versions and types that few ask."""
    random = names.random
    for _ in range(count):
        one = Question(names.pick(), random.choice(COMMON), random.choice([0, 0x0100]))
        way = random.randrange(6)
        if way == 0:
            one.opcode = random.choice([1, 2, 3, 6, 7, 8, 15])
        elif way == 1:
            one.klass = random.choice([3, 4, 254, 0, 2, 1000, 65535])
        elif way == 2:
            one.edns = Edns(version=random.choice([1, 2, 100, 255]), size=random.choice([512, 1232]))
        elif way == 3:
            one.flags |= random.choice([0x0400, 0x0200, 0x0080, 0x0040])
        elif way == 4:
            one.edns = Edns(flags=random.choice([1, 0x4000, 0x7fff]))
        else:
            one.kind = random.randrange(1, 65536)
            if one.kind in (41, 249, 250, 251, 252):
                one.kind = 16
        yield one


def malformed(name="www.kaya.sch.id."):
    """Packets that are no proper questions, each with a label: what comes behind the id."""
    plain, with_edns = question(name), question(name, edns=Edns())
    opt, asked = Edns().wire(), question(name)[12:]

    def packet(label, bits=0, counts=(1, 0, 0, 0), body=b"", tcp=False):
        return Question(label, raw=struct.pack(">5H", bits, *counts) + body, label=label, tcp=tcp)

    for i in range(2, len(with_edns)):
        yield Question(name, raw=with_edns[2:i], label=f"cut {'in the header' if i < 12 else 'in the name' if i < len(plain) - 4 else 'in the type' if i < len(plain) else 'in OPT'}")
    for bits, what in ((0x8000, "QR"), (0x8400, "QR AA"), (0x8180, "QR RD RA"), (0x8005, "QR REFUSED")):
        yield packet(f"answer {what}", bits, body=asked)
    for bits, what in ((0x000f, "rcode 15"), (0x0003, "rcode 3")):
        yield packet(f"question with {what}", bits, body=asked)
    for counts in ((0, 0, 0, 0), (2, 0, 0, 0), (65535, 0, 0, 0)):
        yield packet(f"QDCOUNT {counts[0]}, one is there", counts=counts, body=asked)
    yield packet("QDCOUNT 2, two are there", counts=(2, 0, 0, 0), body=asked + asked)
    yield packet("QDCOUNT 2, two different", counts=(2, 0, 0, 0), body=asked + question("ns1.kaya.sch.id.")[12:])
    yield packet("QDCOUNT 0, nothing", counts=(0, 0, 0, 0))
    yield packet("QDCOUNT 0, only OPT", counts=(0, 0, 0, 1), body=opt)
    for place, what in ((1, "ANCOUNT"), (2, "NSCOUNT"), (3, "ARCOUNT")):
        for lie in (1, 2, 65535):
            counts = [1, 0, 0, 0]
            counts[place] = lie
            yield packet(f"{what} {lie}, nothing is there", counts=tuple(counts), body=asked)
    record = wire_a(name)
    yield packet("a record in the answer section", counts=(1, 1, 0, 0), body=asked + record)
    yield packet("a record in the authority section", counts=(1, 0, 1, 0), body=asked + record)
    yield packet("a record in the additional section", counts=(1, 0, 0, 1), body=asked + record)
    yield packet("a record and OPT", counts=(1, 0, 0, 2), body=asked + record + opt)
    yield packet("OPT and a record", counts=(1, 0, 0, 2), body=asked + opt + record)
    yield packet("OPT in the answer section", counts=(1, 1, 0, 0), body=asked + opt)
    yield packet("OPT in the authority section", counts=(1, 0, 1, 0), body=asked + opt)
    yield packet("two OPT", counts=(1, 0, 0, 2), body=asked + opt + opt)
    yield packet("trailing octet", body=asked + b"\0")
    yield packet("trailing octets", body=asked + b"x" * 40)
    yield packet("trailing octet behind OPT", counts=(1, 0, 0, 1), body=asked + opt + b"\0")
    yield packet("OPT with an owner", counts=(1, 0, 0, 1), body=asked + b"\1x" + opt)
    yield packet("OPT whose length lies", counts=(1, 0, 0, 1), body=asked + opt[:-2] + b"\0\5")
    for option, what in ((b"\0\12", "a cut option"), (b"\0\12\0\377", "an option longer than OPT"), (b"\0\12\0\1x", "a cookie of 1"),
                         (b"\0\12\0\11" + b"x" * 9, "a cookie of 9"), (b"\0\12\0\51" + b"x" * 41, "a cookie of 41"),
                         (b"\0\3\0\2xx", "an NSID that is not empty"), (b"\0\13\0\2\0\1", "a keepalive"), (b"\0\10\0\4\0\7\0\0", "a subnet of no family"),
                         (b"\0\10\0\7\0\1\30\0\300\250\1", "a client subnet"), (b"\0\14\0\10" + b"\0" * 8, "padding"), (b"\0\17\0\1\0", "a cut EDE")):
        yield packet(f"OPT with {what}", counts=(1, 0, 0, 1), body=asked + opt[:-2] + struct.pack(">H", len(option)) + option)
    tail = struct.pack(">HH", 1, 1)
    for body, what in ((b"\xc0\x0c", "a pointer to itself"), (b"\xc0\x00", "a pointer into the header"), (b"\xc0\xff", "a pointer forward"),
                       (b"\3www\xc0\x0c", "a pointer loop"), (b"\3www\xc0\x10", "a pointer to itself behind a label"), (b"\x40" + b"x" * 64 + b"\0", "a label of 64"),
                       (b"\x80xx\0", "a label of kind 10"), (b"\x41\4www\0", "a bit label"), ((b"\x3f" + b"x" * 63) * 4 + b"\0", "a name of 257"),
                       ((b"\x3f" + b"x" * 63) * 3 + b"\x3e" + b"x" * 62 + b"\0", "a name of 256"), (b"\1x" * 127 + b"\0", "a name of 255"), (b"\1x" * 128 + b"\0", "a name of 257 in 128 labels"),
                       ((b"\x3f" + b"x" * 63) * 8 + b"\0", "a name of 513"), (b"\0", "the root")):
        yield packet(f"the name is {what}", body=body + tail)
    for kind, what in ((0, "type 0"), (41, "OPT"), (249, "TKEY"), (250, "TSIG"), (253, "MAILB"), (254, "MAILA"), (255, "ANY"), (252, "AXFR"), (251, "IXFR"),
                       (128, "type 128"), (248, "type 248"), (65535, "type 65535")):
        yield packet(f"asks for {what}", body=asked[:-4] + struct.pack(">HH", kind, 1))
        yield packet(f"asks for {what} by TCP", body=asked[:-4] + struct.pack(">HH", kind, 1), tcp=True)
    for klass in (0, 2, 3, 4, 254, 255, 1000):
        yield packet(f"class {klass}", body=asked[:-2] + struct.pack(">H", klass))
    for opcode in range(1, 16):
        yield packet(f"opcode {opcode}", opcode << 11, body=asked)
        yield packet(f"opcode {opcode} without a question", opcode << 11, counts=(0, 0, 0, 0))
    for version in (1, 255):
        yield packet(f"EDNS {version}", counts=(1, 0, 0, 1), body=asked + Edns(version=version).wire())
        yield packet(f"EDNS {version} for a name of strangers", counts=(1, 0, 0, 1), body=question("x.test.")[12:] + Edns(version=version).wire())
    yield packet("EDNS 1 and opcode 2", 2 << 11, counts=(1, 0, 0, 1), body=asked + Edns(version=1).wire())
    yield packet("EDNS with rcode bits", counts=(1, 0, 0, 1), body=asked + Edns(extended=1).wire())
    tsig = b"\4kunc\0" + struct.pack(">HHIH", 250, 255, 0, 10) + b"\0" * 10
    yield packet("a broken TSIG", counts=(1, 0, 0, 1), body=asked + tsig)
    yield packet("TSIG before OPT", counts=(1, 0, 0, 2), body=asked + tsig + opt)
    yield packet("two TSIG", counts=(1, 0, 0, 2), body=asked + tsig + tsig)
    yield packet("a cut TSIG", counts=(1, 0, 0, 1), body=asked + tsig[:-3])


def wire_a(name):
    return wire_name(name) + struct.pack(">HHIH", 1, 1, 60, 4) + b"\x01\x02\x03\x04"


def mutated(names, count):
    """Good questions with some octets changed: nothing is compared, the server must live and stay within the size."""
    random = names.random
    for _ in range(count):
        wire = bytearray(question(names.pick(), random.choice(COMMON), edns=Edns(do=random.random() < 0.5) if random.random() < 0.7 else None)[2:])
        for _ in range(random.randint(1, 4)):
            wire[random.randrange(len(wire))] = random.choice([0, 1, 63, 64, 127, 128, 192, 255, random.randrange(256)])
        if random.random() < 0.2:
            wire = wire[:random.randrange(len(wire) + 1)]
        yield Question("", raw=bytes(wire), label="mutated", tcp=False)
