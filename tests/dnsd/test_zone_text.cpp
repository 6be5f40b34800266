#include "dnsd/zone/generate.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/rdata_text.h"
#include "dnsd/zone/zone_text.h"
#include "tests/support/catch.h"

using dnsd::parse_zone_text;
using Lines = std::vector<std::string>;

namespace
{
Lines shown(dnsd::ParsedText const& parsed)
{
    Lines lines;
    for (auto const& line : parsed.records) {
        auto const record = dnsd::to_text(line.record);
        auto const ttl = line.record.ttl == dnsd::no_ttl ? "-" : std::to_string(record.ttl);
        lines.push_back(std::to_string(line.line) + " " + record.owner + " " + ttl + " " + record.type + " " +
                        record.rdata);
    }
    return lines;
}
Lines read(std::string_view text) { return shown(parse_zone_text(text, "sch.id.")); }
Lines refused(std::string_view text)
{
    Lines lines;
    for (auto const& line : parse_zone_text(text, "sch.id.").refused)
        lines.push_back(std::to_string(line.line) + " " + line.error.what + ": " + line.error.why);
    return lines;
}
std::string filled(std::string_view pattern, std::uint32_t number)
{
    return dnsd::fill_in(pattern, number).value_or("wrong");
}
} // namespace

TEST_CASE("a zone file of the school books is read as BIND reads it", "[dns][rfc1035]")
{
    CHECK(read("; Zone smk\n"
               "$TTL 1d\n"
               "$ORIGIN smk.sch.id.\n"
               "@\tIN\tSOA\tns.smk.sch.id. admin.smk.sch.id. (\n"
               "\t\t\t2026112201 ; serial; with (brackets)\n"
               "\t\t\t8H         ; refresh\n"
               "\t\t\t2H  4W  1D )\n"
               "\n"
               "\tIN\tNS\tns\n"
               "\tIN\tMX 10\tmail.smk.sch.id.\n"
               "ns\tIN\tA\t192.168.1.1\n"
               "www 1h30m IN A 192.168.1.2\n"
               "ftp IN 600 CNAME www\n"
               "text TXT \"one; two\" three\n"
               "$ORIGIN lab\n"
               "pc1 A 192.168.2.1\n") ==
          Lines{"4 smk.sch.id. 86400 SOA ns.smk.sch.id. admin.smk.sch.id. 2026112201 28800 7200 2419200 86400",
                "9 smk.sch.id. 86400 NS ns.smk.sch.id.", "10 smk.sch.id. 86400 MX 10 mail.smk.sch.id.",
                "11 ns.smk.sch.id. 86400 A 192.168.1.1", "12 www.smk.sch.id. 5400 A 192.168.1.2",
                "13 ftp.smk.sch.id. 600 CNAME www.smk.sch.id.",
                "14 text.smk.sch.id. 86400 TXT \"one; two\" \"three\"",
                "16 pc1.lab.smk.sch.id. 86400 A 192.168.2.1"});
}

TEST_CASE("without $TTL the last TTL goes on, or the SOA's minimum", "[dns][rfc1035][rfc2308]")
{
    CHECK(read("a A 10.0.0.1\nb 60 A 10.0.0.2\nc A 10.0.0.3\n") ==
          Lines{"1 a.sch.id. - A 10.0.0.1", "2 b.sch.id. 60 A 10.0.0.2", "3 c.sch.id. 60 A 10.0.0.3"});
    CHECK(read("@ SOA ns h 1 2 3 4 300\na A 10.0.0.1\n").back() == "2 a.sch.id. 300 A 10.0.0.1");
}

TEST_CASE("each bad line is named with what is wrong in it", "[dns]")
{
    CHECK(refused("a b c") == Lines{"1 b: there is no record type of that name"});
    CHECK(refused("pc1 192.168.10.20") == Lines{"1 192.168.10.20: the type of the record is missing"});
    CHECK(refused("pc1") == Lines{"1 DNS: the type of the record is missing"});
    CHECK(refused("pc1 3600x A 10.0.0.1") == Lines{"1 3600x: the time to live must be from 0 to 2147483647 seconds"});
    CHECK(refused("pc1 A 10.0.0.1 10.0.0.2") == Lines{"1 A 10.0.0.1 10.0.0.2: this is not an IPv4 address"});
    CHECK(refused("a..b A 10.0.0.1") ==
          Lines{"1 a..b: two dots stand next to each other, or the name begins with a dot"});
    CHECK(refused("a CH A 10.0.0.1") == Lines{"1 CH: only records of class IN are kept"});
    CHECK(refused("a TXT \"open\nb A 10.0.0.1") == Lines{"1 a TXT \"open: a text in double quotes is not closed"});
    CHECK(refused("a A ( 10.0.0.1\nb A 10.0.0.1\n") ==
          Lines{"1 a A ( 10.0.0.1: a bracket is opened and never closed"});
    CHECK(refused("a A ) 10.0.0.1\nb A x\n") ==
          Lines{"1 a A ) 10.0.0.1: a bracket is closed that was not opened", "2 A x: this is not an IPv4 address"});
    CHECK(refused("$INCLUDE other\n$TTL\n$TTL soon\n$WRONG 1\n$ORIGIN a..b\n") ==
          Lines{"1 $INCLUDE: $INCLUDE is not followed", "2 $TTL: this directive needs exactly one value",
                "3 soon: the time to live must be from 0 to 2147483647 seconds",
                "4 $WRONG: this directive is not known",
                "5 a..b: two dots stand next to each other, or the name begins with a dot"});
    CHECK(refused("@ SOA ns 1\n") == Lines{"1 SOA ns 1: an SOA record needs two names and five numbers"});
    CHECK(refused("x TYPE65300 \\# 3 0102\n") == Lines{"1 TYPE65300 \\# 3 0102: the data does not fit the type"});
    CHECK(refused(std::string(64, 'x') + " A 10.0.0.1") ==
          Lines{"1 " + std::string(64, 'x') + ": a part between two dots is longer than 63 characters"});
}

TEST_CASE("units of time add up", "[dns]")
{
    CHECK(dnsd::read_ttl("0") == 0U);
    CHECK(dnsd::read_ttl("1w2d3h4m5s") == 604800U + 2 * 86400 + 3 * 3600 + 4 * 60 + 5);
    CHECK(dnsd::read_ttl("2147483647") == 2147483647U);
    for (auto const* bad : {"", "h", "1x", "2147483648", "5w5w5w9999999d", "1h1", "-1", "1.5h"})
        CHECK_FALSE(dnsd::read_ttl(bad));
}

TEST_CASE("$GENERATE makes many records of one line", "[dns]")
{
    CHECK(read("$TTL 60\n$GENERATE 1-5/2 pc$ A 192.168.10.$\n") == Lines{"2 pc1.sch.id. 60 A 192.168.10.1",
                                                                         "2 pc3.sch.id. 60 A 192.168.10.3",
                                                                         "2 pc5.sch.id. 60 A 192.168.10.5"});
    CHECK(read("$GENERATE 8-9 h${100,4,d} 300 IN MX \"10 mail${-8}\"\n") ==
          Lines{"1 h0108.sch.id. 300 MX 10 mail0.sch.id.", "1 h0109.sch.id. 300 MX 10 mail1.sch.id."});
    CHECK(read("$GENERATE 1-1 $ PTR pc$.lain.id.\n") == Lines{"1 1.sch.id. - PTR pc1.lain.id."});
    CHECK(filled("$", 7) == "7");
    CHECK(filled("a${0,3,x}b", 26) == "a01ab");
    CHECK(filled("${0,0,o}", 8) == "10");
    CHECK(filled("${0,2,X}", 255) == "FF");
    CHECK(filled("${0,0,n}", 0x12) == "2.1");
    CHECK(filled("${0,4,n}", 0) == "0.0.");
    CHECK(filled("$$ \\$", 1) == "$ $");
    for (auto const* bad : {"${", "${x}", "${0,1,q}", "${0,1,d,4}", "${-9}", "${0,9999}"})
        CHECK(filled(bad, 1) == "wrong");
    CHECK(refused("$GENERATE 1-5\n$GENERATE 5-1 a$ A 10.0.0.$\n$GENERATE 0-2147483647 a$ A 10.0.0.1\n"
                  "$GENERATE 250-256 a$ A 10.0.0.$\n$GENERATE 1-3 a${ A 10.0.0.1\n") ==
          Lines{"1 $GENERATE: it needs a range, a name, a type and the data",
                "2 $GENERATE: it needs a range, a name, a type and the data",
                "3 0-2147483647: this would make too many records", "4 A 10.0.0.256: this is not an IPv4 address",
                "5 a${: this cannot be filled in with numbers"});
}

TEST_CASE("every type that has a text goes to wire form and back", "[dns][rfc3597]")
{
    constexpr char const* lines[] = {
        "A 192.168.10.1",
        "AAAA 2001:db8::1",
        "NS ns.sch.id.",
        "MX 10 mail.sch.id.",
        "SRV 0 1 993 mail.sch.id.",
        "TXT \"a b\" \"c\\\"d\"",
        "CAA 0 issue \"letsencrypt.org\"",
        "NAPTR 100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:info@sch.id!\" .",
        "HTTPS 1 . alpn=h2,h3 ipv4hint=192.168.10.1",
        "SVCB 1 svc.sch.id. port=853",
        "DS 12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "SSHFP 4 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "LOC 06 12 0.000 S 106 49 0.000 E 10m 1m 10000m 10m",
        "DNAME lain.sch.id.",
        "RP admin.sch.id. text.sch.id.",
        "URI 10 1 \"https://sch.id/\"",
        "TYPE65300 \\# 3 010203",
        "TYPE65301 \\# 0",
    };
    for (std::string const line : lines) {
        auto const type = dnsd::read_type(line.substr(0, line.find(' '))).value();
        auto const data = line.substr(line.find(' ') + 1);
        auto const wire = dnsd::read_rdata(type, dnsd::split_words(data), dnsd::must_wire_name("sch.id."));
        INFO(line);
        REQUIRE(wire);
        CHECK(dnsd::show_rdata(type, *wire) == data);
    }
    CHECK(read("x TYPE1 \\# 4 0a000001\ny A \\# 4 0a000002\n") ==
          Lines{"1 x.sch.id. - A 10.0.0.1", "2 y.sch.id. - A 10.0.0.2"});
    CHECK(dnsd::show_rdata(1, "xyz") == "\\# 3 78797a"); // not four octets
}
