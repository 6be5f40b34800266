#include "appliance/db/database.h"
#include "appliance/tls/authority.h"
#include "dnsd/sign/octets.h"
#include "dnsd/sign/own_certificate.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_key.h"
#include "dnsd/zone/zone_reader.h"

#include <algorithm>
#include <sys/stat.h>

namespace dnsd
{

namespace
{
/// Short: mail servers that check TLSA wait for at most that long after a new certificate.
constexpr std::uint32_t tlsa_ttl = 300;
constexpr std::int64_t old_digest_stays = 2 * std::int64_t{tlsa_ttl} * 1000000;

/// Which of our services a host name of the certificate stands for.
struct ServiceHost {
    std::string_view host; ///< below the zone; empty: the zone itself
    std::vector<unsigned> ports;
};
std::vector<ServiceHost> const& service_hosts()
{
    static std::vector<ServiceHost> const hosts = {
        {"", {443}},     {"www", {443}}, {"mail", {25, 443, 465, 587, 993, 995}}, {"smtp", {25, 465, 587}},
        {"imap", {993}}, {"pop3", {995}}};
    return hosts;
}

std::string tlsa_data(std::string const& digest)
{
    std::string data;
    put8(data, 3); // DANE-EE: the certificate itself, whoever issued it
    put8(data, 1); // its public key
    put8(data, 1); // as SHA-256
    return data + digest;
}

std::string stamp_of(std::string const& file)
{
    struct stat status {
    };
    if (file.empty() || ::stat(file.c_str(), &status) != 0) return {};
    return std::to_string(status.st_ino) + " " + std::to_string(status.st_mtim.tv_sec) + " " +
           std::to_string(status.st_mtim.tv_nsec);
}

bool has_address(db::Reader& reader, std::int64_t zone, std::string_view owner)
{
    return reader
        .number("SELECT 1 FROM record WHERE zone_id = ? AND owner = ? AND type IN (1, 28) LIMIT 1", zone,
                db::Blob{owner})
        .has_value();
}

/// The difference at one service's name.
struct Difference {
    std::vector<Row> gone;
    std::vector<Row> added;
};

void compare(db::Reader& reader, std::int64_t zone, std::string const& owner, std::vector<Row> const& wanted,
             Difference& difference)
{
    std::vector<Row> present;
    bool by_hand = false;
    read_rows_at(reader, zone, owner, dnssec::tlsa, [&](RowView const& row) {
        by_hand = by_hand || row.origin == Origin::written;
        present.push_back({std::string(row.owner), row.type, std::string(row.rdata), row.ttl, row.origin});
    });
    auto const has = [](std::vector<Row> const& rows, Row const& row) {
        return std::find(rows.begin(), rows.end(), row) != rows.end();
    };
    for (auto const& row : present)
        if (row.origin == Origin::derived && (by_hand || !has(wanted, row))) difference.gone.push_back(row);
    for (auto const& row : wanted)
        if (!by_hand && !has(present, row)) difference.added.push_back(row);
}
} // namespace

void set_tlsa(db::Transaction& transaction, bool on)
{
    transaction.exec("INSERT INTO setting (key, value) VALUES ('dnssec.tlsa', ?) "
                     "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                     on ? "on" : "off");
}

bool has_tlsa(db::Reader& reader)
{
    return reader.text("SELECT value FROM setting WHERE key = 'dnssec.tlsa'") != "off";
}

void OwnCertificate::keep_in_step()
{
    look_at_file();
    auto const zones = dns_.read([](db::Reader& reader) { return read_zones(reader); });
    auto const digests = remember(digest_);
    for (auto const& zone : zones)
        if (zone.signing != Signing::off && zone.kind == ZoneKind::primary) update_zone(zone, digests);
}

void OwnCertificate::look_at_file()
{
    auto const stamp = stamp_of(file_);
    if (stamp == stamp_) return;
    auto digest = stamp.empty() ? std::string() : public_key_digest(file_);
    if (!stamp.empty() && digest.empty()) return; // not to be read now: the services still have the one that we know
    stamp_ = stamp;
    digest_ = std::move(digest);
    auto const certificate = tls::describe(file_);
    names_ = certificate ? certificate->names : std::vector<std::string>();
}

/// The digests to be served: the present one, and for a while those before it.
std::vector<std::string> OwnCertificate::remember(std::string const& digest)
{
    struct Known {
        std::string digest;
        std::optional<base::Timestamp> until;
    };
    auto const now = clock_.now();
    std::vector<Known> known;
    bool const on = dns_.read([&](db::Reader& reader) {
        auto rows = reader.query("SELECT digest, until FROM own_certificate ORDER BY digest");
        while (auto const row = rows.next())
            known.push_back({row->text(0), row->is_null(1) ? std::nullopt : std::optional(row->integer(1))});
        return has_tlsa(reader);
    });
    std::vector<std::string> served;
    bool changed = !digest.empty();
    bool past = false;
    for (auto const& one : known) {
        if (!one.until && one.digest == digest) changed = false;
        past = past || (one.until && *one.until <= now);
        if (!one.until || *one.until > now) served.push_back(one.digest);
    }
    if (changed || past)
        dns_.run([&](db::Transaction& t) {
            t.exec("DELETE FROM own_certificate WHERE until <= ?", now);
            if (!changed) return;
            t.exec("UPDATE own_certificate SET until = ? WHERE until IS NULL", now + old_digest_stays);
            t.exec("INSERT INTO own_certificate (digest, until) VALUES (?, NULL) "
                   "ON CONFLICT (digest) DO UPDATE SET until = NULL",
                   db::Blob{digest});
        });
    if (changed && std::find(served.begin(), served.end(), digest) == served.end()) served.push_back(digest);
    return on ? served : std::vector<std::string>();
}

void OwnCertificate::update_zone(ZoneHead const& zone, std::vector<std::string> const& digests)
{
    auto const difference = dns_.read([&](db::Reader& reader) {
        Difference all;
        for (auto const& [host, ports] : service_hosts()) {
            auto const name = host.empty() ? zone.name : std::string(host) + "." + zone.name;
            auto const key = zone_key(must_wire_name(name), zone.wire_name);
            bool const is_ours =
                std::find(names_.begin(), names_.end(), name.substr(0, name.size() - 1)) != names_.end();
            bool const is_served = is_ours && has_address(reader, zone.id, key);
            for (auto const port : ports) {
                auto const owner = key + "_tcp" + '\0' + "_" + std::to_string(port) + '\0';
                std::vector<Row> wanted;
                if (is_served)
                    for (auto const& digest : digests)
                        wanted.push_back({owner, dnssec::tlsa, tlsa_data(digest), tlsa_ttl, Origin::derived});
                compare(reader, zone.id, owner, wanted, all);
            }
        }
        return all;
    });
    if (difference.gone.empty() && difference.added.empty()) return;
    signing_
        .edit(zone.name,
              [&](ZoneEdit& edit) {
                  for (auto const& row : difference.gone) edit.erase(row);
                  for (auto const& row : difference.added) edit.insert(row);
              })
        .value();
}

} // namespace dnsd
