#include "appliance/base/text.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "appliance/daemon/sockets.h"
#include "appliance/directory/settings.h"
#include "maild/queue/spool.h"

#include <algorithm>
#include <limits>

namespace cli
{

namespace
{
using maild::queue::MailClass;
using maild::queue::Message;
using maild::queue::MessageId;
using maild::queue::Recipient;
using maild::queue::Selection;
using maild::queue::Spool;
using maild::queue::State;

constexpr std::size_t page = 1000;
constexpr std::size_t most_ids = 10000;

std::unique_ptr<Spool> open_spool(Session& session)
{
    session.enter_state_folder();
    return maild::queue::make_sql_spool("spool");
}

/// What a person calls it.
std::string_view show_state(Recipient const& recipient, base::Timestamp now)
{
    switch (recipient.state) {
    case State::incoming: return recipient.next_try > now && recipient.attempts == 0 ? "scheduled" : "arriving";
    case State::remote: return recipient.deadline == maild::queue::give_up ? "returning" : "waiting";
    case State::held: return "held";
    }
    return "";
}

std::string show_sender(Message const& message)
{
    return message.envelope.sender.empty() ? "<>" : message.envelope.sender;
}

/// Calls `take` for each chosen message, a page at a time: 100,000 of them fit into no list.
template <class Take>
void for_each_message(Spool& spool, Selection const& selection, Take const& take)
{
    for (MessageId after = 0;;) {
        auto const some = spool.list(page, after, selection);
        if (some.empty()) return;
        after = some.back().id;
        for (auto const& message : some) take(message);
    }
}

Selection selection_of(Arguments const& arguments)
{
    return {base::lower(arguments.value("--to").value_or("")), arguments.value("--from").value_or("")};
}

Json json_of(Recipient const& recipient, base::Timestamp now)
{
    auto const time = [](base::Timestamp when) {
        return when == 0 || when == maild::queue::never ? Json::null() : Json::text(base::iso_date(when));
    };
    return Json::object({{"address", Json::text(recipient.address)},
                         {"state", Json::text(show_state(recipient, now))},
                         {"class", Json::text(show(recipient.mail_class))},
                         {"destination", Json::text(recipient.destination)},
                         {"attempts", Json::number(recipient.attempts)},
                         {"last_try", time(recipient.last_try)},
                         {"next_try", time(recipient.next_try)},
                         {"last_reply", Json::text(recipient.last_reply)}});
}

Json json_of(Message const& message)
{
    std::vector<Json> recipients;
    auto const now = base::system_clock().now();
    for (auto const& recipient : message.recipients) recipients.push_back(json_of(recipient, now));
    return Json::object({{"id", Json::text(maild::queue::show(message.id))},
                         {"from", Json::text(message.envelope.sender)},
                         {"size", Json::number(static_cast<long long>(message.size))},
                         {"login", Json::text(message.envelope.login)},
                         {"priority", Json::number(message.envelope.priority)},
                         {"received", Json::text(base::iso_date(message.received))},
                         {"recipients", Json::array(recipients)}});
}

std::size_t limit_of(Arguments const& arguments)
{
    constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
    auto const limit = arguments.value("--limit");
    if (!limit) return all;
    auto const number = base::parse_number(*limit);
    if (!number) throw base::Failure(base::refused("--limit", "it is not a number of messages", "write --limit 100"));
    return *number;
}

int list_json(Spool& spool, Selection const& selection, std::size_t most)
{
    std::size_t count = 0;
    print("[");
    for (MessageId after = 0; count < most;) {
        auto const some = spool.list(std::min(page, most - count), after, selection);
        if (some.empty()) break;
        after = some.back().id;
        for (auto const& message : some) print((count++ == 0 ? "" : ",") + json_of(message).show());
    }
    print("]\n");
    return 0;
}

int list(Session& session, Arguments const& arguments)
{
    auto const spool = open_spool(session);
    auto const selection = selection_of(arguments);
    if (arguments.has("--json")) return list_json(*spool, selection, limit_of(arguments));
    std::vector<std::string> const heading = {session.text("ID"),   session.text("ARRIVED"), session.text("SIZE"),
                                              session.text("FROM"), session.text("TO"),      session.text("STATE")};
    auto const now = base::system_clock().now();
    std::size_t count = 0;
    std::vector<std::vector<std::string>> rows = {heading};
    for_each_message(*spool, selection, [&](Message const& message) {
        ++count;
        for (auto const& recipient : message.recipients) {
            auto state = session.text(show_state(recipient, now));
            if (recipient.mail_class == MailClass::bulk) state += ", " + session.text("bulk");
            rows.push_back({maild::queue::show(message.id), session.show_time(message.received),
                            base::show_size(message.size), show_sender(message), recipient.address, state});
        }
        if (rows.size() <= page) return;
        print(show_table(rows)); // each page is as wide as it needs
        rows = {heading};
    });
    print(show_table(rows));
    print(count == 0 ? session.text("The queue is empty.") + "\n"
                     : session.plural("{1} message.", "{1} messages.", count) + "\n");
    for (auto const& resting : spool->all_resting())
        if (resting.failures > 0)
            print(session.text("{1} does not answer ({2}); next attempt: {3}",
                               {resting.destination, session.text(resting.reply), session.show_time(resting.until)}) +
                  "\n");
    return 0;
}

base::Error no_such_message(std::string const& text)
{
    return base::refused(text, "there is no such message in the queue", "see 'kotakpos queue list'");
}

MessageId parse_id(std::string const& text)
{
    auto const id = maild::queue::parse_message_id(text);
    if (!id) throw base::Failure(no_such_message(text));
    return *id;
}

int show(Session& session, Arguments const& arguments)
{
    auto const spool = open_spool(session);
    auto const message = spool->find(parse_id(arguments.operands.front()));
    if (!message) throw base::Failure(no_such_message(arguments.operands.front()));
    if (arguments.has("--json")) {
        print(json_of(*message));
        return 0;
    }
    auto const line = [&](std::string_view label, std::string const& value) {
        print(session.text(label) + ": " + printable(value) + "\n");
    };
    line("Message", maild::queue::show(message->id));
    line("From", show_sender(*message));
    line("Arrived", session.show_time(message->received));
    line("Size", base::show_size(message->size));
    auto const now = base::system_clock().now();
    if (message->envelope.release > now) line("Not before", session.show_time(message->envelope.release));
    if (message->envelope.deliver_by) line("Deliver by", session.show_time(message->envelope.deliver_by->until));
    if (message->envelope.priority != 0) line("Priority", std::to_string(message->envelope.priority));
    for (auto const& recipient : message->recipients) {
        line("To", recipient.address + " (" + session.text(show_state(recipient, now)) + ", " +
                       session.text(show(recipient.mail_class)) + ")");
        if (recipient.attempts > 0)
            print("    " +
                  session.text("{1} attempts, last answer: {2}",
                               {std::to_string(recipient.attempts), printable(session.text(recipient.last_reply))}) +
                  "\n");
        auto const resting = spool->resting(recipient.destination);
        if (recipient.state == State::remote && recipient.deadline != maild::queue::give_up)
            print("    " +
                  session.text("next attempt: {1}",
                               {session.show_time(std::max(recipient.next_try, resting ? resting->until : 0))}) +
                  "\n");
    }
    return 0;
}

using Ids = Spool::MessageIds;

/// Gives the ids to `act`, page by page, and how many it changed.
template <class Act>
std::size_t for_chosen(Spool& spool, Arguments const& arguments, Act const& act)
{
    bool const is_all = arguments.has("--all") || (arguments.operands.size() == 1 && arguments.operands[0] == "all");
    auto const selection = selection_of(arguments);
    bool const is_selection = is_all || !selection.to_domain.empty() || !selection.from.empty();
    Ids ids;
    if (is_selection) {
        std::size_t count = 0;
        for (MessageId after = 0;;) {
            auto const some = spool.list(page, after, selection);
            if (some.empty()) return count;
            after = some.back().id;
            ids.clear();
            for (auto const& message : some) ids.push_back(message.id);
            count += act(ids);
        }
    }
    if (arguments.operands.empty())
        throw UsageError{"write the IDs of messages, --to DOMAIN, --from ADDRESS or --all"};
    for (auto const& text : arguments.operands) {
        ids.push_back(parse_id(text));
        if (!spool.find(ids.back())) throw base::Failure(no_such_message(text)); // before the first one is changed
    }
    return act(ids);
}

int change(Session& session, Arguments const& arguments, std::size_t (Spool::*action)(Ids const&),
           std::string_view one, std::string_view many)
{
    auto const spool = open_spool(session);
    auto const count = for_chosen(*spool, arguments, [&](Ids const& ids) { return ((*spool).*action)(ids); });
    service::poke("run/queue.poke");
    print(session.plural(one, many, count) + "\n");
    return 0;
}

int retry(Session& session, Arguments const& arguments)
{
    return change(session, arguments, &Spool::retry, "{1} message is tried now.", "{1} messages are tried now.");
}

int hold(Session& session, Arguments const& arguments)
{
    return change(session, arguments, &Spool::hold, "{1} message is held.", "{1} messages are held.");
}

int remove(Session& session, Arguments const& arguments)
{
    return change(session, arguments, &Spool::remove, "{1} message was deleted.", "{1} messages were deleted.");
}

int expire(Session& session, Arguments const& arguments)
{
    return change(session, arguments, &Spool::expire, "{1} message goes back to its sender.",
                  "{1} messages go back to their senders.");
}

constexpr std::string_view class_keys[] = {"queue.premium", "queue.standard", "queue.bulk"};

std::string chosen_class(Session& session, std::string const& login)
{
    for (auto const key : class_keys) {
        auto const logins = base::split(session.directory().setting(key).value_or(""), ' ');
        if (std::find(logins.begin(), logins.end(), login) != logins.end())
            return std::string(key.substr(key.find('.') + 1));
    }
    return "auto";
}

/// The class of a person's mail to other servers: shown, or chosen ("auto": by itself again).
int set_class(Session& session, Arguments const& arguments)
{
    auto const login = base::lower(arguments.operands[0]);
    if (!session.directory().find_user(login))
        throw base::Failure(base::refused(login, "there is no such user", "see 'kotakpos user list'"));
    if (arguments.operands.size() > 1) {
        auto const& wanted = arguments.operands[1];
        if (wanted != "auto" && !maild::queue::parse_mail_class(wanted))
            throw base::Failure(
                base::refused(wanted, "there is no such class of mail", "write premium, standard, bulk or auto"));
        for (auto const key : class_keys) {
            std::vector<std::string> logins;
            for (auto const word : base::split(session.directory().setting(key).value_or(""), ' '))
                if (!word.empty() && word != login) logins.emplace_back(word);
            if (key.substr(key.find('.') + 1) == wanted) logins.push_back(login);
            directory::change_setting(session.directory(), key, base::join(logins, " ")).value();
        }
    }
    print(session.text("Mail of {1} to other servers: {2}", {login, session.text(chosen_class(session, login))}) +
          "\n");
    return 0;
}
} // namespace

std::vector<Command> queue_commands()
{
    std::vector<Option> const which = {{"--to", "DOMAIN"}, {"--from", "ADDRESS"}, {"--all", ""}};
    std::vector<Option> const listed = {{"--to", "DOMAIN"}, {"--from", "ADDRESS"}, {"--limit", "N"}, {"--json", ""}};
    return {
        {"list", "", 0, 0, listed, "Lists the mail that is on its way.", list},
        {"show", "ID", 1, 1, {{"--json", ""}}, "Shows one message of the queue.", show},
        {"retry", "[ID...|all]", 0, most_ids, which, "Tries messages now, held ones too.", retry},
        {"hold", "[ID...|all]", 0, most_ids, which, "Keeps messages in the queue until they are retried.", hold},
        {"expire", "[ID...|all]", 0, most_ids, which, "Gives messages up now: they go back to their senders.",
         expire},
        {"delete", "[ID...|all]", 0, most_ids, which,
         "Deletes messages from the queue without telling their senders.", remove},
        {"class",
         "LOGIN [premium|standard|bulk|auto]",
         1,
         2,
         {},
         "Shows or chooses how soon a person's mail leaves for other servers.",
         set_class},
    };
}

} // namespace cli
