#pragma once
// A zone that is signed at every change, on a clock that tests turn, and a slow, separate check of all its DNSSEC
// records.

#include "appliance/db/database.h"
#include "dnsd/sign/dnskey.h"
#include "dnsd/sign/key_folder.h"
#include "dnsd/sign/nsec3_hash.h"
#include "dnsd/sign/octets.h"
#include "dnsd/sign/private_key.h"
#include "dnsd/sign/signature.h"
#include "dnsd/sign/signer.h"
#include "dnsd/sign/sql_signing.h"
#include "dnsd/sign/type_bitmap.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_edit.h"
#include "dnsd/zone/zone_key.h"
#include "dnsd/zone/zone_reader.h"
#include "tests/support/temp_folder.h"

#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace support
{

class TestClock final : public base::Clock
{
public:
    base::Timestamp now() const override { return now_; }
    void pass(base::Microseconds time) { now_ += time.count(); }
    std::int64_t seconds() const { return now_ / 1000000; }

private:
    base::Timestamp now_ = 1795305600000000; // 2026-11-22
};

/// owner key -> type -> sorted data
using ZoneRows = std::map<std::string, std::map<std::uint16_t, std::vector<dnsd::Row>>>;

inline ZoneRows rows_of(db::Database& database, std::int64_t zone)
{
    ZoneRows rows;
    database.read([&](db::Reader& reader) {
        dnsd::read_rows(reader, zone, [&](dnsd::RowView const& row) {
            rows[std::string(row.owner)][row.type].push_back(
                {std::string(row.owner), row.type, std::string(row.rdata), row.ttl, row.origin});
        });
    });
    return rows;
}

/// Whether one of `keys` (DNSKEY rows) has made a signature over `set` that is good at `now`.
inline bool is_verified(std::vector<dnsd::Row> const& set, std::vector<dnsd::Row> const& signatures,
                        std::vector<dnsd::Row> const& keys, std::string const& zone, std::int64_t now)
{
    auto const owner = dnsd::key_name(set.front().owner, zone);
    std::vector<std::string> rdata;
    for (auto const& row : set) rdata.push_back(row.rdata);
    for (auto const& row : signatures) {
        auto const signature = dnsd::read_signature(row.rdata);
        if (!signature || signature->covered != set.front().type || signature->signer != zone) continue;
        if (signature->original_ttl != set.front().ttl || row.ttl != set.front().ttl) continue;
        if (now < signature->inception || now > signature->expiration) continue;
        if (signature->labels != dnsd::signed_labels(owner)) continue;
        auto const data =
            dnsd::signed_data(dnsd::signature_head(*signature), owner, set.front().type, set.front().ttl, rdata);
        for (auto const& key : keys)
            if (dnsd::key_tag(key.rdata) == signature->tag && dnsd::octet(key.rdata, 3) == signature->algorithm &&
                dnsd::is_signed_by(static_cast<dnsd::dnssec::Algorithm>(signature->algorithm), key.rdata.substr(4),
                                   data, signature->bytes))
                return true;
    }
    return false;
}

/// All that is wrong with a signed zone, as sentences.
class ZoneCheck
{
public:
    ZoneCheck(ZoneRows const& rows, std::string zone, std::int64_t now)
        : rows_(rows), zone_(std::move(zone)), now_(now)
    {
        if (!rows_.contains({}) || !rows_.at({}).contains(48)) {
            problems.emplace_back("no DNSKEY");
            return;
        }
        nsec3_ = rows_.at({}).contains(51);
        for (auto const& [owner, sets] : rows_) check_signatures(owner, sets);
        check_chain();
    }
    std::vector<std::string> problems;

private:
    using Sets = std::map<std::uint16_t, std::vector<dnsd::Row>>;

    bool is_occluded(std::string_view owner) const
    {
        while (!(owner = dnsd::parent_key(owner)).empty()) {
            auto const above = rows_.find(std::string(owner));
            if (above != rows_.end() && (above->second.contains(2) || above->second.contains(39))) return true;
        }
        return false;
    }
    bool is_cut(std::string const& owner) const { return !owner.empty() && rows_.at(owner).contains(2); }
    bool is_signed(std::string const& owner, std::uint16_t type) const
    {
        if (type == 46 || is_occluded(owner)) return false;
        return !is_cut(owner) || type == 43 || type == 47;
    }
    static bool has_data(Sets const& sets)
    {
        for (auto const& [type, rows] : sets)
            if (type != 46 && type != 47 && type != 50) return true;
        return false;
    }

    void check_signatures(std::string const& owner, Sets const& sets)
    {
        auto const found = sets.find(46);
        auto const signatures = found == sets.end() ? std::vector<dnsd::Row>() : found->second;
        for (auto const& row : signatures) {
            auto const covered = dnsd::read_signature(row.rdata)->covered;
            if (!sets.contains(covered) || !is_signed(owner, covered))
                say(owner, covered, "has a signature that belongs to nothing");
        }
        for (auto const& [type, set] : sets)
            if (is_signed(owner, type) && !is_verified(set, signatures, rows_.at({}).at(48), zone_, now_))
                say(owner, type, "is not signed");
    }

    std::set<std::uint16_t> types(std::string const& owner) const
    {
        std::set<std::uint16_t> all;
        auto const sets = rows_.find(owner);
        if (sets == rows_.end()) return all; // an empty non-terminal
        for (auto const& [type, rows] : sets->second)
            if (type != 50 && type != 46 && (is_signed(owner, type) || type == 2)) all.insert(type);
        bool const only_ns = is_cut(owner) && all.size() == 1;
        if (!all.empty() && !(nsec3_ && only_ns)) all.insert(46);
        return all;
    }

    void check_chain()
    {
        std::map<std::string, std::set<std::uint16_t>> expected;
        for (auto const& [owner, sets] : rows_) {
            if (is_occluded(owner) || !has_data(sets)) continue;
            if (!nsec3_) {
                expected[owner] = types(owner);
                expected[owner].insert({46, 47});
                continue;
            }
            for (std::string name = owner;; name = dnsd::parent_key(name)) {
                expected[dnsd::nsec3_key(dnsd::key_name(name, zone_))] = types(name);
                if (name.empty()) break;
            }
        }
        std::uint16_t const kind = nsec3_ ? 50 : 47;
        for (auto const& [owner, sets] : rows_) {
            if (sets.contains(kind) && !expected.contains(owner)) say(owner, kind, "is too much");
            if (sets.contains(static_cast<std::uint16_t>(97 - kind)))
                say(owner, kind, "is mixed with the other kind");
        }
        for (auto at = expected.begin(); at != expected.end(); ++at) {
            auto const next = std::next(at) == expected.end() ? expected.begin() : std::next(at);
            check_link(at->first, next->first, at->second, kind);
        }
    }

    void check_link(std::string const& owner, std::string const& next, std::set<std::uint16_t> const& types,
                    std::uint16_t kind)
    {
        auto const sets = rows_.find(owner);
        if (sets == rows_.end() || !sets->second.contains(kind)) return say(owner, kind, "is missing");
        auto const& rows = sets->second.at(kind);
        if (rows.size() != 1) return say(owner, kind, "is there twice");
        auto const bitmap = dnsd::type_bitmap(types);
        auto const data =
            nsec3_ ? dnsd::nsec3_data(dnsd::hash_of_key(next), bitmap) : dnsd::key_name(next, zone_) + bitmap;
        if (rows.front().rdata != data) say(owner, kind, "does not say what is there and what comes next");
        auto const& soa = rows_.at({}).at(6).front();
        auto const minimum = dnsd::number32(soa.rdata, soa.rdata.size() - 4);
        if (rows.front().ttl != std::min(minimum, soa.ttl)) say(owner, kind, "has a wrong TTL");
    }

    void say(std::string const& owner, std::uint16_t type, std::string const& what)
    {
        problems.push_back(dnsd::show_name(dnsd::key_name(owner, zone_)) + " TYPE" + std::to_string(type) + " " +
                           what);
    }

    ZoneRows const& rows_;
    std::string zone_;
    std::int64_t now_;
    bool nsec3_ = false;
};

/// sch.id. in a database of its own, with an SOA that goes up at every change. Not signed at first.
class SigningZone
{
public:
    SigningZone() : database({folder_.path() + "/dns.db", "dns"}), signer(dnsd::make_signer(keys_path(), clock))
    {
        database.run([](db::Transaction& t) {
            t.exec("INSERT INTO zone (zone_id, name, kind, revision, base_revision, created) "
                   "VALUES (1, 'sch.id.', 'primary', 0, 0, 0)");
        });
        add("@ 3600 SOA ns.sch.id. hostmaster.sch.id. 1 3600 900 1209600 300\n@ 3600 NS ns.sch.id.\n"
            "ns 3600 A 10.0.0.1\n@ 3600 MX 10 mail.sch.id.\nmail 86400 A 10.0.0.3\nwww 600 A 10.0.0.2\n"
            "www 600 AAAA 2001:db8::2\n*.siswa 300 A 10.0.0.9\na.b.c.ent 300 TXT \"deep\"\n"
            "anak 3600 NS ns.anak.sch.id.\nns.anak 3600 A 10.0.0.5\n"
            "anak 3600 DS 12345 13 2 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
            "lain 3600 NS ns.example.com.\nx.y.lain 300 A 10.0.0.6\nweb 300 CNAME www.sch.id.\n");
    }

    /// "www 300 A 10.0.0.1": the names in the data absolute.
    static std::vector<dnsd::Row> rows(std::string const& text)
    {
        std::vector<dnsd::Row> all;
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            std::istringstream words(line);
            dnsd::Record record;
            words >> record.owner >> record.ttl >> record.type >> std::ws;
            std::getline(words, record.rdata);
            record.owner = dnsd::absolute_name(record.owner, "sch.id.").value();
            auto const wire = dnsd::to_wire(record).value();
            auto const key = dnsd::zone_key(wire.owner, dnsd::must_wire_name("sch.id."));
            all.push_back({key, wire.type, wire.rdata, wire.ttl});
        }
        return all;
    }

    /// With keys in use at once.
    void sign(dnsd::Signing kind, dnsd::dnssec::Algorithm algorithm = dnsd::dnssec::Algorithm::ecdsap256sha256)
    {
        dnsd::KeyFolder folder(keys_path());
        auto const make = [&](dnsd::KeyRole role, std::uint16_t flags) {
            auto const key = dnsd::PrivateKey::make(algorithm);
            auto const dnskey = dnsd::dnskey_data(flags, algorithm, key.public_key());
            return dnsd::ZoneKey{dnsd::key_tag(dnskey),  role,        dnskey,     folder.write(key, "test"),
                                 dnsd::KeyState::active, clock.now(), clock.now()};
        };
        auto const ksk = make(dnsd::KeyRole::ksk, 257);
        auto const zsk = make(dnsd::KeyRole::zsk, 256);
        database.run([&](db::Transaction& t) {
            dnsd::sql::write_signed_zone(t, 1, {algorithm, 0, {}, {}, {}});
            dnsd::sql::insert_key(t, 1, ksk);
            dnsd::sql::insert_key(t, 1, zsk);
        });
        set_signing(kind);
    }
    void set_signing(dnsd::Signing kind)
    {
        database.run([&](db::Transaction& t) { dnsd::sql::set_signing(t, 1, kind); });
        edit([](dnsd::ZoneEdit&) {});
    }

    template <class Work>
    void edit(Work&& work)
    {
        database.run([&](db::Transaction& t) {
            dnsd::ZoneEdit edit(t, dnsd::read_zone(t, "sch.id.").value());
            work(edit);
            raise_serial(edit);
            signer->sign_changes(edit);
            t.exec("UPDATE zone SET revision = revision + 1 WHERE zone_id = 1");
        });
    }
    void add(std::string const& text)
    {
        edit([&](dnsd::ZoneEdit& edit) {
            for (auto const& row : rows(text)) edit.insert(row);
        });
    }
    void remove(std::string const& text)
    {
        edit([&](dnsd::ZoneEdit& edit) {
            for (auto const& row : rows(text)) edit.erase(row);
        });
    }

    ZoneRows all() { return rows_of(database, 1); }
    std::vector<std::string> problems()
    {
        return ZoneCheck(all(), dnsd::must_wire_name("sch.id."), clock.seconds()).problems;
    }
    std::string keys_path() const { return folder_.path() + "/dns-keys"; }
    std::string path(std::string const& name) const { return folder_.path() + "/" + name; }
    std::size_t journal_rows()
    {
        return static_cast<std::size_t>(database.read([](db::Reader& reader) {
            return reader.number("SELECT COUNT(*) FROM change WHERE revision = (SELECT revision FROM zone)").value();
        }));
    }

private:
    static void raise_serial(dnsd::ZoneEdit& edit)
    {
        auto const soa = edit.at({}, 6);
        if (soa.empty()) return;
        auto row = soa.front();
        edit.erase(row);
        auto const at = row.rdata.size() - 20;
        std::string serial;
        dnsd::put32(serial, dnsd::number32(row.rdata, at) + 1);
        row.rdata.replace(at, 4, serial);
        edit.insert(row);
    }
    TempFolder folder_;

public:
    TestClock clock;
    db::Database database;
    std::shared_ptr<dnsd::Signer> signer;
};

} // namespace support
