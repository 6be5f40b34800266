"""DNS messages by hand: questions as bytes, answers taken apart. For tests that must not share a parser with dnsd.

    reply = Message(ask_udp(port, question("www.sch.id", "A", edns=Edns(do=True))))
    reply.rcode, reply.has("aa"), reply.answer      # (owner, type, class, TTL, data), names in the case they were sent
"""

import socket
import struct
from dataclasses import dataclass, field

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "HINFO": 13, "MX": 15, "TXT": 16, "RP": 17, "AFSDB": 18, "SIG": 24,
         "KEY": 25, "AAAA": 28, "LOC": 29, "SRV": 33, "NAPTR": 35, "KX": 36, "CERT": 37, "DNAME": 39, "OPT": 41, "DS": 43,
         "SSHFP": 44, "IPSECKEY": 45, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48, "DHCID": 49, "NSEC3": 50, "NSEC3PARAM": 51,
         "TLSA": 52, "SMIMEA": 53, "CDS": 59, "CDNSKEY": 60, "OPENPGPKEY": 61, "CSYNC": 62, "ZONEMD": 63, "SVCB": 64,
         "HTTPS": 65, "SPF": 99, "NID": 104, "L32": 105, "L64": 106, "LP": 107, "EUI48": 108, "EUI64": 109, "TKEY": 249,
         "TSIG": 250, "IXFR": 251, "AXFR": 252, "MAILB": 253, "MAILA": 254, "ANY": 255, "URI": 256, "CAA": 257}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 6: "YXDOMAIN", 7: "YXRRSET",
          8: "NXRRSET", 9: "NOTAUTH", 10: "NOTZONE", 16: "BADVERS", 17: "BADKEY", 18: "BADTIME", 22: "BADTRUNC", 23: "BADCOOKIE"}
FLAGS = {"qr": 0x8000, "aa": 0x0400, "tc": 0x0200, "rd": 0x0100, "ra": 0x0080, "z": 0x0040, "ad": 0x0020, "cd": 0x0010}
# Types whose data holds names that may be compressed: where they begin, and how many follow one another.
NAMES_IN_DATA = {2: (0, 1), 5: (0, 1), 12: (0, 1), 39: (0, 1), 15: (2, 1), 33: (6, 1), 6: (0, 2), 17: (0, 2), 18: (2, 1), 36: (2, 1)}


def type_number(kind):
    if isinstance(kind, int):
        return kind
    return int(kind[4:]) if kind.startswith("TYPE") else TYPES[kind]


def type_name(number):
    return TYPE_NAMES.get(number, f"TYPE{number}")


def wire_name(name):
    """Text to wire; \\DDD and \\. are read. Bytes are taken as wire already."""
    if isinstance(name, bytes):
        return name
    labels, label, position = [], bytearray(), 0
    while position < len(name):
        letter = name[position]
        if letter == "\\" and name[position + 1:position + 4].isdigit():
            label.append(int(name[position + 1:position + 4]))
            position += 4
            continue
        if letter == "\\":
            position += 1
            label += name[position].encode()
        elif letter == ".":
            labels.append(bytes(label))
            label = bytearray()
        else:
            label += letter.encode()
        position += 1
    labels.append(bytes(label))
    return b"".join(bytes([len(part)]) + part for part in labels if part) + b"\0"


def text_name(wire):
    """One whole uncompressed name as text."""
    labels, position = [], 0
    while wire[position]:
        label = wire[position + 1:position + 1 + wire[position]]
        labels.append("".join(chr(c) if 33 <= c < 127 and c not in b'.\\"();@$' else f"\\{c:03d}" for c in label))
        position += 1 + wire[position]
    return ".".join(labels) + "."


@dataclass
class Edns:
    size: int = 1232
    version: int = 0
    do: bool = False
    flags: int = 0  # beside DO
    options: list = field(default_factory=list)  # (code, bytes)
    extended: int = 0

    def wire(self):
        data = b"".join(struct.pack(">HH", code, len(value)) + value for code, value in self.options)
        flags = self.flags | (0x8000 if self.do else 0)
        return b"\0" + struct.pack(">HHBBHH", 41, self.size, self.extended, self.version, flags, len(data)) + data


def question(name, kind="A", flags=0, number=0x1234, edns=None, klass=1, opcode=0, more=b"", counts=None):
    """`flags`: header bits (FLAGS). `more`: bytes behind everything. `counts`: the four counts as they shall be."""
    body = wire_name(name) + struct.pack(">HH", type_number(kind), klass)
    counts = counts or (1, 0, 0, 1 if edns else 0)
    return struct.pack(">6H", number, flags | opcode << 11, *counts) + body + (edns.wire() if edns else b"") + more


class Malformed(Exception):
    pass


class Message:
    """A whole message; raises Malformed where it does not obey RFC 1035."""

    def __init__(self, data):
        self.data = data
        if len(data) < 12:
            raise Malformed("shorter than a header")
        self.id, self.bits, *self.counts = struct.unpack(">6H", data[:12])
        self.opcode = self.bits >> 11 & 15
        self.rcode_bits = self.bits & 15
        position = 12
        self.questions = []
        for _ in range(self.counts[0]):
            name, position = self.name(position)
            kind, klass = struct.unpack_from(">HH", self.piece(position, 4))
            self.questions.append((name, kind, klass))
            position += 4
        sections = []
        for count in self.counts[1:]:
            records = []
            for _ in range(count):
                record, position = self.record(position)
                records.append(record)
            sections.append(records)
        self.answer, self.authority, self.additional = sections
        self.opt = next((record for record in self.additional if record[1] == 41), None)
        self.additional = [record for record in self.additional if record[1] != 41]
        self.trailing = data[position:]

    def has(self, flag):
        return bool(self.bits & FLAGS[flag])

    @property
    def flags(self):
        return [name for name, bit in FLAGS.items() if self.bits & bit]

    @property
    def rcode(self):
        number = self.rcode_bits | (self.opt[3] >> 24 << 4 if self.opt else 0)
        return RCODES.get(number, str(number))

    @property
    def options(self):
        """EDNS options: (code, bytes)."""
        found, data, position = [], self.opt[4] if self.opt else b"", 0
        while position < len(data):
            code, size = struct.unpack_from(">HH", data, position)
            found.append((code, data[position + 4:position + 4 + size]))
            position += 4 + size
        return found

    def piece(self, position, size):
        if position + size > len(self.data):
            raise Malformed(f"ends at {len(self.data)}, {size} octets were to follow at {position}")
        return self.data[position:position + size]

    def name(self, position):
        """(uncompressed wire name, position behind it)."""
        wire, behind, lowest = b"", None, position
        while True:
            size = self.piece(position, 1)[0]
            if size < 64:
                wire += self.piece(position, size + 1)
                position += size + 1
                if len(wire) > 255:
                    raise Malformed("a name longer than 255")
                if size == 0:
                    return wire, behind if behind is not None else position
            elif size >= 192:
                target = struct.unpack(">H", self.piece(position, 2))[0] & 0x3fff
                behind = behind if behind is not None else position + 2
                if target >= lowest:
                    raise Malformed("a pointer that does not point back")
                position = lowest = target
            else:
                raise Malformed("a label of an unknown kind")

    def record(self, position):
        owner, position = self.name(position)
        kind, klass, ttl, size = struct.unpack(">HHIH", self.piece(position, 10))
        position += 10
        data = self.piece(position, size)
        if kind in NAMES_IN_DATA:
            data = self.plain(kind, position, size)
        return (owner, kind, klass, ttl, data), position + size

    def plain(self, kind, position, size):
        """The data with its names uncompressed."""
        before, names = NAMES_IN_DATA[kind]
        data, place = self.piece(position, before), position + before
        for _ in range(names):
            name, place = self.name(place)
            data += name
        if place > position + size:
            raise Malformed("a name longer than its record")
        return data + self.data[place:position + size]


def show(record):
    owner, kind, klass, ttl, data = record
    return f"{text_name(owner)} {ttl} {'' if klass == 1 else f'CLASS{klass} '}{type_name(kind)} {data_text(kind, data)}"


def data_text(kind, data):
    if kind in (2, 5, 12, 39):
        return text_name(data)
    if kind == 1 and len(data) == 4:
        return ".".join(map(str, data))
    if kind == 46 and len(data) > 18:
        covered, algorithm, labels, ttl = struct.unpack(">HBBI", data[:8])
        return f"({type_name(covered)} {algorithm} {labels} {ttl} {data[18:30].hex()}...)"
    return data.hex() if len(data) <= 60 else f"{data[:60].hex()}...({len(data)})"


def ask_udp(port, message, seconds=3, host="127.0.0.1"):
    """The reply's bytes; None after the time."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(seconds)
        client.connect((host, port))
        client.send(message)
        try:
            while True:
                reply = client.recv(65535)
                if reply[:2] == message[:2]:
                    return reply
        except (TimeoutError, ConnectionRefusedError):
            return None


def ask_tcp(port, message, seconds=5, host="127.0.0.1"):
    """The first reply's bytes; None if the server closes."""
    with socket.create_connection((host, port), seconds) as client:
        client.sendall(framed(message))
        return read_framed(client)


def framed(message):
    return struct.pack(">H", len(message)) + message


def read_framed(client):
    """One message of a TCP connection; None at its end."""
    head = read_exactly(client, 2)
    return read_exactly(client, struct.unpack(">H", head)[0]) if head else None


def read_exactly(client, count):
    data = b""
    while len(data) < count:
        try:
            piece = client.recv(count - len(data))
        except ConnectionResetError:
            return None
        if not piece:
            return None
        data += piece
    return data


def ask(port, name, kind="A", tcp=False, host="127.0.0.1", seconds=3, **options):
    """The reply as a Message; None without one."""
    data = (ask_tcp if tcp else ask_udp)(port, question(name, kind, **options), seconds, host)
    return Message(data) if data else None
