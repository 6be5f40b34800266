// Whether the store is in order: each mailbox in a snapshot of its own, so that nothing waits for a check.

#include "appliance/base/text.h"
#include "maild/mailbox/flags.h"
#include "maild/mailbox/sql_bodies.h"
#include "maild/mailbox/sql_rows.h"
#include "maild/mailbox/sql_upkeep.h"

#include "appliance/base/secret.h"

#include <algorithm>
#include <set>

namespace maild::mailbox
{

namespace
{
/// Bodies looked at in one snapshot: an old snapshot keeps the WAL from being used again.
constexpr std::size_t messages_per_step = 2000;
constexpr int most_database_faults = 20;

/// The rows of a mailbox, counted one by one.
struct Counted {
    std::int64_t messages = 0;
    std::int64_t unseen = 0;
    std::int64_t size = 0;
    std::int64_t last_uid = 0;
    std::int64_t modseq = 0;
    std::int64_t disorder = 0; ///< messages whose created_modseq is below that of an earlier UID, or above their own
};

Counted count(db::Reader& reader, MailboxId mailbox)
{
    Counted counted;
    std::int64_t created = 0;
    auto found = reader.query("SELECT uid, size, flags, created_modseq, modseq FROM message WHERE mailbox_id = ? "
                              "ORDER BY uid",
                              mailbox);
    while (auto const row = found.next()) {
        ++counted.messages;
        counted.size += row->integer(1);
        counted.unseen += (row->integer(2) & flag_seen) == 0 ? 1 : 0;
        counted.last_uid = row->integer(0);
        counted.modseq = std::max({counted.modseq, row->integer(3), row->integer(4)});
        if (row->integer(3) < created || row->integer(4) < row->integer(3)) ++counted.disorder;
        created = std::max(created, row->integer(3));
    }
    return counted;
}

std::set<std::string> unknown_keywords(db::Reader& reader, MailboxId mailbox)
{
    std::set<std::string> unknown;
    auto found =
        reader.query("SELECT DISTINCT keywords FROM message WHERE mailbox_id = ? AND keywords <> ''", mailbox);
    while (auto const row = found.next())
        for (auto const& keyword : parse_keywords(row->view(0)))
            if (!reader.number("SELECT 1 FROM keyword WHERE mailbox_id = ? AND folded = ?", mailbox,
                               base::lower(keyword)))
                unknown.insert(keyword);
    return unknown;
}

std::optional<Fault> fault_of(db::Reader& reader, BlobStore const& blobs, MessageInfo const& message,
                              CheckOptions::Depth depth)
{
    auto const body = rows::look_at_body(reader, blobs, message.body);
    if (!body) return Fault::no_body;
    if (!body->is_there) return Fault::no_bytes;
    if (body->stored != body->size || body->size != message.size) return Fault::wrong_bytes;
    if (depth != CheckOptions::Depth::deep) return std::nullopt;
    auto const bytes = rows::read_bytes(reader, blobs, message.body);
    if (!bytes) return Fault::no_bytes;
    return base::sha256(*bytes) == body->hash ? std::nullopt : std::optional(Fault::wrong_bytes);
}

Finding of(Mailbox const& mailbox, Fault fault)
{
    return {.fault = fault, .account = mailbox.account, .mailbox = mailbox.name};
}
} // namespace

void SqlUpkeep::check_mailbox(Mailbox const& mailbox, CheckOptions const& options, std::vector<Finding>& findings)
{
    parts_.database.read([&](db::Reader& reader) {
        auto const stored = rows::read_mailbox(reader, mailbox.id); // as of this snapshot
        if (!stored) return;
        auto const counted = count(reader, mailbox.id);
        auto const compare = [&](Fault fault, std::int64_t was, std::int64_t is) {
            if (was == is) return;
            auto finding = of(mailbox, fault);
            finding.was = was;
            finding.is = is;
            findings.push_back(finding);
        };
        bool const is_counted = counted.messages == stored->messages && counted.unseen == stored->unseen &&
                                counted.size == static_cast<std::int64_t>(stored->size);
        if (!is_counted) {
            auto finding = of(mailbox, Fault::counters);
            finding.was = stored->messages;
            finding.is = counted.messages;
            findings.push_back(finding);
        }
        auto const next = std::int64_t{stored->uid_next};
        compare(Fault::uid_next, next, std::max(next, counted.last_uid + 1));
        auto const highest = static_cast<std::int64_t>(stored->highest_modseq);
        // What was given out is there or in the log.
        auto const gone = reader.number("SELECT COALESCE(SUM(last_uid - first_uid + 1), 0) FROM expunged "
                                        "WHERE mailbox_id = ?",
                                        mailbox.id);
        auto const given = std::max(next, counted.last_uid + 1) - 1;
        compare(Fault::expunge_log, gone.value_or(0), given - counted.messages);
        compare(Fault::modseq, highest, std::max(highest, counted.modseq) + counted.disorder);
        for (auto const& keyword : unknown_keywords(reader, mailbox.id)) {
            findings.push_back(of(mailbox, Fault::keyword));
            findings.back().detail = keyword;
        }
    });
    if (options.depth != CheckOptions::Depth::counters) check_bytes(mailbox, options, findings);
}

void SqlUpkeep::check_bytes(Mailbox const& mailbox, CheckOptions const& options, std::vector<Finding>& findings)
{
    for (Uid after = 0;;) {
        std::size_t count = 0;
        parts_.database.read([&](db::Reader& reader) {
            auto found = reader.query("SELECT uid, body_id, modseq, size, internal_date, flags, keywords, origin "
                                      "FROM message WHERE mailbox_id = ? AND uid > ? ORDER BY uid LIMIT ?",
                                      mailbox.id, after, messages_per_step);
            while (auto const row = found.next()) {
                auto const message = rows::read_message(*row);
                after = message.uid;
                ++count;
                if (auto const fault = fault_of(reader, parts_.blobs, message, options.depth)) {
                    findings.push_back(of(mailbox, *fault));
                    findings.back().uid = message.uid;
                }
                if (options.progress) options.progress(++looked_at_);
            }
        });
        if (count < messages_per_step) return;
    }
}

std::vector<Finding> SqlUpkeep::check(AccountId account, CheckOptions const& options)
{
    std::vector<Finding> all;
    std::vector<Mailbox> mailboxes;
    bool const is_there = parts_.database.read([&](db::Reader& reader) {
        mailboxes = rows::mailboxes_of(reader, account);
        return rows::account_usage(reader, account).has_value();
    });
    if (!is_there) return all; // has never logged in or got mail
    looked_at_ = 0;
    std::map<SpecialUse, int> uses;
    for (auto const& mailbox : mailboxes) {
        std::vector<Finding> findings;
        if (mailbox.special_use != SpecialUse::none && ++uses[mailbox.special_use] > 1)
            findings.push_back(of(mailbox, Fault::special_use));
        check_mailbox(mailbox, options, findings);
        if (options.repair && !findings.empty()) repair_mailbox(mailbox, options, findings);
        all.insert(all.end(), findings.begin(), findings.end());
    }
    bool const has_inbox = // the school's own mailboxes are nobody's
        account == shared_account ||
        std::any_of(mailboxes.begin(), mailboxes.end(), [](auto const& one) { return one.name == "INBOX"; });
    if (!has_inbox) all.push_back({.fault = Fault::no_inbox, .account = account, .mailbox = "INBOX"});
    if (!has_inbox && options.repair) all.back().repaired = make_inbox(account);
    if (auto finding = check_account(account, options.repair)) all.push_back(*finding);
    return all;
}

std::optional<Finding> SqlUpkeep::check_account(AccountId account, bool repair)
{
    constexpr std::string_view counted = "SELECT TOTAL(size), TOTAL(messages) FROM mailbox WHERE account_id = ?";
    auto const look = [&](db::Reader& reader) -> std::optional<Finding> {
        auto const stored = rows::account_usage(reader, account);
        auto found = reader.query(counted, account);
        auto const row = found.next();
        if (!stored || !row) return std::nullopt;
        auto const bytes = row->integer(0);
        if (static_cast<std::int64_t>(stored->bytes) == bytes &&
            static_cast<std::int64_t>(stored->messages) == row->integer(1))
            return std::nullopt;
        return Finding{.fault = Fault::account_counters,
                       .account = account,
                       .was = static_cast<std::int64_t>(stored->bytes),
                       .is = bytes};
    };
    auto finding = parts_.database.read(look);
    if (!finding || !repair) return finding;
    parts_.database.run([&](db::Transaction& transaction) {
        finding = look(transaction); // counted again: mail may have come meanwhile
        transaction.exec(
            "UPDATE account SET bytes = (SELECT COALESCE(SUM(size), 0) FROM mailbox WHERE account_id = ?), "
            "messages = (SELECT COALESCE(SUM(messages), 0) FROM mailbox WHERE account_id = ?) "
            "WHERE account_id = ?",
            account, account, account);
    });
    if (finding) finding->repaired = true;
    return finding;
}

std::vector<Finding> SqlUpkeep::check_store(CheckOptions const& options)
{
    std::vector<Finding> findings;
    std::int64_t unused = 0;
    auto const files_there = parts_.blobs.all(); // before the rows: what comes in now has no row yet
    std::set<std::string> in_files;
    parts_.database.read([&](db::Reader& reader) {
        auto quick = reader.query("PRAGMA quick_check(20)");
        for (auto row = quick.next(); row; row = quick.next())
            if (row->view(0) != "ok") findings.push_back({.fault = Fault::database, .is = 1, .detail = row->text(0)});
        auto keys = reader.query("PRAGMA foreign_key_check");
        for (auto row = keys.next(); row && findings.size() < most_database_faults; row = keys.next())
            findings.push_back({.fault = Fault::reference, .is = 1, .detail = row->text(0) + " -> " + row->text(2)});
        unused =
            reader
                .number("SELECT COUNT(*) FROM body WHERE NOT EXISTS (SELECT 1 FROM message "
                        "WHERE message.body_id = body.body_id) AND body_id NOT IN (SELECT body_id FROM released)")
                .value_or(0);
        auto files = reader.query("SELECT hash FROM body WHERE in_file = 1");
        while (auto const row = files.next()) in_files.insert(row->text(0));
    });
    if (unused > 0) {
        findings.push_back({.fault = Fault::unused_body, .is = unused});
        if (options.repair) findings.back().repaired = release_unused();
    }
    std::int64_t files = 0;
    for (auto const& hash : files_there) files += in_files.contains(hash) ? 0 : 1;
    if (files > 0) findings.push_back({.fault = Fault::unused_file, .is = files});
    return findings;
}

} // namespace maild::mailbox
