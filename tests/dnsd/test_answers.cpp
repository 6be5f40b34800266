#include "dnsd/serve/responder.h"
#include "tests/dnsd/fixed_zones.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <ldns/ldns.h>
#include <memory>

using dnsd::Transport;

namespace
{
std::string question(std::string const& name, std::uint16_t type, std::uint16_t klass = 1)
{
    std::string packet("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
    auto const lower = dnsd::wire_name(name).wire;
    packet += lower;
    for (auto const number : {type, klass}) {
        packet += static_cast<char>(number >> 8U);
        packet += static_cast<char>(number);
    }
    return packet;
}

std::string opt(std::uint16_t size, std::string const& ttl = std::string(4, '\0'), std::string const& options = "")
{
    std::string record("\0\0\x29", 3);
    record += static_cast<char>(size >> 8U);
    record += static_cast<char>(size);
    record += ttl;
    record += static_cast<char>(options.size() >> 8U);
    record += static_cast<char>(options.size());
    return record + options;
}

std::string with_opt(std::string packet, std::string const& record)
{
    packet[11] = static_cast<char>(packet[11] + 1);
    return packet + record;
}

dnsd::ZoneSet const& zones()
{
    static dnsd::ZoneSet const set = support::make_zone_set(support::fixed_zone_texts());
    return set;
}

std::string raw(std::string const& packet, Transport transport = Transport::udp)
{
    static dnsd::Responder const responder("Kotakpos 1", "kotak");
    std::string reply(transport == Transport::udp ? dnsd::largest_udp_reply : dnsd::largest_message, '\0');
    reply.resize(responder.answer(zones(), packet, transport, reply));
    return reply;
}

/// The reply as text, read by ldns: "NOERROR aa", then one line per record: section, owner, TTL, type, data.
std::string shown(std::string const& reply)
{
    if (reply.empty()) return "silence";
    ldns_pkt* parsed = nullptr;
    std::vector<std::uint8_t> const bytes(reply.begin(), reply.end());
    if (ldns_wire2pkt(&parsed, bytes.data(), bytes.size()) != LDNS_STATUS_OK) return "unreadable";
    std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)> const owner(parsed, ldns_pkt_free);
    auto* rcode = ldns_pkt_rcode2str(ldns_pkt_get_rcode(parsed));
    std::string text = rcode;
    std::free(rcode);
    if (ldns_pkt_aa(parsed)) text += " aa";
    if (ldns_pkt_tc(parsed)) text += " tc";
    if (ldns_pkt_ra(parsed) || ldns_pkt_ad(parsed)) text += " ra or ad";
    std::pair<char const*, ldns_rr_list*> const sections[] = {
        {"", ldns_pkt_answer(parsed)}, {"auth ", ldns_pkt_authority(parsed)}, {"add ", ldns_pkt_additional(parsed)}};
    for (auto const& [label, list] : sections) {
        for (std::size_t i = 0; i < ldns_rr_list_rr_count(list); ++i) {
            auto* line = ldns_rr2str(ldns_rr_list_rr(list, i));
            std::string record = line;
            std::free(line);
            record.pop_back();
            std::replace(record.begin(), record.end(), '\t', ' ');
            record.replace(record.find(" IN "), 4, " ");
            text += "\n" + (label + record);
        }
    }
    return text;
}

std::string ask(std::string const& name, ldns_rr_type type)
{
    return shown(raw(with_opt(question(name, static_cast<std::uint16_t>(type)), opt(1232))));
}

constexpr auto soa = "sch.id. 300 SOA ns.sch.id. hostmaster.sch.id. 7 3600 900 1209600 300";
std::string nodata() { return std::string("NOERROR aa\nauth ") + soa; }
std::string no_such_name() { return std::string("NXDOMAIN aa\nauth ") + soa; }
} // namespace

TEST_CASE("records of a name are answered with authority", "[dns][rfc1034]")
{
    CHECK(ask("www.sch.id.", LDNS_RR_TYPE_A) == "NOERROR aa\nwww.sch.id. 3600 A 192.168.10.2");
    CHECK(ask("www.sch.id.", LDNS_RR_TYPE_AAAA) == "NOERROR aa\nwww.sch.id. 3600 AAAA 2001:db8::2");
    CHECK(ask("sch.id.", LDNS_RR_TYPE_TXT) == "NOERROR aa\nsch.id. 3600 TXT \"v=spf1 mx -all\" \"second\"");
    CHECK(ask("sch.id.", LDNS_RR_TYPE_SOA) ==
          "NOERROR aa\nsch.id. 3600 SOA ns.sch.id. hostmaster.sch.id. 7 3600 900 1209600 300");
    CHECK(ask("unknown.sch.id.", static_cast<ldns_rr_type>(65300)) ==
          "NOERROR aa\nunknown.sch.id. 3600 TYPE65300 \\# 3 010203");
}

TEST_CASE("answers that point to our hosts bring their addresses", "[dns]")
{
    CHECK(ask("sch.id.", LDNS_RR_TYPE_MX) ==
          "NOERROR aa\nsch.id. 3600 MX 10 mail.sch.id.\nadd mail.sch.id. 3600 A 192.168.10.3");
    CHECK(ask("sch.id.", LDNS_RR_TYPE_NS) ==
          "NOERROR aa\nsch.id. 3600 NS ns.sch.id.\nsch.id. 3600 NS ns.elsewhere.net.\n"
          "add ns.sch.id. 3600 A 192.168.10.1");
    CHECK(ask("_imaps._tcp.sch.id.", LDNS_RR_TYPE_SRV) ==
          "NOERROR aa\n_imaps._tcp.sch.id. 3600 SRV 0 1 993 mail.sch.id.\nadd mail.sch.id. 3600 A 192.168.10.3");
}

TEST_CASE("what is not there is denied with the SOA and its minimum as TTL", "[dns][rfc2308]")
{
    CHECK(ask("tidak.sch.id.", LDNS_RR_TYPE_A) == no_such_name());
    CHECK(ask("a.long.way.down.sch.id.", LDNS_RR_TYPE_A) == no_such_name());
    CHECK(ask("www.sch.id.", LDNS_RR_TYPE_MX) == nodata());
    CHECK(ask("tidak.lab.id.", LDNS_RR_TYPE_A) ==
          "NXDOMAIN aa\nauth lab.id. 600 SOA ns.lab.id. hostmaster.lab.id. 1 3600 900 1209600 86400");
}

TEST_CASE("a name that only has names below it exists", "[dns][rfc4592]")
{
    CHECK(ask("ent.sch.id.", LDNS_RR_TYPE_A) == nodata());
    CHECK(ask("b.c.ent.sch.id.", LDNS_RR_TYPE_A) == nodata());
    CHECK(ask("x.c.ent.sch.id.", LDNS_RR_TYPE_A) == no_such_name());
    CHECK(ask("_tcp.sch.id.", LDNS_RR_TYPE_A) == nodata());
}

TEST_CASE("CNAME chains are followed through all our zones in one answer", "[dns][rfc1034]")
{
    std::string const www = "www.sch.id. 3600 A 192.168.10.2";
    CHECK(ask("web.sch.id.", LDNS_RR_TYPE_A) == "NOERROR aa\nweb.sch.id. 3600 CNAME www.sch.id.\n" + www);
    CHECK(ask("web2.sch.id.", LDNS_RR_TYPE_A) ==
          "NOERROR aa\nweb2.sch.id. 3600 CNAME web.sch.id.\nweb.sch.id. 3600 CNAME www.sch.id.\n" + www);
    CHECK(ask("web.sch.id.", LDNS_RR_TYPE_CNAME) == "NOERROR aa\nweb.sch.id. 3600 CNAME www.sch.id.");
    CHECK(ask("web.sch.id.", LDNS_RR_TYPE_ANY) == "NOERROR aa\nweb.sch.id. 3600 CNAME www.sch.id.");
    CHECK(ask("web.sch.id.", LDNS_RR_TYPE_MX) ==
          std::string("NOERROR aa\nweb.sch.id. 3600 CNAME www.sch.id.\nauth ") + soa);
    CHECK(ask("nowhere.sch.id.", LDNS_RR_TYPE_A) ==
          std::string("NXDOMAIN aa\nnowhere.sch.id. 3600 CNAME missing.sch.id.\nauth ") + soa);
    CHECK(ask("out.sch.id.", LDNS_RR_TYPE_A) == "NOERROR aa\nout.sch.id. 3600 CNAME www.example.com.");
    CHECK(ask("other.sch.id.", LDNS_RR_TYPE_A) ==
          "NOERROR aa\nother.sch.id. 3600 CNAME host.lab.id.\nhost.lab.id. 600 A 10.0.0.2");
    CHECK(ask("kesiswa.sch.id.", LDNS_RR_TYPE_A) ==
          "NOERROR aa\nkesiswa.sch.id. 3600 CNAME x.siswa.sch.id.\nx.siswa.sch.id. 3600 A 192.168.10.99");
    CHECK(ask("loop1.sch.id.", LDNS_RR_TYPE_A) ==
          "NOERROR aa\nloop1.sch.id. 3600 CNAME loop2.sch.id.\nloop2.sch.id. 3600 CNAME loop1.sch.id.");
}

TEST_CASE("a wildcard answers for names that do not exist, under the name that was asked", "[dns][rfc4592]")
{
    CHECK(ask("x.siswa.sch.id.", LDNS_RR_TYPE_A) == "NOERROR aa\nx.siswa.sch.id. 3600 A 192.168.10.99");
    CHECK(
        ask("a.rather.long.name.siswa.sch.id.", LDNS_RR_TYPE_MX) ==
        "NOERROR aa\na.rather.long.name.siswa.sch.id. 3600 MX 5 mail.sch.id.\nadd mail.sch.id. 3600 A 192.168.10.3");
    CHECK(ask("x.siswa.sch.id.", LDNS_RR_TYPE_TXT) == nodata());
    CHECK(ask("set.siswa.sch.id.", LDNS_RR_TYPE_A) == nodata());
    CHECK(ask("below.set.siswa.sch.id.", LDNS_RR_TYPE_A) == no_such_name());
    CHECK(ask("siswa.sch.id.", LDNS_RR_TYPE_A) == nodata());
    CHECK(ask("*.siswa.sch.id.", LDNS_RR_TYPE_A) == "NOERROR aa\n*.siswa.sch.id. 3600 A 192.168.10.99");
    CHECK(ask("some.name.alias.sch.id.", LDNS_RR_TYPE_A) ==
          "NOERROR aa\nsome.name.alias.sch.id. 3600 CNAME www.sch.id.\nwww.sch.id. 3600 A 192.168.10.2");
    CHECK(ask("some.name.alias.sch.id.", LDNS_RR_TYPE_TXT) ==
          std::string("NOERROR aa\nsome.name.alias.sch.id. 3600 CNAME www.sch.id.\nauth ") + soa);
    CHECK(ask("a.b.out.sch.id.", LDNS_RR_TYPE_A) == "NOERROR aa\na.b.out.sch.id. 3600 CNAME www.example.com.");
}

TEST_CASE("below a delegation the child is named, with glue and without authority", "[dns][rfc1034]")
{
    std::string const referral =
        "NOERROR\nauth anak.sch.id. 3600 NS ns.sch.id.\nauth anak.sch.id. 3600 NS ns.anak.sch.id.\n"
        "add ns.anak.sch.id. 3600 A 192.168.10.50\nadd ns.sch.id. 3600 A 192.168.10.1";
    CHECK(ask("anak.sch.id.", LDNS_RR_TYPE_A) == referral);
    CHECK(ask("anak.sch.id.", LDNS_RR_TYPE_NS) == referral);
    CHECK(ask("www.anak.sch.id.", LDNS_RR_TYPE_A) == referral);
    CHECK(ask("ns.anak.sch.id.", LDNS_RR_TYPE_A) == referral);
    CHECK(ask("very.far.below.ns.anak.sch.id.", LDNS_RR_TYPE_TXT) == referral);
    CHECK(ask("anak.sch.id.", LDNS_RR_TYPE_DS) ==
          "NOERROR aa\nanak.sch.id. 3600 DS 12345 13 2 " + std::string(64, 'a'));
    CHECK(
        ask("keanak.sch.id.", LDNS_RR_TYPE_A) ==
        "NOERROR aa\nkeanak.sch.id. 3600 CNAME www.anak.sch.id.\nauth anak.sch.id. 3600 NS ns.sch.id.\n"
        "auth anak.sch.id. 3600 NS ns.anak.sch.id.\nadd ns.anak.sch.id. 3600 A 192.168.10.50\nadd ns.sch.id. 3600 A "
        "192.168.10.1");
}

TEST_CASE("DS of a zone of ours is asked at its parent", "[dns][rfc4035]")
{
    CHECK(ask("sub.lab.id.", LDNS_RR_TYPE_DS) ==
          "NXDOMAIN aa\nauth lab.id. 600 SOA ns.lab.id. hostmaster.lab.id. 1 3600 900 1209600 86400");
    CHECK(ask("lab.id.", LDNS_RR_TYPE_DS) ==
          "NOERROR aa\nauth lab.id. 600 SOA ns.lab.id. hostmaster.lab.id. 1 3600 900 1209600 86400");
    CHECK(ask("ns.sub.lab.id.", LDNS_RR_TYPE_A) == "NOERROR aa\nns.sub.lab.id. 3600 A 10.0.0.3");
}

TEST_CASE("questions that are not ours are refused, a broken zone is a server failure", "[dns]")
{
    CHECK(ask("example.com.", LDNS_RR_TYPE_A) == "REFUSED");
    CHECK(ask(".", LDNS_RR_TYPE_NS) == "REFUSED");
    CHECK(ask("id.", LDNS_RR_TYPE_NS) == "REFUSED");
    CHECK(ask("www.rusak.id.", LDNS_RR_TYPE_A) == "SERVFAIL");
    CHECK(ask("sch.id.", LDNS_RR_TYPE_AXFR) == "NOTIMPL");
    CHECK(ask("sch.id.", LDNS_RR_TYPE_MAILB) == "NOTIMPL");
    CHECK(shown(raw(question("sch.id.", 1, 4))) == "REFUSED");
}

TEST_CASE("ANY gives one of the record sets", "[dns][rfc8482]")
{
    CHECK(ask("sch.id.", LDNS_RR_TYPE_ANY) == "NOERROR aa\nsch.id. 3600 A 192.168.10.1");
    CHECK(ask("ent.sch.id.", LDNS_RR_TYPE_ANY) == nodata());
}

TEST_CASE("the question comes back letter for letter", "[dns]")
{
    auto packet = question("www.sch.id.", 1);
    packet[13] = 'W';
    packet[15] = 'W';
    CHECK(raw(packet).substr(12, packet.size() - 12) == packet.substr(12));
    CHECK(shown(raw(packet)) == "NOERROR aa\nWwW.sch.id. 3600 A 192.168.10.2");
}

TEST_CASE("EDNS: our size, the DO bit, unknown options, unknown versions", "[dns][rfc6891]")
{
    auto const plain = question("www.sch.id.", 1);
    auto const tail = [](std::string const& reply) { return reply.substr(reply.size() - 11); };
    CHECK(raw(plain).size() == plain.size() + 16);
    CHECK(tail(raw(with_opt(plain, opt(4096)))) == opt(1232));
    CHECK(tail(raw(with_opt(plain, opt(4096, std::string("\0\0\x80\0", 4))))) ==
          opt(1232, std::string("\0\0\x80\0", 4)));
    CHECK(tail(raw(with_opt(plain, opt(4096, std::string(4, '\0'), std::string("\xFD\xE9\0\1x", 5))))) == opt(1232));
    auto const bad_version = raw(with_opt(plain, opt(4096, std::string("\0\1\0\0", 4))));
    CHECK(tail(bad_version) == opt(1232, std::string("\1\0\0\0", 4)));
    CHECK(bad_version.size() == plain.size() + 11);
}

TEST_CASE("an answer that does not fit is cut and says so", "[dns][rfc2181]")
{
    auto const many = question("many.banyak.id.", 1);
    CHECK(shown(raw(many)) == "NOERROR aa tc");
    CHECK(shown(raw(with_opt(many, opt(4096)))) == "NOERROR aa tc");
    auto const whole = raw(many, Transport::tcp);
    CHECK(whole.size() == many.size() + 1600);
    auto const mail = question("banyak.id.", 15); // the answer fits, the sixty addresses of its target do not
    CHECK(shown(raw(mail)) == "NOERROR aa\nbanyak.id. 3600 MX 10 mail.banyak.id.");
    CHECK(shown(raw(question("x.deep.banyak.id.", 1))) == "NOERROR tc"); // glue may not be left out (RFC 9471)
    CHECK(shown(raw(question("x.deep.banyak.id.", 1), Transport::tcp))
              .find("\nadd ns40.deep.banyak.id. 3600 A 10.3.0.40") != std::string::npos);
}

TEST_CASE("CHAOS tells the version and the server", "[dns]")
{
    auto const version = raw(question("version.bind.", 16, 3));
    CHECK(version.find("Kotakpos 1") != std::string::npos);
    CHECK(raw(question("id.server.", 16, 3)).find("kotak") != std::string::npos);
    CHECK(shown(raw(question("other.bind.", 16, 3))) == "REFUSED");
}

TEST_CASE("malformed packets get FORMERR, NOTIMP or silence, never more", "[dns][rfc1035]")
{
    auto const good = with_opt(question("www.sch.id.", 1), opt(1232, std::string(4, '\0'),
                                                               std::string("\0\x0A\0\x08"
                                                                           "12345678",
                                                                           12)));
    REQUIRE(shown(raw(good)).substr(0, 10) == "NOERROR aa");
    for (std::size_t size = 0; size < good.size(); ++size) {
        auto const reply = raw(good.substr(0, size));
        if (size < 12)
            CHECK(reply.empty());
        else
            CHECK((static_cast<unsigned>(reply[3]) & 15U) == 1);
    }
    auto const changed = [&](std::size_t at, int value) {
        auto packet = question("www.sch.id.", 1);
        packet[at] = static_cast<char>(value);
        return shown(raw(packet));
    };
    CHECK(changed(2, 0x80) == "silence");
    CHECK(changed(2, 0x10) == "NOTIMPL"); // STATUS
    CHECK(changed(2, 0x28) == "REFUSED"); // the keeper's, who is not here // UPDATE
    CHECK(changed(5, 0) == "FORMERR");
    CHECK(changed(5, 2) == "FORMERR");
    CHECK(changed(7, 1) == "FORMERR");
    CHECK(changed(9, 1) == "FORMERR");
    CHECK(changed(11, 1) == "FORMERR");
    CHECK(changed(12, 0x40) == "FORMERR");
    CHECK(changed(12, 0xC0) == "FORMERR");
    auto const plain = question("www.sch.id.", 1);
    CHECK(shown(raw(plain + "x")) == "FORMERR");
    CHECK(shown(raw(with_opt(good, opt(1232)))) == "FORMERR"); // two OPT
    CHECK(shown(raw(with_opt(plain, opt(1232, std::string(4, '\0'), std::string("\0\1\0\5x", 5))))) == "FORMERR");
    CHECK(shown(raw(with_opt(plain, std::string("\1x\0", 3) + opt(1232).substr(1)))) ==
          "FORMERR"); // OPT with an owner
    // A pointer to itself and one forward, as owners in the additional section.
    auto const at = static_cast<char>(plain.size());
    for (char const target : {at, static_cast<char>(at + 20)})
        CHECK(shown(raw(with_opt(plain, std::string("\xC0") + target + std::string("\0\1\0\1\0\0\0\0\0\0", 10)))) ==
              "FORMERR");
    std::string long_name;
    for (int i = 0; i < 5; ++i) long_name += std::string(1, 60) + std::string(60, 'a');
    CHECK(shown(raw(plain.substr(0, 12) + long_name + std::string("\0\0\1\0\1", 5))) == "FORMERR");
    CHECK(shown(raw(plain.substr(0, 12) + std::string(127 * 2, '\1') + std::string("\0\0\1\0\1", 5))) == "REFUSED");
}
