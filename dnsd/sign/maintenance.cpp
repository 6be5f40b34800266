#include "dnsd/sign/maintenance.h"

#include "appliance/base/log.h"
#include "appliance/db/database.h"
#include "dnsd/sign/signature_batch.h"
#include "dnsd/sign/sql_signing.h"
#include "dnsd/zone/own_records.h"
#include "dnsd/zone/zone_reader.h"

#include <algorithm>

namespace dnsd
{

namespace
{
using namespace std::chrono_literals;

constexpr base::Microseconds day = 24h;
constexpr base::Microseconds longest_pause = 60s;
constexpr std::size_t rows_a_look = 4000;
constexpr std::size_t signatures_a_time = 250;
constexpr std::size_t most_steps = 8; // at once; one leads to the next where times are zero

/// Signatures that do not last until the next looks, or are not of a key that signs now.
bool is_due(Row const& row, std::vector<ZoneKey> const& keys, std::int64_t now)
{
    auto const signature = read_signature(row.rdata);
    if (!signature || !lasts(*signature, now)) return true;
    return std::none_of(keys.begin(), keys.end(), [&](ZoneKey const& key) {
        return key.tag == signature->tag && (key.role == KeyRole::ksk || key.state == KeyState::active);
    });
}

struct Due {
    std::vector<Row> rows;
    std::string next; ///< where to look next; empty: the end of the zone
};

Due find_due(db::Reader& reader, std::int64_t zone, std::vector<ZoneKey> const& keys, std::string const& from,
             std::int64_t now)
{
    Due due;
    auto const page = sql::read_names(reader, zone, from, rows_a_look);
    for (auto const& name : page.names) {
        if (due.rows.size() >= signatures_a_time) {
            due.next = name.owner;
            return due;
        }
        for (auto const& row : name.rows)
            if (row.type == dnssec::rrsig && is_due(row, keys, now)) due.rows.push_back(row);
    }
    due.next = page.next;
    return due;
}
} // namespace

Maintenance::Maintenance(db::Database& dns, EditZone edit, std::string keys_folder, std::string certificate,
                         base::Clock const& clock)
    : dns_(dns),
      clock_(clock),
      signing_(dns, std::move(edit), std::move(keys_folder), clock),
      certificate_(dns, signing_, std::move(certificate), clock)
{
}

base::Timestamp Maintenance::run()
{
    auto next = clock_.now() + longest_pause.count();
    for (auto const& status : signing_.all()) {
        try {
            bool more = take_steps(status);
            if (auto const now = signing_.status(status.zone); now && now->kind != Signing::off) {
                if (is_pass_due(*now)) passes_.try_emplace(now->zone, Pass{clock_.now(), {}});
                more = go_on(*now) || more;
                if (!now->steps.empty()) next = std::min(next, now->steps.front().when);
            }
            if (more) next = clock_.now();
            reported_.erase(status.zone);
        } catch (base::Failure const& failure) { // one zone's trouble is not the others'
            report(status.zone, failure.error());
        }
    }
    try {
        certificate_.keep_in_step();
        drop_past_records();
        reported_.erase(std::string());
    } catch (base::Failure const& failure) { // a zone that cannot be signed now
        report({}, failure.error());
    }
    tidy_folder();
    return std::max(next, clock_.now());
}

/// True when there may be another one due.
bool Maintenance::take_steps(SigningStatus const& status)
{
    auto now = status;
    for (std::size_t i = 0; i < most_steps; ++i) {
        if (now.steps.empty() || now.steps.front().when > clock_.now()) return false;
        auto const& step = now.steps.front();
        signing_.take(status.zone, step).value();
        base::log(
            base::Level::info, "", "dnssec-step",
            {{"zone", status.zone}, {"step", std::string(name_of(step.action))}, {"key", std::to_string(step.tag)}});
        now = signing_.status(status.zone).value();
    }
    return true;
}

bool Maintenance::is_pass_due(SigningStatus const& status) const
{
    auto const& settings = status.settings;
    if (!settings.pass_began || !settings.pass_ended || clock_.now() >= *settings.pass_ended + day.count())
        return true;
    return std::any_of(status.keys.begin(), status.keys.end(), [&](ZoneKey const& key) {
        return key.role == KeyRole::zsk && key.state == KeyState::retired && key.since > *settings.pass_began;
    });
}

/// A piece of the pass that is under way; true when there is more of it. Old signatures are erased, and the Signer,
/// which comes at the end of every edit, makes new ones in the same transaction.
bool Maintenance::go_on(SigningStatus const& status)
{
    auto const found = passes_.find(status.zone);
    if (found == passes_.end()) return false;
    auto& pass = found->second;
    auto const due = dns_.read([&](db::Reader& reader) {
        auto const head = read_zone(reader, status.zone);
        return head ? find_due(reader, head->id, status.keys, pass.from, clock_.now() / 1000000) : Due{};
    });
    if (!due.rows.empty())
        signing_
            .edit(status.zone,
                  [&](ZoneEdit& edit) {
                      for (auto const& row : due.rows) edit.erase(row);
                  })
            .value();
    pass.from = due.next;
    if (!pass.from.empty()) return true;
    finish(status, pass);
    passes_.erase(found);
    return true; // a retired key may go now
}

void Maintenance::finish(SigningStatus const& status, Pass const& pass)
{
    dns_.run([&](db::Transaction& transaction) {
        auto const head = read_zone(transaction, status.zone);
        auto settings = head ? sql::read_signed_zone(transaction, head->id) : std::nullopt;
        if (!settings) return;
        settings->pass_began = pass.began;
        settings->pass_ended = clock_.now();
        sql::write_signed_zone(transaction, head->id, *settings);
    });
}

/// Keys of DKIM that were replaced a while ago.
void Maintenance::drop_past_records()
{
    auto const now = clock_.now();
    auto const zones = dns_.read([&](db::Reader& reader) { return zones_with_past_records(reader, now); });
    for (auto const& zone : zones) {
        auto const head = dns_.read([&](db::Reader& reader) { return read_zone(reader, zone); });
        if (head && head->kind == ZoneKind::primary)
            signing_.edit(zone, [&](ZoneEdit& edit) { settle_own_records(edit, now); }).value();
    }
}

/// Once a day: key files of zones that were deleted.
void Maintenance::tidy_folder()
{
    if (clock_.now() < tidied_ + day.count()) return;
    tidied_ = clock_.now();
    signing_.folder().remove_unknown(dns_.read([](db::Reader& reader) { return sql::key_files(reader); }));
}

void Maintenance::report(std::string const& zone, base::Error const& error)
{
    passes_.erase(zone);
    if (std::exchange(reported_[zone], error.line()) == error.line()) return;
    base::log(base::Level::error, "", "dnssec-trouble", {{"zone", zone}, {"why", error.line()}});
}

} // namespace dnsd
