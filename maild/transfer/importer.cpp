#include "maild/transfer/importer.h"

#include "appliance/base/error.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/message/date.h"
#include "appliance/message/header.h"
#include "maild/mailbox/names.h"

#include <algorithm>

namespace maild::transfer
{

namespace
{
using mailbox::SpecialUse;

/// Of one commit: large enough to be fast, small enough that a delivery does not wait behind it.
constexpr std::size_t group_messages = 100;
constexpr std::size_t group_bytes = std::size_t{4} << 20;

struct NamedUse {
    std::string_view name;
    SpecialUse use;
};
constexpr NamedUse named_uses[] = {
    {"sent", SpecialUse::sent},
    {"sent items", SpecialUse::sent},
    {"sent messages", SpecialUse::sent},
    {"sent mail", SpecialUse::sent},
    {"sent-mail", SpecialUse::sent},
    {"terkirim", SpecialUse::sent},
    {"surat terkirim", SpecialUse::sent},
    {"pesan terkirim", SpecialUse::sent},
    {"item terkirim", SpecialUse::sent},
    {"drafts", SpecialUse::drafts},
    {"draft", SpecialUse::drafts},
    {"draf", SpecialUse::drafts},
    {"konsep", SpecialUse::drafts},
    {"trash", SpecialUse::trash},
    {"deleted", SpecialUse::trash},
    {"deleted items", SpecialUse::trash},
    {"deleted messages", SpecialUse::trash},
    {"bin", SpecialUse::trash},
    {"sampah", SpecialUse::trash},
    {"tong sampah", SpecialUse::trash},
    {"item terhapus", SpecialUse::trash},
    {"junk", SpecialUse::junk},
    {"spam", SpecialUse::junk},
    {"junk e-mail", SpecialUse::junk},
    {"junk email", SpecialUse::junk},
    {"junk mail", SpecialUse::junk},
    {"bulk mail", SpecialUse::junk},
    {"archive", SpecialUse::archive},
    {"archives", SpecialUse::archive},
    {"arsip", SpecialUse::archive},
};
constexpr std::string_view gmail = "[gmail]/", google = "[google mail]/";

/// The Date field, or now.
base::Timestamp date_of(std::string_view bytes)
{
    auto const header = message::Header::parse(bytes);
    if (auto const* field = header.find("Date"))
        if (auto const date = message::parse_date(field->value())) return date->when;
    return base::system_clock().now();
}

/// A name that our mailboxes can have; what is not allowed becomes '_'.
std::string possible_name(std::string_view name)
{
    if (auto const good = mailbox::canonical_name(name)) return *good;
    std::vector<std::string> levels;
    for (auto const level : base::split(name, '/')) {
        std::string good;
        for (char const c : level)
            good += static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '*' || c == '%' ? '_' : c;
        if (!base::is_utf8(good)) good = base::replace_all(base::quoted_for_log(good), "\"", "");
        if (good.size() > mailbox::name_level_bytes_max) good = "nama-" + base::hex(base::sha256(good)).substr(0, 32);
        if (levels.empty() && good.starts_with('#')) good.front() = '_';
        if (!good.empty()) levels.push_back(good);
    }
    if (levels.size() > mailbox::name_levels_max) levels.resize(mailbox::name_levels_max);
    return mailbox::canonical_name(base::join(levels, "/")).value_or("Impor");
}
} // namespace

SpecialUse use_of_name(std::string_view name)
{
    auto folded = base::lower(name);
    for (auto const prefix : {gmail, google})
        if (folded.starts_with(prefix)) folded.erase(0, prefix.size());
    for (auto const& named : named_uses)
        if (named.name == folded) return named.use;
    return SpecialUse::none;
}

Importer::Importer(mailbox::MailStore& store, ImportOptions options) : store_(store), options_(std::move(options))
{
    store_.ensure_account(options_.account);
}

Importer::~Importer() = default;

void Importer::begin(SourceMailbox const& source)
{
    source_ = source;
    auto name = possible_name(options_.mailbox.empty() ? source.name : options_.mailbox);
    auto const use = source.use != SpecialUse::none ? source.use : use_of_name(source.name);
    if (options_.mailbox.empty() && use != SpecialUse::none)
        for (auto const& mailbox : store_.mailboxes(options_.account))
            if (mailbox.special_use == use) name = mailbox.name;
    if (!store_.find(options_.account, name)) {
        auto const refusal = store_.create(options_.account, name, use);
        if (refusal == mailbox::Refusal::too_many)
            throw base::Failure(base::failed(name, "there are too many mailboxes", "import into one with --mailbox"));
        if (refusal == mailbox::Refusal::not_allowed) name = "INBOX";
    }
    if (source.subscribed) store_.set_subscribed(options_.account, name, true);
    target_ = {.account = options_.account, .mailbox = name, .quota = options_.quota};
    if (options_.mailbox.empty() && store_.upkeep().adopt_uids(options_.account, name, source.uid_validity))
        target_.uid_validity = source.uid_validity;
}

std::string Importer::key_of(std::string const& name) const
{
    auto const whole = options_.source + '\n' + options_.mailbox + '\n' + source_.name + '\n' + name;
    return "import/" + base::hex(base::sha256(whole)).substr(0, 40);
}

std::vector<bool> Importer::known(std::vector<std::string> const& names)
{
    std::vector<std::string> keys;
    for (auto const& name : names) keys.push_back(key_of(name));
    return store_.upkeep().known(options_.account, keys);
}

void Importer::add(SourceMessage message)
{
    auto const size = message.body.bytes.size();
    if (message.date <= 0) message.date = date_of(message.body.bytes);
    waiting_.push_back({std::move(message.body), std::move(message.flags), message.date, key_of(message.name),
                        target_.uid_validity != 0 ? message.uid : 0});
    waiting_bytes_ += size;
    if (waiting_.size() >= group_messages || waiting_bytes_ >= group_bytes) flush();
}

void Importer::note_known(std::size_t count)
{
    done_.already += count;
    report();
}

void Importer::forget_waiting()
{
    waiting_.clear();
    waiting_bytes_ = 0;
}

void Importer::note_skipped(std::string what, std::string_view why)
{
    ++done_.skipped;
    remark(std::move(what), why);
    report();
}

void Importer::remark(std::string what, std::string_view why)
{
    constexpr std::size_t most_remarks = 100;
    if (done_.remarks.size() < most_remarks) done_.remarks.push_back({std::move(what), std::string(why)});
}

void Importer::flush()
{
    if (waiting_.empty()) return;
    auto const result = store_.upkeep().import(target_, waiting_);
    done_.messages += result.imported;
    done_.already += result.already;
    waiting_.clear();
    waiting_bytes_ = 0;
    if (result.imported > 0 && options_.committed) options_.committed();
    if (result.has_new_validity) {
        done_.renewed.push_back(target_.mailbox);
        target_.uid_validity = 0;
    }
    if (result.refusal == mailbox::Refusal::missing)
        throw base::Failure(base::failed(target_.mailbox, "somebody has deleted it meanwhile", "import again"));
    if (result.refusal == mailbox::Refusal::over_quota)
        throw base::Failure(
            base::failed(target_.mailbox, "the user's quota is full",
                         "give the user a larger one, or write --no-quota; then import again: nothing comes twice"));
    report();
}

void Importer::end()
{
    flush();
    if (target_.uid_validity != 0 && source_.uid_next != 0)
        store_.upkeep().raise_uid_next(options_.account, target_.mailbox, source_.uid_next);
    bring_sharing();
}

/// Who may use it, notes and what others have read. Where several mailboxes become one, nothing of it fits.
void Importer::bring_sharing()
{
    auto const mailbox = store_.find(options_.account, target_.mailbox);
    if (source_.sharing.empty() || !options_.mailbox.empty() || !mailbox) return;
    auto const [sharing, strangers] = parse_sharing(source_.sharing, options_.account, options_.people);
    bool is_whole = true;
    for (auto const& entry : sharing.acl)
        is_whole = store_.set_acl(mailbox->id, entry) == mailbox::Refusal::none && is_whole;
    for (auto const& [reader, note] : sharing.notes)
        is_whole = store_.annotate(mailbox->id, {{reader, {note}}}) == mailbox::Refusal::none && is_whole;
    for (auto const& [reader, uids] : sharing.read)
        if (target_.uid_validity != 0) store_.set_seen_by(mailbox->id, reader, uids, mailbox::MailStore::Seen::yes);
    if (!is_whole) remark(target_.mailbox, "it has too many rights or notes, some were left out");
    if (!sharing.read.empty() && target_.uid_validity == 0)
        remark(target_.mailbox, "its messages have new numbers, what others have read of it was left out");
    for (auto const& login : strangers)
        remark(login, "there is no such user here, his rights and notes were left out");
}

void Importer::report()
{
    if (options_.progress) options_.progress(done_.messages + done_.already + done_.skipped, total_);
}

} // namespace maild::transfer
