// Reading strangers' packets: what is wrong with one gets FORMERR or silence, never an answer that is too large.

#include "tests/dnsd/packets.h"
#include "tests/support/catch.h"

using namespace support;
using dnsd::Action;
using dnsd::Transport;

namespace
{
constexpr std::size_t form_error = 1, not_implemented = 4, refused = 5, bad_version = 16;

std::string plain(std::string const& name = "www.sch.id.", std::size_t type = 1, std::size_t klass = 1)
{
    return header(0, {}) + question(name, type, klass);
}

std::string with_opt(Opt const& opt, std::string const& name = "www.sch.id.", std::size_t type = 1)
{
    return header(0, {1, 0, 0, 1}) + question(name, type) + opt.wire();
}

std::string additional(std::vector<std::string> const& records)
{
    auto packet = header(0, {1, 0, 0, records.size()}) + question("www.sch.id.");
    for (auto const& record : records) packet += record;
    return packet;
}
} // namespace

TEST_CASE("a message cut at any octet is met with FORMERR or silence", "[dns][rfc1035]")
{
    Asker asker;
    auto const whole = header(0, {1, 0, 0, 2}) + question("www.sch.id.") +
                       record(dnsd::wire_name("x.sch.id.").wire, 1, 1, "\x7f\x01\x01\x01") +
                       Opt{option(10, "12345678") + option(3)}.wire();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        INFO(size);
        auto const& exchange = asker.ask(whole.substr(0, size));
        if (size < 12) {
            CHECK(exchange.action == Action::silence);
            continue;
        }
        REQUIRE(exchange.action == Action::send);
        auto const reply = parse(asker.bytes());
        CHECK(reply.rcode == form_error);
        CHECK(reply.questions == (size < 12 + question("www.sch.id.").size() ? 0 : 1));
        CHECK_FALSE(reply.has_opt);
    }
    CHECK(asker.reply(whole).answers == 1);
}

TEST_CASE("an answer is never answered", "[dns]")
{
    Asker asker;
    CHECK(asker.ask(header(0x8000, {}) + question("www.sch.id.")).action == Action::silence);
    CHECK(asker.ask(header(0xFFFF, {}) + question("www.sch.id.")).action == Action::silence);
    CHECK(asker.ask("").action == Action::silence);
}

TEST_CASE("a name in the question is whole, uncompressed and not too long", "[dns][rfc1035]")
{
    Asker asker;
    auto const ask = [&](std::string const& name) {
        return asker.reply(header(0, {}) + name + number16(1) + number16(1));
    };
    std::string const label(63, 'a');
    std::string const labels = "\x3f" + label + "\x3f" + label + "\x3f" + label;
    CHECK(ask("\xC0\x0C").rcode == form_error);                           // to itself
    CHECK(ask("\3www\xC0\x20").rcode == form_error);                      // forward
    CHECK(ask("\3www\xC0\x0C").rcode == form_error);                      // a loop
    CHECK(ask("\x40" + std::string(64, 'a') + '\0').rcode == form_error); // a label of 64
    CHECK(ask("\x80" + std::string(64, 'a') + '\0').rcode == form_error); // a kind of label that does not exist
    CHECK(ask(labels + "\x3e" + std::string(62, 'a') + '\0').rcode == form_error); // 256 octets
    CHECK(ask(labels + "\x3d" + std::string(61, 'a') + '\0').rcode == refused);    // 255 octets
    std::string many;
    for (int i = 0; i < 127; ++i) many += "\1a";
    CHECK(ask(many + '\0').rcode == refused);
    CHECK(ask(many + "\1a" + '\0').rcode == form_error);
}

TEST_CASE("counts that lie are found out", "[dns]")
{
    Asker asker;
    auto const name = question("www.sch.id.");
    for (auto const& counts : std::vector<Counts>{{0, 0, 0, 0},
                                                  {2, 0, 0, 0},
                                                  {65535, 0, 0, 0},
                                                  {1, 1, 0, 0},
                                                  {1, 0, 1, 0},
                                                  {1, 0, 0, 1},
                                                  {1, 0, 0, 65535},
                                                  {1, 65535, 65535, 65535}}) {
        INFO(counts.questions << " " << counts.answers << " " << counts.authorities << " " << counts.additionals);
        CHECK(asker.reply(header(0, counts) + name).rcode == form_error);
    }
    CHECK(asker.reply(header(0, {2, 0, 0, 0}) + name + name).rcode == form_error);
    CHECK(asker.reply(plain() + "x").rcode == form_error);
    CHECK(asker.reply(with_opt({}) + "x").rcode == form_error);
    CHECK(asker.reply(with_opt({}) + Opt{}.wire()).rcode == form_error);
}

TEST_CASE("an ordinary question carries no answers", "[dns]")
{
    Asker asker;
    auto const extra = record(dnsd::wire_name("a.").wire, 1, 1, "\x0a\x01\x01\x01");
    CHECK(asker.reply(header(0, {1, 1, 0, 0}) + question("www.sch.id.") + extra).rcode == form_error);
    CHECK(asker.reply(header(0, {1, 0, 1, 0}) + question("www.sch.id.") + extra).rcode == form_error);
    CHECK(asker.reply(additional({extra})).answers == 1);
}

TEST_CASE("names of other records may point back, not forth nor in a circle", "[dns][rfc1035]")
{
    Asker asker;
    auto const ask = [&](std::string const& owner) {
        return asker.reply(additional({record(owner, 1, 1, "\x0a\x01\x01\x01")}));
    };
    auto const at = 12 + question("www.sch.id.").size();
    CHECK(ask("\xC0\x0C").answers == 1);
    CHECK(ask("\1x\xC0\x10").answers == 1);
    CHECK(ask("\xC0" + std::string(1, static_cast<char>(at))).rcode == form_error);     // itself
    CHECK(ask("\1x\xC0" + std::string(1, static_cast<char>(at))).rcode == form_error);  // its own beginning
    CHECK(ask("\xC0" + std::string(1, static_cast<char>(at + 2))).rcode == form_error); // forward
    CHECK(ask(std::string("\xC0\0", 2)).rcode == form_error);                           // into the header
    CHECK(ask(std::string(1, '\x40')).rcode == form_error);
    auto const first = record("\1y\xC0\x0C", 1, 1, "\x0a\x01\x01\x01");
    auto const to_first = std::string("\1x\xC0") + static_cast<char>(at);
    CHECK(asker.reply(additional({first, record(to_first, 1, 1, "\x0a\x01\x01\x01")})).answers == 1);
}

TEST_CASE("there is one OPT at most, in the additional section and owned by the root", "[dns][rfc6891]")
{
    Asker asker;
    Opt const opt;
    CHECK(asker.reply(with_opt(opt)).has_opt);
    CHECK_FALSE(asker.reply(plain()).has_opt);
    CHECK(asker.reply(additional({opt.wire(), opt.wire()})).rcode == form_error);
    CHECK(asker.reply(header(0, {1, 1, 0, 0}) + question("www.sch.id.") + opt.wire()).rcode == form_error);
    CHECK(asker.reply(header(0, {1, 0, 1, 0}) + question("www.sch.id.") + opt.wire()).rcode == form_error);
    CHECK(asker.reply(header(0, {1, 0, 1, 0}) + question("sch.id.", 251) + opt.wire()).rcode == form_error);
    CHECK(asker.reply(with_opt({"", 1232, 0, 0, std::string("\1a\0", 3)})).rcode == form_error);
    CHECK(asker.reply(with_opt({"", 1232, 0, 0, "\xC0\x0C"})).rcode == form_error);
}

TEST_CASE("options are stepped over to the last octet", "[dns][rfc6891]")
{
    Asker asker;
    CHECK(asker.reply(with_opt({option(65001, "abc") + option(0) + option(8, "\x01")})).answers == 1);
    for (auto const& bad : {std::string("a"), std::string("abc"), std::string("\0\x0a\0\x10", 4) + "abc",
                            option(65001, "abc") + "x", std::string("\xff\xff\xff\xff", 4)})
        CHECK(asker.reply(with_opt({bad})).rcode == form_error);
}

TEST_CASE("unknown EDNS flags are ignored, DO comes back", "[dns][rfc6891]")
{
    Asker asker;
    CHECK(asker.reply(with_opt({"", 1232, 0, 0x7FFF})).opt_flags == 0);
    CHECK(asker.reply(with_opt({"", 1232, 0, 0xFFFF})).opt_flags == 0x8000);
}

TEST_CASE("another EDNS version is answered with BADVERS and ours", "[dns][rfc6891]")
{
    Asker asker;
    auto const reply = asker.reply(with_opt({"", 1232, 1}));
    CHECK(reply.rcode == bad_version);
    CHECK(reply.answers == 0);
    CHECK(reply.questions == 1);
    CHECK(asker.reply(with_opt({"", 1232, 255}, "example.com.")).rcode == bad_version);
}

TEST_CASE("flags of the question that mean nothing to us change nothing", "[dns]")
{
    Asker asker;
    auto const ask = [&](std::size_t flags) { return asker.reply(header(flags, {}) + question("www.sch.id.")); };
    CHECK(ask(0).flags == (0x8000 | aa));
    CHECK(ask(aa | tc | ra | ad | 0x40 | 0x0F).flags == (0x8000 | aa));
    CHECK(ask(rd).flags == (0x8000 | aa | rd));
    CHECK(ask(cd).flags == (0x8000 | aa)); // RFC 4035 3.1.6
}

TEST_CASE("the question comes back as it was asked", "[dns]")
{
    Asker asker;
    auto const packet = header(0, {}) + std::string("\3wWw\3ScH\2iD\0", 12) + number16(1) + number16(1);
    asker.reply(packet);
    CHECK(asker.bytes().substr(0, 2) == "\x12\x34");
    CHECK(asker.bytes().substr(12, packet.size() - 12) == packet.substr(12));
}

TEST_CASE("operations we do not have are NOTIMP, with the question if it can be read", "[dns]")
{
    Asker asker;
    for (std::size_t const opcode : {1U, 2U, 3U, 6U, 7U, 15U}) {
        INFO(opcode);
        auto const flags = opcode << 11U;
        auto const reply = asker.reply(header(flags, {}) + question("www.sch.id."));
        CHECK(reply.rcode == not_implemented);
        CHECK(reply.questions == 1);
        CHECK((reply.flags >> 11U & 15U) == opcode);
        CHECK(asker.reply(header(flags, {1, 0, 0, 1}) + question("www.sch.id.") + Opt{}.wire()).has_opt);
        auto const bare = asker.reply(header(flags, {0, 0, 0, 0}));
        CHECK((bare.rcode == not_implemented && bare.questions == 0));
        CHECK(asker.reply(header(flags, {}) + "\3ww").rcode == not_implemented);
        CHECK(asker.reply(header(flags, {1, 7, 7, 7}) + question("www.sch.id.")).rcode == not_implemented);
    }
}

TEST_CASE("classes other than IN are refused, ANY has no authority", "[dns][rfc1035]")
{
    Asker asker;
    for (std::size_t const klass : {0U, 2U, 4U, 254U, 256U, 65535U}) {
        INFO(klass);
        CHECK(asker.reply(plain("www.sch.id.", 1, klass)).rcode == refused);
    }
    auto const any = asker.reply(plain("www.sch.id.", 1, 255));
    CHECK((any.answers == 1 && !any[aa]));
    CHECK(asker.reply(plain("example.com.", 1, 255)).rcode == refused);
}

TEST_CASE("types that are no records are not looked for", "[dns]")
{
    Asker asker;
    for (std::size_t const type : {41U, 249U, 250U})
        CHECK(asker.reply(plain("www.sch.id.", type)).rcode == form_error);
    for (std::size_t const type : {252U, 253U, 254U})
        CHECK(asker.reply(plain("www.sch.id.", type)).rcode == not_implemented);
    for (std::size_t const type : {0U, 128U, 200U, 65535U}) {
        auto const reply = asker.reply(plain("www.sch.id.", type));
        CHECK((reply.rcode == 0 && reply.answers == 0 && reply.authorities == 1));
    }
}

TEST_CASE("what changes zones or carries a signature goes to the keeper", "[dns]")
{
    Asker asker;
    auto const where = [&](std::string const& packet, Transport transport = Transport::udp) {
        return asker.ask(packet, "198.51.100.100", transport).action;
    };
    auto const soa = record(dnsd::wire_name("sch.id.").wire, 6, 1, std::string(22, '\0'));
    CHECK(where(header(0x2000, {1, 1, 0, 0}) + question("sch.id.", 6) + soa) == Action::ask_keeper);       // NOTIFY
    CHECK(where(header(0x2800, {1, 1, 1, 0}) + question("sch.id.", 6) + soa + soa) == Action::ask_keeper); // UPDATE
    CHECK(where(plain("sch.id.", 252), Transport::tcp) == Action::ask_keeper);
    CHECK(where(plain("sch.id.", 252)) == Action::send);
    CHECK(where(header(0, {1, 0, 1, 0}) + question("sch.id.", 251) + soa) == Action::ask_keeper);
    CHECK(where(additional({tsig()})) == Action::ask_keeper);
    CHECK(where(additional({Opt{}.wire(), tsig()})) == Action::ask_keeper);
    CHECK(where(header(0x2000, {1, 1, 0, 0}) + question("sch.id.", 6)) == Action::send); // cut off
}

TEST_CASE("TSIG is the last record and the only one", "[dns][rfc8945]")
{
    Asker asker;
    CHECK(asker.reply(additional({tsig(), tsig()})).rcode == form_error);
    CHECK(asker.reply(additional({tsig(), Opt{}.wire()})).rcode == form_error);
    CHECK(asker.reply(header(0, {1, 1, 0, 0}) + question("www.sch.id.") + tsig()).rcode == form_error);
    CHECK(asker.reply(header(0x2800, {1, 1, 0, 0}) + question("sch.id.", 6) + tsig()).rcode == form_error);
    CHECK(asker.reply(additional({record(std::string(1, '\0'), 250, 1, "x")})).rcode == form_error);
}

TEST_CASE("names of others go to the resolver for those who may, and for nobody else", "[dns]")
{
    Asker asker;
    auto const packet = header(rd, {1, 0, 0, 1}) + question("example.com.") + Opt{}.wire();
    CHECK(asker.ask(packet, "192.168.10.20").action == Action::ask_resolver);
    auto const stranger = asker.reply(packet);
    CHECK((stranger.rcode == refused && !stranger[ra]));
    CHECK(stranger.option(15) == std::string("\0\x12", 2)); // prohibited
    auto const not_wanted = asker.reply(with_opt({}, "example.com."), "192.168.10.20");
    CHECK((not_wanted.rcode == refused && not_wanted[ra]));
    CHECK(not_wanted.option(15) == std::string("\0\x14", 2)); // not authoritative
    CHECK(asker.reply(plain("example.com.")).rcode == refused);
    auto const own = asker.reply(header(rd, {}) + question("www.sch.id."), "192.168.10.20");
    CHECK((own.answers == 1 && own[ra] && own[aa]));
}

TEST_CASE("a zone that was never good says why it cannot answer", "[dns][rfc8914]")
{
    Asker asker;
    auto const reply = asker.reply(with_opt({}, "www.rusak.id."));
    CHECK(reply.rcode == 2);
    CHECK(reply.option(15) == std::string("\0\x0e", 2));
    CHECK(asker.reply(plain("www.rusak.id.")).rcode == 2);
}

TEST_CASE("no reply is larger than the asker can take", "[dns]")
{
    Asker asker;
    auto const size = [&](std::size_t said) {
        auto const reply = asker.reply(with_opt({option(3) + option(10, "12345678"), said}, "many.banyak.id."));
        CHECK(reply[tc]);
        return asker.bytes().size();
    };
    for (std::size_t const said : {0, 1, 511, 512, 513, 1232, 4096, 65535}) {
        INFO(said);
        CHECK(size(said) <= std::clamp<std::size_t>(said, 512, 1232));
    }
    auto const plain_reply = asker.reply(plain("many.banyak.id."));
    CHECK((plain_reply[tc] && plain_reply.answers == 0 && asker.bytes().size() <= 512));
    auto const whole = asker.reply(plain("many.banyak.id."), "198.51.100.100", Transport::tcp);
    CHECK((!whole[tc] && whole.answers == 100));
}

TEST_CASE("CHAOS tells version and name to those who ask for text", "[dns]")
{
    Asker asker;
    for (auto const& [name, text] : {std::pair<char const*, std::string>{"version.bind.", "Kotakpos 1"},
                                     {"version.server.", "Kotakpos 1"},
                                     {"id.server.", "kotak"},
                                     {"hostname.bind.", "kotak"},
                                     {"VERSION.Bind.", "Kotakpos 1"}}) {
        INFO(name);
        CHECK(asker.reply(plain(name, 16, 3)).answers == 1);
        CHECK(asker.bytes().substr(asker.bytes().size() - text.size()) == text);
        CHECK(asker.reply(plain(name, 1, 3)).rcode == refused);
    }
    CHECK(asker.reply(plain("authors.bind.", 16, 3)).rcode == refused);
}
