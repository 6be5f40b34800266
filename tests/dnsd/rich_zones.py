"""Zones with one of everything, for the differential tests: the same text is loaded into NSD, Knot, BIND and dnsd."""

import random

MAIN, CHILD, STAR, OTHER, SHORT, REVERSE = ("kaya.sch.id.", "anak.kaya.sch.id.", "bintang.sch.id.", "lain.example.", "singkat.example.",
                                            "21.168.192.in-addr.arpa.")
LONG_LABEL = "p" * 63
LONG_NAME = ".".join(["q" * 60] * 3)  # with the zone's name under 255

ANYTHING = f"""\
; Types of every shape.
jenis A 192.168.20.30
jenis AAAA 2001:db8::30
jenis HINFO "PC" "Linux"
jenis TXT "satu" "dua tiga" "dengan \\"kutip\\"" "\\000\\255"
jenis RP admin.kaya.sch.id. txt.kaya.sch.id.
jenis AFSDB 1 mail
jenis LOC 0 30 0.000 N 101 27 0.000 E 20.00m 1m 10000m 10m
_sip._tcp.jenis SRV 1 2 5060 www
jenis NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@kaya.sch.id!" .
jenis KX 10 mail
jenis CERT PGP 0 0 AQID
jenis SSHFP 4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789
jenis IPSECKEY 10 1 2 192.168.20.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==
jenis DHCID AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=
_25._tcp.jenis TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
jenis SMIMEA 3 0 0 0102030405
jenis OPENPGPKEY AQIDBAUGBwg=
jenis SPF "v=spf1 -all"
jenis NID 10 1014:4fff:ff20:ee64
jenis L32 10 10.1.2.0
jenis L64 10 2001:1DB8:1140:1000
jenis LP 10 l64-subnet
jenis EUI48 00-00-5e-00-53-2a
jenis EUI64 00-00-5e-ef-10-00-00-2a
jenis URI 10 1 "https://www.kaya.sch.id/"
jenis CAA 0 issue "letsencrypt.org"
jenis TYPE65534 \\# 5 0102030405
jenis SVCB 1 www alpn="h2"
www HTTPS 1 . alpn="h2,h3" ipv4hint=192.168.20.2 port=8443
layanan HTTPS 0 www
layanan2 HTTPS 1 mail alpn="h2"
layanan3 SVCB 1 svc.luar.example. port=53
_imaps._tcp SRV 0 1 993 mail
_imaps._tcp SRV 0 2 993 www
_pop3s._tcp SRV 0 0 0 .
_443._tcp.www TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
"""

NAMES = f"""\
; Empty non-terminals, case, strange octets, long names.
a.b.c.d A 192.168.20.31
a.z.c.d TXT "lain"
CamPur A 192.168.20.32
Huruf MX 10 CamPur
*.WILD A 192.168.20.33
a\\.b TXT "titik"
\\001biner\\255 TXT "biner"
spasi\\032di\\032sini TXT "x"
{LONG_LABEL} A 192.168.20.36
{LONG_NAME} A 192.168.20.37
_garis_bawah TXT "y"
-minus TXT "z"
1.2.3 PTR www
"""

WILDCARDS = """\
; Wildcards at several levels, with names that stop them (RFC 4592).
*.siswa A 192.168.20.40
*.siswa TXT "bintang"
*.siswa MX 10 mail
ada.siswa A 192.168.20.41
bawah.ent.siswa A 192.168.20.42
*.dalam.siswa AAAA 2001:db8::42
host.*.siswa TXT "tengah"
*.alias CNAME www
*.buntu CNAME tiada.nama
*.putar CNAME x.putar
*.jauh CNAME www.lain.example.
*.surat MX 5 a.siswa
*._tcp.liar SRV 0 0 80 host.siswa
"""

CHAINS = """\
; CNAME chains in and out of the zone, loops; DNAME.
c1 CNAME c2
c2 CNAME c3
c3 CNAME www
keluar CNAME www.lain.example.
keluar2 CNAME keluar
asing CNAME www.luar.test.
kosong CNAME tidak.ada.sama.sekali
kosong2 CNAME c.d
bintang CNAME apa.saja.siswa
kedel CNAME host.del1
kedel2 CNAME ns.del1
keanak CNAME www.anak
keanak2 CNAME tiada.anak
kewild CNAME x.alias
putar1 CNAME putar2
putar2 CNAME putar1
sendiri CNAME sendiri
kedn CNAME www.dn
kelama CNAME host.bintang.sch.id.
dn DNAME pindah
dn A 192.168.20.50
www.pindah A 192.168.20.51
*.bin.pindah A 192.168.20.52
c.pindah CNAME www
x.y.pindah TXT "dalam"
dn2 DNAME lain.example.
dn3 DNAME luar.test.
dn4 DNAME dn
dn5 DNAME dn5
dn6 DNAME del1
dn7 DNAME anak
panjang DNAME """ + LONG_NAME + """
"""

DELEGATIONS = """\
; Delegations: glue inside, none, above, at a sibling, two servers; names under them that are hidden; DS.
del1 NS ns.del1
del1 NS ns2.del1
ns.del1 A 192.168.20.60
ns.del1 AAAA 2001:db8::60
ns2.del1 A 192.168.20.61
host.del1 A 192.168.20.62
del2 NS ns.luar.test.
del3 NS ns1
del4 NS ns.del1
del4 NS ns.luar.test.
del5 NS ns.del5
ns.del5 A 192.168.20.63
del5 DS 12345 13 2 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF
x.y.del6 NS ns.x.y.del6
ns.x.y.del6 A 192.168.20.64
del7 NS del7
del7 A 192.168.20.65
del8 NS ns.lain.example.
del9 NS a.siswa
anak NS ns.anak
ns.anak A 192.168.20.66
anak DS 4711 13 2 ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789
"""


def big_sets():
    """Sets that fit neither 512 nor 1232 octets."""
    lines = ["; Large sets."]
    lines += [f"besar A 10.1.{i // 200}.{i % 200 + 1}" for i in range(250)]
    lines += [f'teks TXT "{"t" * 90}{i:02d}"' for i in range(30)]
    lines += [f"banyakmx MX {i} mx{i:02d}" for i in range(40)]
    lines += [f"mx{i:02d} A 192.168.20.{100 + i}" for i in range(40)]
    lines += [f"mx{i:02d} AAAA 2001:db8:1::{i:x}" for i in range(40)]
    lines += [f"sedang A 10.2.0.{i + 1}" for i in range(27)]  # 512 is between 27 and 30
    lines += [f"sedang2 A 10.3.0.{i + 1}" for i in range(29)]
    lines += [f"delbanyak NS ns{i}.delbanyak" for i in range(13)]
    lines += [f"ns{i}.delbanyak A 192.168.20.{150 + i}" for i in range(13)]
    lines += [f"ns{i}.delbanyak AAAA 2001:db8:2::{i:x}" for i in range(13)]
    return "\n".join(lines) + "\n"


def main_zone():
    head = """\
$ORIGIN kaya.sch.id.
$TTL 3600
@ SOA ns1 hostmaster 2026112201 3600 900 604800 300
@ NS ns1
@ NS ns2
@ NS ns.luar.test.
@ A 192.168.20.1
@ AAAA 2001:db8::1
@ MX 10 mail
@ MX 20 mx.luar.test.
@ TXT "v=spf1 mx -all"
@ CAA 0 issue "letsencrypt.org"
@ HTTPS 1 . alpn="h2"
ns1 A 192.168.20.1
ns1 AAAA 2001:db8::1
ns2 A 192.168.20.5
www 60 A 192.168.20.2
www 60 A 192.168.20.3
www 60 A 192.168.20.4
www 120 AAAA 2001:db8::2
mail A 192.168.20.6
mail 30 AAAA 2001:db8::6
txt TXT "kontak"
l64-subnet L64 10 2001:1DB8:1140:2000
"""
    return head + ANYTHING + NAMES + WILDCARDS + CHAINS + DELEGATIONS + big_sets()


CHILD_ZONE = """\
$ORIGIN anak.kaya.sch.id.
$TTL 600
@ SOA ns hostmaster 7 3600 900 604800 60
@ NS ns
ns A 192.168.20.66
www A 192.168.20.67
ibu CNAME www.kaya.sch.id.
sub NS ns.sub
ns.sub A 192.168.20.68
* TXT "anak"
"""

STAR_ZONE = """\
$ORIGIN bintang.sch.id.
$TTL 900
@ SOA ns.kaya.sch.id. hostmaster.kaya.sch.id. 12 3600 900 604800 900
@ NS ns1.kaya.sch.id.
@ NS ns2.kaya.sch.id.
* A 192.168.20.70
* MX 10 x
ada TXT "ada"
x.ada A 192.168.20.71
del NS ns.del
ns.del A 192.168.20.72
"""

OTHER_ZONE = """\
$ORIGIN lain.example.
$TTL 1800
@ SOA ns hostmaster 99 3600 900 604800 1800
@ NS ns
ns A 192.168.20.80
www A 192.168.20.81
kembali CNAME www.kaya.sch.id.
c CNAME kembali
@ MX 10 mail.kaya.sch.id.
"""

# The SOA's TTL is lower than its minimum: denials carry the lower (RFC 2308 3).
SHORT_ZONE = """\
$ORIGIN singkat.example.
@ 60 SOA ns hostmaster 4294967295 3600 900 604800 3600
@ 60 NS ns
ns 60 A 192.168.20.90
nol 0 A 192.168.20.91
"""

REVERSE_ZONE = """\
$ORIGIN 21.168.192.in-addr.arpa.
$TTL 3600
@ SOA ns1.kaya.sch.id. hostmaster.kaya.sch.id. 5 3600 900 604800 300
@ NS ns1.kaya.sch.id.
1 PTR ns1.kaya.sch.id.
2 PTR www.kaya.sch.id.
6 PTR mail.kaya.sch.id.
; RFC 2317.
128/26 NS ns.lain.example.
129 CNAME 129.128/26
130 CNAME 130.128/26
"""

# What people cannot enter with us, but a zone that is transferred may have: data below a cut, data of no octets.
HIDDEN = """\
hampa TYPE65280 \\# 0
*.del1 TXT "tersembunyi"
bawah.del2 TXT "tersembunyi"
del3 TXT "di titik potong"
"""

ZONES = {MAIN: main_zone(), CHILD: CHILD_ZONE, STAR: STAR_ZONE, OTHER: OTHER_ZONE, SHORT: SHORT_ZONE, REVERSE: REVERSE_ZONE}


def owners(text):
    """The owner names of a zone file above, absolute."""
    origin, found = ".", []
    for line in text.splitlines():
        words = line.split()
        if line.startswith("$ORIGIN"):
            origin = words[1]
        elif line and line[0] not in ";$ ":
            name = origin if words[0] == "@" else f"{words[0]}.{origin}"
            if name not in found:
                found.append(name)
    return found


class Names:
    """Random names around the zones' own: themselves, below, above, beside them, in any case."""
    SHELF = ["a", "www", "x", "*", "tiada", "ns", "b", "c.d", "host", "_tcp", "a.siswa", "y.z", "0"]

    def __init__(self, zones, seed):
        self.random = random.Random(seed)
        self.known = [name for text in zones.values() for name in owners(text)]
        self.apexes = list(zones)

    def pick(self):
        way = self.random.random()
        name = self.random.choice(self.known)
        if way < 0.45:
            pass
        elif way < 0.65:
            name = f"{self.random.choice(self.SHELF)}.{name}"
        elif way < 0.72:
            name = ".".join(name.split(".")[1:]) or "."
        elif way < 0.80:
            name = f"{self.random.choice(self.SHELF)}.{'.'.join(name.split('.')[1:])}"
        elif way < 0.90:
            name = f"{self.letters()}.{self.random.choice(self.apexes)}"
        elif way < 0.96:
            name = f"{self.letters()}.{self.letters()}.{name}"
        elif way < 0.98:
            name = self.random.choice(self.apexes)
        else:
            name = self.random.choice([".", "id.", "sch.id.", "luar.test.", "www.luar.test.", "aya.sch.id.", "xkaya.sch.id."])
        return self.any_case(name) if self.random.random() < 0.3 else name

    def letters(self):
        return "".join(self.random.choice("abcdefghijklmnopqrstuvwxyz0123456789-_") for _ in range(self.random.randint(1, 12)))

    def any_case(self, name):
        return "".join(letter.swapcase() if self.random.random() < 0.5 else letter for letter in name)
