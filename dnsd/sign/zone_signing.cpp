#include "dnsd/sign/zone_signing.h"

#include "appliance/db/database.h"
#include "dnsd/sign/denial.h"
#include "dnsd/sign/dnskey.h"
#include "dnsd/sign/key_records.h"
#include "dnsd/sign/name_rows.h"
#include "dnsd/sign/octets.h"
#include "dnsd/sign/signature.h"
#include "dnsd/sign/sql_signing.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/record.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_reader.h"

#include <algorithm>

namespace dnsd
{

namespace
{
constexpr std::size_t rows_a_page = 8192;
constexpr std::int64_t end_is_near = 3 * 86400; // they are due with a week left

base::Failure refusal(std::string const& what, std::string why, std::string to_do = {})
{
    return base::Failure(base::refused(what, std::move(why), std::move(to_do)));
}

std::uint32_t soa_refresh(db::Reader& reader, std::int64_t zone)
{
    std::uint32_t refresh = 0;
    read_rows_at(reader, zone, {}, type::soa, [&](RowView const& row) {
        if (row.rdata.size() > 20) refresh = number32(row.rdata, row.rdata.size() - 16);
    });
    return refresh;
}

/// When the first signature of the zone's own name ends, in seconds since 1970; 0 when there is none.
std::int64_t earliest_end(db::Reader& reader, std::int64_t zone)
{
    std::int64_t end = 0;
    read_rows_at(reader, zone, {}, type::rrsig, [&](RowView const& row) {
        auto const signature = read_signature(row.rdata);
        if (signature && (end == 0 || signature->expiration < end)) end = signature->expiration;
    });
    return end;
}

ZoneKey const* find_key(std::vector<ZoneKey> const& keys, KeyRole role, KeyState state)
{
    for (auto const& key : keys)
        if (key.role == role && key.state == state) return &key;
    return nullptr;
}

std::string comment_of(std::string const& zone, KeyRole role, dnssec::Algorithm algorithm, std::uint16_t tag)
{
    return "DNSSEC " + std::string(role == KeyRole::ksk ? "KSK" : "ZSK") + " of " + zone + ", " +
           std::string(dnssec::name_of(algorithm)) + ", tag " + std::to_string(tag) +
           ". Private: whoever has this file can forge the zone.";
}

bool comes_from_signing(Row const& row)
{
    return row.origin == Origin::signing || is_about_others(row.type) ||
           (row.origin == Origin::derived && row.type == dnssec::tlsa);
}

/// Everything that signing has put in, and the like of it that came with a zone file.
void erase_signing(ZoneEdit& edit)
{
    std::string from;
    do {
        auto const page = sql::read_names(edit.transaction(), edit.head().id, from, rows_a_page);
        from = page.next;
        for (auto const& name : page.names)
            for (auto const& row : name.rows)
                if (comes_from_signing(row)) edit.erase(row);
    } while (!from.empty());
}

/// Refusals from inside become values.
template <class Work>
auto as_result(Work&& work) -> base::Result<std::invoke_result_t<Work>>
{
    try {
        if constexpr (std::is_void_v<std::invoke_result_t<Work>>) {
            work();
            return {};
        } else {
            return work();
        }
    } catch (base::Failure const& failure) { // found() and keys report this way
        return failure.error();
    }
}
} // namespace

/// A zone as it was when the order came.
struct ZoneSigning::Found {
    ZoneHead head;
    std::optional<SignedZone> settings;
    std::vector<ZoneKey> keys;
    Delays delays;

    ZoneKey const* key(KeyRole role, KeyState state) const { return find_key(keys, role, state); }
};

ZoneSigning::ZoneSigning(db::Database& dns, EditZone edit, std::string keys_folder, base::Clock const& clock)
    : dns_(dns), edit_(std::move(edit)), folder_(std::move(keys_folder)), clock_(clock)
{
}

ZoneSigning::Found ZoneSigning::find(std::string_view zone)
{
    auto const name = absolute_name(zone, {}).value();
    auto found = dns_.read([&](db::Reader& reader) {
        std::optional<Found> all;
        auto head = read_zone(reader, name);
        if (!head) return all;
        all.emplace(Found{*std::move(head), {}, {}, {}});
        all->settings = sql::read_signed_zone(reader, all->head.id);
        if (all->head.signing == Signing::off) all->settings.reset();
        all->keys = sql::read_keys(reader, all->head.id);
        all->delays = delays_of(all->settings.value_or(SignedZone{}), soa_refresh(reader, all->head.id));
        return all;
    });
    if (!found) throw refusal(name, "there is no such zone", "see 'kotakpos dns zones'");
    return *std::move(found);
}

ZoneSigning::Found ZoneSigning::find_signed(std::string_view zone)
{
    auto found = find(zone);
    if (!found.settings) throw refusal(found.head.name, "this zone is not signed", "see 'kotakpos dns sign'");
    return found;
}

SigningStatus ZoneSigning::status_of(Found const& found) const
{
    SigningStatus status{found.head.name, found.head.signing, {}, found.keys, {}, {}, false};
    if (!found.settings) return status;
    status.settings = *found.settings;
    status.steps = next_steps(status.settings, found.keys, found.delays);
    if (status.settings.leaves_at) {
        status.parent_must_act = *status.settings.leaves_at == 0;
        return status;
    }
    for (auto const& key : found.keys) {
        if (!is_offered_to_parent(found.keys, key)) continue;
        status.ds.push_back(show_ds(ds_data(found.head.wire_name, key.dnskey)));
        status.parent_must_act = key.state == KeyState::ready;
    }
    return status;
}

std::vector<SigningStatus> ZoneSigning::all()
{
    std::vector<SigningStatus> list;
    for (auto const& head : dns_.read([](db::Reader& reader) { return read_zones(reader); })) {
        if (head.signing == Signing::off) continue;
        auto status = status_of(find(head.name));
        if (!status.keys.empty()) list.push_back(std::move(status));
    }
    return list;
}

base::Result<SigningStatus> ZoneSigning::status(std::string_view zone)
{
    return as_result([&] { return status_of(find(zone)); });
}

std::optional<base::Error> ZoneSigning::trouble(std::string_view zone)
{
    try {
        auto const found = find_signed(zone);
        for (auto const& key : found.keys) folder_.read(key.file);
        auto const end = dns_.read([&](db::Reader& reader) { return earliest_end(reader, found.head.id); });
        auto const left = end - clock_.now() / 1000000;
        if (left <= 0)
            return base::failed(found.head.name, "its signatures have ended",
                                "see the clock, 'kotakpos status' and the log");
        if (left < end_is_near)
            return base::failed(found.head.name, "its signatures end soon and are not replaced",
                                "see 'kotakpos status' and the log");
        return std::nullopt;
    } catch (base::Failure const& failure) { // a key
        return failure.error();
    }
}

// Orders of people.

base::Result<void> ZoneSigning::sign(std::string_view zone, Signing kind, dnssec::Algorithm algorithm)
{
    return as_result([&] {
        auto const found = find(zone);
        if (found.head.kind != ZoneKind::primary)
            throw refusal(found.head.name, "only zones that are written here can be signed here",
                          "sign it where it is written");
        if (!found.settings) return begin(found, kind, algorithm).value();
        if (found.settings->algorithm != algorithm)
            throw refusal(found.head.name, "the zone is signed with another algorithm",
                          "unsign it first, then sign it with the new one");
        sign_again(found, kind).value();
    });
}

base::Result<bool> ZoneSigning::unsign(std::string_view zone, Farewell farewell)
{
    return as_result([&] {
        auto const found = find_signed(zone);
        bool const parent_may_know = std::any_of(found.keys.begin(), found.keys.end(), [](ZoneKey const& key) {
            return key.role == KeyRole::ksk && key.state != KeyState::published;
        });
        if (farewell == Farewell::at_once || !parent_may_know) {
            end(found).value();
            return true;
        }
        if (found.settings->leaves_at)
            throw refusal(found.head.name, "the zone is on its way to being unsigned already",
                          "see 'kotakpos dns keys'");
        edit_(found.head.name, [&](ZoneEdit& edit) {
            auto settings = *found.settings;
            settings.leaves_at = 0;
            sql::write_signed_zone(edit.transaction(), found.head.id, settings);
            put_key_records(edit, found.head.signing, settings, found.keys);
        }).value();
        return false;
    });
}

base::Result<void> ZoneSigning::roll(std::string_view zone, KeyRole role)
{
    return as_result([&] {
        auto const found = find_signed(zone);
        if (found.settings->leaves_at)
            throw refusal(found.head.name, "the zone is on its way to being unsigned", "see 'kotakpos dns keys'");
        if (!found.key(role, KeyState::active))
            throw refusal(found.head.name, "the parent has not got the DS of the first key yet",
                          "enter it there, then run 'kotakpos dns ds-seen'");
        auto const count =
            std::count_if(found.keys.begin(), found.keys.end(), [&](ZoneKey const& key) { return key.role == role; });
        if (count > 1)
            throw refusal(found.head.name, "this key is being replaced already",
                          "wait for the steps that 'kotakpos dns keys' shows");
        add_key(found, role).value();
    });
}

base::Result<void> ZoneSigning::parent_has_acted(std::string_view zone)
{
    return as_result([&] {
        auto const found = find_signed(zone);
        if (found.settings->leaves_at == base::Timestamp{0}) {
            auto settings = *found.settings;
            settings.leaves_at = clock_.now() + found.delays.parent.count();
            dns_.run([&](db::Transaction& t) { sql::write_signed_zone(t, found.head.id, settings); });
            return;
        }
        auto const* const ready = found.key(KeyRole::ksk, KeyState::ready);
        if (!ready) throw refusal(found.head.name, "nothing waits for the parent now", "see 'kotakpos dns keys'");
        hand_over(found, *ready).value();
    });
}

// What they consist of.

base::Result<void> ZoneSigning::begin(Found const& found, Signing kind, dnssec::Algorithm algorithm)
{
    auto const& zone = found.head.name;
    std::vector<ZoneKey> keys;
    keys.push_back(make_key(zone, KeyRole::ksk, algorithm, KeyState::published, keys));
    keys.push_back(make_key(zone, KeyRole::zsk, algorithm, KeyState::active, keys));
    SignedZone settings;
    settings.algorithm = algorithm;
    return edit_(zone, [&](ZoneEdit& edit) {
        erase_signing(edit);
        for (auto const type : {dnssec::dnskey, dnssec::cds, dnssec::cdnskey}) // keys that nobody signs with any more
            for (auto const& row : edit.at({}, type)) edit.erase(row);
        sql::delete_signed_zone(edit.transaction(), found.head.id);
        sql::write_signed_zone(edit.transaction(), found.head.id, settings);
        for (auto const& key : keys) sql::insert_key(edit.transaction(), found.head.id, key);
        sql::set_signing(edit.transaction(), found.head.id, kind);
        put_key_records(edit, kind, settings, keys);
    });
}

/// Without its chain the zone is looked at as a whole: what is good stays.
base::Result<void> ZoneSigning::sign_again(Found const& found, Signing kind)
{
    auto settings = *found.settings;
    settings.leaves_at.reset();
    return edit_(found.head.name, [&](ZoneEdit& edit) {
        sql::write_signed_zone(edit.transaction(), found.head.id, settings);
        sql::set_signing(edit.transaction(), found.head.id, kind);
        Denial const denial(kind, found.head.wire_name, 0);
        for (auto const& row : edit.at(denial.owner_for({}), denial.type())) edit.erase(row);
        put_key_records(edit, kind, settings, found.keys);
    });
}

ZoneKey ZoneSigning::make_key(std::string const& zone, KeyRole role, dnssec::Algorithm algorithm, KeyState state,
                              std::vector<ZoneKey> const& others)
{
    auto const flags = role == KeyRole::ksk ? dnssec::ksk_flags : dnssec::zsk_flags;
    for (;;) {
        auto const key = PrivateKey::make(algorithm);
        auto const dnskey = dnskey_data(flags, algorithm, key.public_key());
        auto const tag = key_tag(dnskey);
        if (std::any_of(others.begin(), others.end(), [&](ZoneKey const& other) { return other.tag == tag; }))
            continue; // two keys with one tag are legal, but nobody can talk about them
        auto const now = clock_.now();
        return {tag, role, dnskey, folder_.write(key, comment_of(zone, role, algorithm, tag)), state, now, now};
    }
}

base::Result<void> ZoneSigning::add_key(Found const& found, KeyRole role)
{
    auto keys = found.keys;
    keys.push_back(make_key(found.head.name, role, found.settings->algorithm, KeyState::published, keys));
    return edit_(found.head.name, [&](ZoneEdit& edit) {
        sql::insert_key(edit.transaction(), found.head.id, keys.back());
        put_key_records(edit, found.head.signing, *found.settings, keys);
    });
}

base::Result<void> ZoneSigning::set_state(Found const& found, std::uint16_t tag, KeyState state)
{
    auto const now = clock_.now();
    auto keys = found.keys;
    for (auto& key : keys)
        if (key.tag == tag) key.state = state;
    return edit_(found.head.name, [&](ZoneEdit& edit) {
        sql::set_key_state(edit.transaction(), found.head.id, tag, state, now);
        put_key_records(edit, found.head.signing, *found.settings, keys);
    });
}

/// The successor is the key in use from now on; what is served does not change by that.
base::Result<void> ZoneSigning::hand_over(Found const& found, ZoneKey const& successor)
{
    auto const now = clock_.now();
    dns_.run([&](db::Transaction& transaction) {
        for (auto const& key : found.keys)
            if (key.role == successor.role && key.state == KeyState::active)
                sql::set_key_state(transaction, found.head.id, key.tag, KeyState::retired, now);
        sql::set_key_state(transaction, found.head.id, successor.tag, KeyState::active, now);
    });
    return {};
}

base::Result<void> ZoneSigning::remove_key(Found const& found, std::uint16_t tag)
{
    auto keys = found.keys;
    std::string file;
    for (auto const& key : keys)
        if (key.tag == tag) file = key.file;
    keys.erase(std::remove_if(keys.begin(), keys.end(), [&](ZoneKey const& key) { return key.tag == tag; }),
               keys.end());
    auto edited = edit_(found.head.name, [&](ZoneEdit& edit) {
        sql::delete_key(edit.transaction(), found.head.id, tag);
        put_key_records(edit, found.head.signing, *found.settings, keys);
    });
    if (edited) folder_.remove(file);
    return edited;
}

base::Result<void> ZoneSigning::end(Found const& found)
{
    auto edited = edit_(found.head.name, [&](ZoneEdit& edit) {
        erase_signing(edit);
        sql::delete_signed_zone(edit.transaction(), found.head.id);
        sql::set_signing(edit.transaction(), found.head.id, Signing::off);
    });
    if (edited)
        for (auto const& key : found.keys) folder_.remove(key.file);
    return edited;
}

base::Result<void> ZoneSigning::take(std::string const& zone, KeyStep const& step)
{
    return as_result([&] {
        auto const found = find_signed(zone);
        auto const now = status_of(found).steps;
        // Somebody may have given another order in between.
        if (std::none_of(now.begin(), now.end(), [&](KeyStep const& other) {
                return other.action == step.action && other.tag == step.tag && other.when <= clock_.now();
            }))
            return;
        switch (step.action) {
        case KeyAction::make_zsk: return add_key(found, KeyRole::zsk).value();
        case KeyAction::activate_zsk: return hand_over(found, *found.key(KeyRole::zsk, KeyState::published)).value();
        case KeyAction::forget_zsk:
            dns_.run([&](db::Transaction& t) {
                sql::set_key_state(t, found.head.id, step.tag, KeyState::unused, clock_.now());
            });
            return;
        case KeyAction::make_ready: return set_state(found, step.tag, KeyState::ready).value();
        case KeyAction::remove: return remove_key(found, step.tag).value();
        case KeyAction::leave: return end(found).value();
        }
    });
}

} // namespace dnsd
