// A letter on its way: handed to the submission service, with a copy in Sent. It waits in the queue for some seconds,
// or until its time, and can be taken back until then (later.cpp). The order of steps loses nothing and sends nothing
// twice, wherever a crash comes: first the queue has it, then Sent, and then the draft goes.

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/directory/personal.h"
#include "appliance/net/stream.h"
#include "httpd/limits.h"
#include "httpd/webmail/compose_form.h"
#include "httpd/webmail/view.h"

#include <ctime>

namespace httpd::webmail
{

namespace
{
constexpr base::Timestamp second = 1'000'000;

/// "2026-12-01T07:00" in the reader's time.
std::optional<base::Timestamp> parse_local_time(Exchange const& exchange, std::string const& text)
{
    std::tm parts{};
    auto const* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M", &parts);
    if (end == nullptr || (*end != '\0' && *end != ':')) return std::nullopt;
    auto const there = static_cast<base::Timestamp>(::timegm(&parts)) * second;
    return there - exchange.zone_minutes(there) * 60 * second;
}

/// When it is to go; 0: as soon as it cannot be taken back any more.
base::Timestamp read_later(Exchange const& exchange, ComposeForm const& form, ComposeFaults& faults)
{
    if (base::trim(form.later).empty()) return 0;
    auto const when = parse_local_time(exchange, form.later);
    auto const now = exchange.services.clock.now();
    if (!when || *when <= now)
        faults["later"] = exchange.text("This time has passed already. Choose a later one, or leave it empty.");
    else if (*when > now + static_cast<base::Timestamp>(limits::send_later.count()) * second)
        faults["later"] = exchange.text("At most 30 days ahead are possible.");
    return faults.contains("later") ? 0 : *when;
}

unsigned undo_seconds(Exchange& exchange)
{
    auto const preferences = exchange.services.personal.preferences(exchange.session->user.id);
    auto const chosen = directory::value(preferences, directory::preference::undo);
    return static_cast<unsigned>(base::parse_number(chosen, 60).value_or(limits::undo_seconds));
}

/// RFC 3463 3.4.
bool is_system_full(std::string_view why) { return why.starts_with("4.3.1"); }

ComposeFaults faults_of(Exchange const& exchange, mail::Submitted const& submitted, Recipients const& recipients)
{
    std::map<std::string, std::vector<std::string>> unknown;
    ComposeFaults faults;
    for (auto const& refused : submitted.refused) {
        if (is_system_full(refused.why)) return {{"", disk_full_words(exchange)}};
        auto const found = recipients.field_of.find(refused.recipient);
        auto const field = found == recipients.field_of.end() ? "to" : found->second;
        if (refused.why.starts_with("5.7."))
            faults[field] +=
                exchange.text("You may not write to {1}. Ask a teacher if you need to.", {refused.recipient}) + " ";
        else if (refused.why.starts_with("5.4.4"))
            faults[field] += exchange.text("{1} is outside this school, and this school sends no mail outside.",
                                           {refused.recipient}) +
                             " ";
        else if (refused.code == 550 || refused.code == 551 || refused.code == 553)
            unknown[field].push_back(refused.recipient);
        else
            faults[field] +=
                exchange.text("{1} cannot get mail just now: {2}", {refused.recipient, refused.why}) + " ";
    }
    for (auto const& [field, list] : unknown)
        faults[field] += exchange.text("Nobody has this address: {1}", {base::join(list, ", ")});
    if (!faults.empty()) return faults;
    auto const largest = base::show_size(exchange.services.config.message_size_max);
    if (submitted.code == 552)
        return {{"", exchange.text("The message with its files is too large: at most {1} are possible.", {largest})}};
    if (is_system_full(submitted.why)) return {{"", disk_full_words(exchange)}};
    return {{"", exchange.text("The message was not taken: {1}", {submitted.why})}};
}

/// The copy in Sent, in the place of one that stayed there when a crash came while the mail was taken back: it has a
/// draft then. `before`: the queue had the mail already, so the copy that is there is right. What fails here does not
/// undo the sending.
bool keep_copy(Exchange& exchange, ComposeForm const& form, message::Content const& copy, bool before)
{
    bool may_be_there = before || exchange.session->compose.draft(form.token) != 0;
    try {
        exchange.use_mail([&](mail::MailClient& client) {
            auto const sent = folder_with(client.folders(), mail::FolderUse::sent);
            if (sent.empty()) throw mail::MailFault(mail::MailFault::Kind::no_folder, "there is no folder Sent");
            auto const old =
                may_be_there ? client.find_id(sent, message_id_of(exchange, form.token)) : std::vector<mail::Uid>();
            if (before && !old.empty()) return;
            may_be_there = true; // when the connection breaks now, this is done once more
            client.append(sent, copy, mail::MailClient::Kept::seen);
            client.remove(sent, old);
        });
        return true;
    } catch (net::Disconnected const& error) {
        base::log(base::Level::warning, exchange.session->log_id, "no-sent-copy", {{"why", error.what()}});
    } catch (mail::MailFault const& error) {
        base::log(base::Level::warning, exchange.session->log_id, "no-sent-copy", {{"why", error.what()}});
    }
    return false;
}

/// The message that was answered shows it; it may have gone meanwhile.
void mark_origin(Exchange& exchange, ComposeForm const& form)
{
    if (form.origin_uid == 0) return;
    try {
        exchange.use_mail([&](mail::MailClient& client) {
            auto const flag =
                form.origin == ComposeForm::Origin::reply ? mail::Flag::answered : mail::Flag::forwarded;
            client.set_flag(form.origin_folder, {form.origin_uid}, flag, true);
        });
    } catch (net::Disconnected const& error) {
        base::log(base::Level::warning, exchange.session->log_id, "not-marked", {{"why", error.what()}});
    } catch (mail::MailFault const& error) {
        base::log(base::Level::warning, exchange.session->log_id, "not-marked", {{"why", error.what()}});
    }
}

/// The mail is on its way: a draft that stays is only untidy.
void forget_draft(Exchange& exchange, ComposeForm const& form)
{
    try {
        remove_draft(exchange, form.token);
    } catch (net::Disconnected const& error) {
        base::log(base::Level::warning, exchange.session->log_id, "draft-stays", {{"why", error.what()}});
    } catch (mail::MailFault const& error) {
        base::log(base::Level::warning, exchange.session->log_id, "draft-stays", {{"why", error.what()}});
    }
}
} // namespace

std::string disk_full_words(Exchange const& exchange)
{
    return exchange.text("The server's disk is full, so nothing was sent or saved. Your text is still here. The "
                         "administrator of the school has to make room: remove old backups, for example.");
}

SendResult send(Exchange& exchange, ComposeForm const& form)
{
    SendResult result;
    auto const recipients = read_recipients(exchange, form, result.faults);
    result.release = read_later(exchange, form, result.faults);
    if (!result.faults.empty()) return result;
    if (recipients.field_of.empty()) {
        result.faults["to"] = exchange.text("Who should get this message? Write at least one name or address.");
        return result;
    }
    auto const letter = make_letter(exchange, form, recipients);
    if (letter.bytes.size() > exchange.services.config.message_size_max) {
        result.faults =
            faults_of(exchange, {.done = false, .refused = {}, .code = 552, .why = {}, .id = {}}, recipients);
        return result;
    }
    if (!letter.is_whole) {
        result.faults["files"] =
            exchange.text("The message whose files you forward has been deleted or moved, so they are not attached "
                          "now. Open it again, or send without them.");
        return result;
    }
    auto const undo = undo_seconds(exchange);
    mail::Submission submission{
        exchange.session->user.login, exchange.session->token, letter.from, {}, {}, form.wants_report};
    if (result.release != 0)
        submission.hold = "HOLDUNTIL=" + base::iso_date(result.release).substr(0, 19) + "Z";
    else if (undo > 0)
        submission.hold = "HOLDFOR=" + std::to_string(undo);
    for (auto const& [address, field] : recipients.field_of) submission.recipients.push_back(address);
    auto const submitted = mail::submit(exchange.services.submission_socket, submission, letter.bytes);
    if (!submitted.done) {
        result.faults = faults_of(exchange, submitted, recipients);
        return result;
    }
    base::log(base::Level::info, exchange.session->log_id, "sent",
              {{"login", submission.login},
               {"id", submitted.id},
               {"recipients", std::to_string(submission.recipients.size())},
               {"bytes", std::to_string(letter.bytes.size())}});
    result.before = submitted.before;
    result.copy_kept = keep_copy(exchange, form, letter.copy, submitted.before);
    mark_origin(exchange, form);
    if (result.copy_kept && !submission.hold.empty()) result.waiting_id = submitted.id;
    if (result.copy_kept) forget_draft(exchange, form);
    return result;
}

} // namespace httpd::webmail
