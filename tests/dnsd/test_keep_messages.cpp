#include "appliance/base/text.h"
#include "appliance/db/database.h"
#include "dnsd/keep/journal.h"
#include "dnsd/keep/message.h"
#include "dnsd/keep/transfer_in.h"
#include "dnsd/keep/update.h"
#include "dnsd/serve/proxy_header.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/soa.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_key.h"
#include "dnsd/zone/zone_reader.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

using dnsd::MessageReader;
using dnsd::MessageWriter;
using dnsd::Row;
using Section = dnsd::MessageWriter::Section;

namespace
{
std::string const zone = dnsd::must_wire_name("sch.id.");
std::string name(std::string_view text) { return dnsd::must_wire_name(std::string(text)); }

std::string soa(std::uint32_t serial)
{
    std::string data = name("ns.sch.id") + name("admin.sch.id");
    for (std::uint32_t const number : {serial, 3600U, 600U, 86400U, 60U})
        for (int shift = 24; shift >= 0; shift -= 8) data += static_cast<char>(number >> shift & 0xFFU);
    return data;
}

struct Entry {
    std::string owner;
    std::uint16_t type;
    std::string rdata;
    std::uint16_t klass = 1;
};
Entry soa_entry(std::uint32_t serial) { return {zone, 6, soa(serial)}; }
Entry address(std::string_view owner, char last) { return {name(owner), 1, std::string("\xC0\xA8\x0A", 3) + last}; }

std::string reply(std::vector<Entry> const& entries, std::uint16_t type = 251)
{
    dnsd::MessageHeader header;
    header.flags = dnsd::MessageHeader::reply;
    MessageWriter writer(header, dnsd::Question{zone, type, 1}, 65535);
    for (auto const& entry : entries)
        writer.add(Section::answer, entry.owner, entry.type, entry.klass, 300, entry.rdata);
    return writer.take();
}

dnsd::TransferReader read(std::vector<std::vector<Entry>> const& messages, bool incremental,
                          dnsd::TransferReader::State wanted, dnsd::TransferBounds bounds = {})
{
    dnsd::TransferReader reader(zone, incremental, bounds);
    auto state = dnsd::TransferReader::State::more;
    for (auto const& message : messages) {
        REQUIRE(state == dnsd::TransferReader::State::more);
        state = reader.take(reply(message));
    }
    INFO(reader.trouble());
    CHECK(state == wanted);
    return reader;
}
using State = dnsd::TransferReader::State;
using Kind = dnsd::TransferReader::Kind;

/// A zone without any rules.
class BareZone
{
public:
    BareZone() : database_({folder_ / "dns.db", "dns"})
    {
        database_.run([](db::Transaction& t) {
            t.exec("INSERT INTO zone (zone_id, name, kind, revision, base_revision, created) "
                   "VALUES (1, 'sch.id.', 'secondary', 0, 0, 0)");
        });
    }
    /// One revision.
    template <class Work>
    auto edit(Work&& work)
    {
        return database_.run([&](db::Transaction& t) {
            dnsd::ZoneEdit zone_edit(t, dnsd::read_zone(t, "sch.id.").value());
            auto const result = work(zone_edit);
            t.exec("UPDATE zone SET revision = revision + 1 WHERE zone_id = 1");
            return result;
        });
    }
    std::optional<dnsd::Difference> since(std::uint32_t serial)
    {
        return database_.read([&](db::Reader& reader) { return dnsd::difference_since(reader, 1, serial); });
    }
    std::vector<Row> rows()
    {
        return edit([](dnsd::ZoneEdit& all) {
            std::vector<Row> list;
            all.for_each([&](Row const& row) { list.push_back(row); });
            return list;
        });
    }
    bool apply(dnsd::TransferReader transfer)
    {
        return edit([&](dnsd::ZoneEdit& target) { return dnsd::apply_transfer(target, transfer); });
    }

private:
    support::TempFolder folder_;
    db::Database database_;
};

Row row(std::string_view owner, std::uint16_t type, std::string rdata, std::uint32_t ttl = 300)
{
    return {dnsd::zone_key(name(owner), zone), type, std::move(rdata), ttl};
}
/// Sets the serial like every change does.
void raise(dnsd::ZoneEdit& edit, std::uint32_t serial)
{
    for (auto const& old : edit.at("", 6)) edit.erase(old);
    edit.insert(row("sch.id", 6, soa(serial)));
}
} // namespace

TEST_CASE("names are compressed where RFC 3597 allows it, and come out whole", "[dns][rfc1035]")
{
    MessageWriter writer({}, dnsd::Question{zone, 252, 1}, 65535);
    auto const mx = std::string("\0\x0A", 2) + name("mail.sch.id");
    auto const srv = std::string("\0\0\0\0\0\x19", 6) + name("mail.sch.id");
    CHECK(writer.add(Section::answer, zone, 15, 1, 300, mx));
    CHECK(writer.add(Section::answer, name("_smtp._tcp.sch.id"), 33, 1, 300, srv));
    CHECK(writer.add(Section::answer, zone, 6, 1, 300, soa(1)));
    auto const message = writer.take();
    CHECK(message.find(std::string("\4mail\xC0\x0C", 7)) != std::string::npos);
    CHECK(message.find(name("mail.sch.id")) != std::string::npos);
    MessageReader reader(message);
    CHECK(reader.header()->answers == 3);
    CHECK(reader.question()->name == zone);
    CHECK(reader.record()->rdata == mx);
    CHECK(reader.record()->rdata == srv);
    CHECK(reader.record()->rdata == soa(1));
    CHECK(reader.at_end());
}

TEST_CASE("a time to live with its first bit set counts as zero", "[dns][rfc2181]")
{
    CHECK(dnsd::sound_ttl(3600) == 3600);
    CHECK(dnsd::sound_ttl(0x7FFFFFFFU) == 0x7FFFFFFFU);
    CHECK(dnsd::sound_ttl(0x80000000U) == 0);
    CHECK(dnsd::sound_ttl(0xFFFFFFFFU) == 0);
}

TEST_CASE("a record that does not fit leaves the message as it was", "[dns]")
{
    MessageWriter writer({}, dnsd::Question{zone, 252, 1}, 60);
    CHECK(writer.add(Section::answer, name("a.sch.id"), 1, 1, 300, "1234"));
    CHECK_FALSE(writer.add(Section::answer, name("long.name.sch.id"), 16, 1, 300, std::string(40, '\1')));
    CHECK(writer.add(Section::answer, name("b.sch.id"), 1, 1, 300, "1234"));
    MessageReader reader(writer.take());
}

TEST_CASE("pointers that lead forward, to themselves or into the header, and names over 255 octets are refused",
          "[dns]")
{
    auto const with_name = [](std::string const& owner) {
        return std::string("\0\7\0\0\0\0\0\1\0\0\0\0", 12) + owner +
               std::string("\0\1\0\1\0\0\0\0\0\4"
                           "1234",
                           14);
    };
    auto const reads = [&](std::string const& owner) {
        auto const message = with_name(owner);
        MessageReader reader(message);
        return reader.header() && reader.record();
    };
    CHECK(reads(name("a.sch.id")));
    CHECK_FALSE(reads("\xC0\x0C"));
    CHECK_FALSE(reads(std::string("\xC0\x00", 2)));
    CHECK_FALSE(reads("\xC0\x20"));
    CHECK_FALSE(reads("\x01"
                      "a\xC0\x0C"));
    CHECK_FALSE(reads("\x40"));
    std::string longest;
    for (int i = 0; i < 4; ++i) longest += "\x3F" + std::string(63, 'a');
    CHECK_FALSE(reads(longest + std::string(1, '\0')));
}

TEST_CASE("data that does not have its type's form is refused", "[dns]")
{
    CHECK(dnsd::is_well_formed(1, "1234"));
    CHECK_FALSE(dnsd::is_well_formed(1, "12345"));
    CHECK_FALSE(dnsd::is_well_formed(28, "1234"));
    CHECK(dnsd::is_well_formed(16, "\3abc"));
    CHECK_FALSE(dnsd::is_well_formed(16, "\4abc"));
    CHECK_FALSE(dnsd::is_well_formed(16, ""));
    CHECK(dnsd::is_well_formed(6, soa(1)));
    CHECK_FALSE(dnsd::is_well_formed(6, soa(1) + "x"));
    CHECK_FALSE(dnsd::is_well_formed(15, "\1"));
    CHECK(dnsd::is_well_formed(65280, "anything"));
}

TEST_CASE("who the client is comes through to the keeper", "[dns]")
{
    for (auto const* address : {"192.168.10.77", "fd00::77"}) {
        dnsd::Client const client{net::IpAddress::parse(address).value(), 40001, dnsd::Transport::udp};
        auto const header = dnsd::show_proxy_header(client);
        auto const read = dnsd::parse_proxy_header(header);
        REQUIRE(read);
        CHECK(read->address == client.address);
        CHECK(read->port == 40001);
        CHECK(read->transport == dnsd::Transport::udp);
        for (std::size_t size = 0; size < header.size(); ++size)
            CHECK_FALSE(dnsd::parse_proxy_header(std::string_view(header).substr(0, size)));
    }
}

TEST_CASE("a whole zone arrives in any number of messages", "[dns][rfc5936]")
{
    Entry const ns{zone, 2, name("ns.sch.id")};
    auto one = read({{soa_entry(5), ns, address("ns.sch.id", '\1'), soa_entry(5)}}, false, State::done);
    CHECK(one.kind() == Kind::whole);
    CHECK(one.whole().size() == 2);
    read({{soa_entry(5)}, {ns}, {soa_entry(5)}}, false, State::done);
    auto fallback = read({{soa_entry(5), ns}, {soa_entry(5)}}, true, State::done);
    CHECK(fallback.kind() == Kind::whole);
}

TEST_CASE("a transfer that is not one zone from SOA to SOA is not taken", "[dns][rfc5936]")
{
    Entry const ns{zone, 2, name("ns.sch.id")};
    read({{ns, soa_entry(5)}}, false, State::broken);
    read({{soa_entry(5), ns, soa_entry(6)}}, false, State::broken);
    read({{soa_entry(5), ns, soa_entry(5), ns}}, false, State::broken);
    read({{soa_entry(5), ns, {name("www.sch.id"), 6, soa(5)}}}, false, State::broken);
    read({{soa_entry(5), address("ns.sch.id", '\1'), soa_entry(5)}}, false, State::broken); // no NS
    read({{soa_entry(5), {name("a.sch.id"), 255, "1234"}}}, false, State::broken);
    read({{soa_entry(5), {name("a.sch.id"), 1, "1234", 3}}}, false, State::broken);
    read({{}}, false, State::broken);
    read({{soa_entry(5), ns}}, false, State::more);
    read({{soa_entry(5), ns, address("a.sch.id", '\1')}}, false, State::broken, {.records = 2});
    read({{soa_entry(5), ns, address("a.sch.id", '\1')}}, false, State::broken, {.octets = 50});
}

TEST_CASE("names that are not below the zone are left out", "[dns]")
{
    Entry const ns{zone, 2, name("ns.sch.id")};
    auto taken = read({{soa_entry(5), ns, address("www.example.com", '\1'), soa_entry(5)}}, false, State::done);
    CHECK(taken.whole().size() == 1);
}

TEST_CASE("an incremental transfer changes the copy step by step", "[dns][rfc1995]")
{
    BareZone copy;
    Entry const ns{zone, 2, name("ns.sch.id")};
    REQUIRE(copy.apply(read({{soa_entry(1), ns, address("a.sch.id", '\1'), soa_entry(1)}}, false, State::done)));
    auto const steps = std::vector<Entry>{
        soa_entry(3), soa_entry(1), address("a.sch.id", '\1'), soa_entry(2), address("b.sch.id", '\2'),
        soa_entry(2), soa_entry(3), address("c.sch.id", '\3'), soa_entry(3)};
    auto transfer = read({steps}, true, State::done);
    CHECK(transfer.kind() == Kind::steps);
    CHECK(transfer.steps().size() == 2);
    REQUIRE(copy.apply(transfer));
    std::vector<Row> const wanted = {row("sch.id", 2, name("ns.sch.id")), row("sch.id", 6, soa(3)),
                                     row("b.sch.id", 1, "\xC0\xA8\x0A\2"), row("c.sch.id", 1, "\xC0\xA8\x0A\3")};
    CHECK(copy.rows() == wanted);
    CHECK_FALSE(copy.apply(read({steps}, true, State::done))); // it does not fit any more
    CHECK(read({{soa_entry(3)}}, true, State::done).kind() == Kind::current);
    read({{soa_entry(3), soa_entry(1), soa_entry(2), soa_entry(9), soa_entry(3), soa_entry(3)}}, true, State::broken);
}

TEST_CASE("a whole transfer touches only what differs", "[dns]")
{
    BareZone copy;
    Entry const ns{zone, 2, name("ns.sch.id")};
    copy.apply(read({{soa_entry(1), ns, address("a.sch.id", '\1'), address("b.sch.id", '\2'), soa_entry(1)}}, false,
                    State::done));
    copy.apply(read({{soa_entry(2), ns, address("a.sch.id", '\1'), address("c.sch.id", '\3'), soa_entry(2)}}, false,
                    State::done));
    auto const difference = copy.since(1);
    REQUIRE(difference);
    CHECK(difference->removed == std::vector<Row>{row("b.sch.id", 1, "\xC0\xA8\x0A\2")});
    CHECK(difference->added == std::vector<Row>{row("c.sch.id", 1, "\xC0\xA8\x0A\3")});
}

TEST_CASE("the journal is condensed: what came and went again is in no difference", "[dns][rfc1995]")
{
    BareZone primary;
    primary.edit([](dnsd::ZoneEdit& edit) {
        raise(edit, 1);
        edit.insert(row("a.sch.id", 1, "1111"));
        return edit.insert(row("t.sch.id", 1, "tttt", 60));
    });
    primary.edit([](dnsd::ZoneEdit& edit) {
        raise(edit, 2);
        edit.insert(row("b.sch.id", 1, "2222"));
        return edit.erase(row("a.sch.id", 1, "1111"));
    });
    primary.edit([](dnsd::ZoneEdit& edit) {
        raise(edit, 3);
        edit.erase(row("b.sch.id", 1, "2222"));
        edit.insert(row("a.sch.id", 1, "1111"));
        edit.insert(row("t.sch.id", 1, "tttt", 90));
        return edit.insert(row("c.sch.id", 1, "3333"));
    });
    auto const all = primary.since(1);
    REQUIRE(all);
    CHECK(all->old_soa.rdata == soa(1));
    CHECK(all->removed == std::vector<Row>{row("t.sch.id", 1, "tttt", 60)});
    CHECK(all->added == std::vector<Row>{row("c.sch.id", 1, "3333"), row("t.sch.id", 1, "tttt", 90)});
    auto const last = primary.since(2);
    CHECK(last->removed.size() == 2);
    CHECK(last->added.size() == 3);
    CHECK_FALSE(primary.since(3)); // nothing is newer
    CHECK_FALSE(primary.since(77));
}

namespace
{
std::string update(std::vector<dnsd::MessageRecord> const& prerequisites,
                   std::vector<dnsd::MessageRecord> const& changes)
{
    dnsd::MessageHeader header;
    header.flags = dnsd::opcode::update << 11U;
    MessageWriter writer(header, dnsd::Question{zone, 6, 1}, 65535);
    for (auto const& record : prerequisites) writer.add(Section::answer, record);
    for (auto const& record : changes) writer.add(Section::authority, record);
    return writer.take();
}
unsigned form_of(std::vector<dnsd::MessageRecord> const& prerequisites,
                 std::vector<dnsd::MessageRecord> const& changes)
{
    dnsd::UpdateMessage read;
    return dnsd::read_update(update(prerequisites, changes), read);
}
} // namespace

TEST_CASE("an update whose records have no meaning is FORMERR, one of another zone NOTZONE", "[dns][rfc2136]")
{
    auto const pc = name("pc1.sch.id");
    CHECK(form_of({{pc, 255, 254, 0, ""}}, {{pc, 1, 1, 300, "1234"}, {pc, 1, 255, 0, ""}, {pc, 1, 254, 0, "1234"}}) ==
          0);
    CHECK(form_of({{pc, 1, 1, 300, "1234"}}, {}) == 1); // a prerequisite with a TTL
    CHECK(form_of({{pc, 1, 255, 0, "1234"}}, {}) == 1); // "exists" with data
    CHECK(form_of({{pc, 1, 3, 0, ""}}, {}) == 1);       // another class
    CHECK(form_of({}, {{pc, 255, 1, 300, ""}}) == 1);   // adding ANY
    CHECK(form_of({}, {{pc, 1, 255, 300, ""}}) == 1);   // deleting a set with a TTL
    CHECK(form_of({}, {{pc, 1, 254, 0, ""}}) == 1);     // deleting a record without data
    CHECK(form_of({}, {{pc, 252, 255, 0, ""}}) == 1);   // deleting AXFR
    CHECK(form_of({}, {{name("pc1.example"), 1, 1, 300, "1234"}}) == 10);
    CHECK(form_of({{name("pc1.example"), 255, 254, 0, ""}}, {}) == 10);
}

TEST_CASE("which names a key may change; what is no name of the zone allows none", "[dns][rfc2136]")
{
    auto const zone = name("sch.id");
    CHECK(dnsd::name_of_pattern("@", zone) == zone);
    CHECK(dnsd::name_of_pattern("pc1", zone) == name("pc1.sch.id"));
    CHECK(dnsd::name_of_pattern("*.lab", zone) == name("lab.sch.id"));
    CHECK(dnsd::name_of_pattern("*.lab.sch.id.", zone) == name("lab.sch.id"));
    for (auto const* bad : {"*.lab..", "*.", ".", "*.lab.example.", "a..b"})
        CHECK_FALSE(dnsd::name_of_pattern(bad, zone).has_value());
    CHECK_FALSE(dnsd::name_of_pattern("*." + std::string(64, 'x'), zone).has_value());
}
