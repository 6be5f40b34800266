#include "appliance/base/text.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "appliance/daemon/sockets.h"
#include "maild/queue/spool.h"

namespace cli
{

namespace
{
using maild::queue::Message;
using maild::queue::MessageId;
using maild::queue::Recipient;
using maild::queue::Spool;
using maild::queue::State;

constexpr std::size_t page = 1000;
constexpr std::size_t most_ids = 10000;

std::unique_ptr<Spool> open_spool(Session& session)
{
    session.enter_state_folder();
    return maild::queue::make_sql_spool("spool");
}

std::string_view show_state(State state)
{
    switch (state) {
    case State::incoming: return "arriving";
    case State::remote: return "waiting";
    case State::held: return "held";
    }
    return "";
}

std::string show_sender(Message const& message)
{
    return message.envelope.sender.empty() ? "<>" : message.envelope.sender;
}

std::vector<Message> all_messages(Spool& spool)
{
    std::vector<Message> all;
    for (MessageId after = 0;;) {
        auto some = spool.list(page, after);
        if (some.empty()) return all;
        after = some.back().id;
        all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
    }
}

Json json_of(Recipient const& recipient)
{
    auto const time = [](base::Timestamp when) {
        return when == 0 ? Json::null() : Json::text(base::iso_date(when));
    };
    return Json::object({{"address", Json::text(recipient.address)},
                         {"state", Json::text(show_state(recipient.state))},
                         {"destination", Json::text(recipient.destination)},
                         {"attempts", Json::number(recipient.attempts)},
                         {"last_try", time(recipient.last_try)},
                         {"next_try", time(recipient.next_try)},
                         {"last_reply", Json::text(recipient.last_reply)}});
}

Json json_of(Message const& message)
{
    std::vector<Json> recipients;
    for (auto const& recipient : message.recipients) recipients.push_back(json_of(recipient));
    return Json::object({{"id", Json::text(maild::queue::show(message.id))},
                         {"from", Json::text(message.envelope.sender)},
                         {"size", Json::number(static_cast<long long>(message.size))},
                         {"received", Json::text(base::iso_date(message.received))},
                         {"recipients", Json::array(recipients)}});
}

int list(Session& session, Arguments const& arguments)
{
    auto const spool = open_spool(session);
    auto const messages = all_messages(*spool);
    if (arguments.has("--json")) {
        std::vector<Json> entries;
        for (auto const& message : messages) entries.push_back(json_of(message));
        print(Json::array(entries));
        return 0;
    }
    if (messages.empty()) print(session.text("The queue is empty.") + "\n");
    std::vector<std::vector<std::string>> rows = {{session.text("ID"), session.text("ARRIVED"), session.text("SIZE"),
                                                   session.text("FROM"), session.text("TO"), session.text("STATE")}};
    for (auto const& message : messages)
        for (auto const& recipient : message.recipients)
            rows.push_back({maild::queue::show(message.id), session.show_time(message.received),
                            base::show_size(message.size), show_sender(message), recipient.address,
                            session.text(show_state(recipient.state))});
    print(show_table(rows));
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
        print(session.text(label) + ": " + value + "\n");
    };
    line("Message", maild::queue::show(message->id));
    line("From", show_sender(*message));
    line("Arrived", session.show_time(message->received));
    line("Size", base::show_size(message->size));
    for (auto const& recipient : message->recipients) {
        line("To", recipient.address + " (" + session.text(show_state(recipient.state)) + ")");
        if (recipient.attempts > 0)
            print("    " +
                  session.text("{1} attempts, last answer: {2}",
                               {std::to_string(recipient.attempts), recipient.last_reply}) +
                  "\n");
        if (recipient.next_try > 0 && recipient.state == State::remote)
            print("    " + session.text("next attempt: {1}", {session.show_time(recipient.next_try)}) + "\n");
    }
    return 0;
}

/// "all", or the named messages.
std::vector<MessageId> chosen(Spool& spool, Arguments const& arguments)
{
    std::vector<MessageId> ids;
    if (arguments.operands.size() == 1 && arguments.operands.front() == "all") {
        for (auto const& message : all_messages(spool)) ids.push_back(message.id);
        return ids;
    }
    for (auto const& text : arguments.operands) {
        ids.push_back(parse_id(text));
        if (!spool.find(ids.back())) throw base::Failure(no_such_message(text)); // before the first one is changed
    }
    return ids;
}

int change(Session& session, Arguments const& arguments, bool (Spool::*action)(MessageId), std::string_view one,
           std::string_view many)
{
    auto const spool = open_spool(session);
    std::size_t count = 0;
    for (auto const id : chosen(*spool, arguments))
        if (((*spool).*action)(id)) ++count;
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
} // namespace

std::vector<Command> queue_commands()
{
    return {
        {"list", "", 0, 0, {{"--json", ""}}, "Lists the mail that is on its way.", list},
        {"show", "ID", 1, 1, {{"--json", ""}}, "Shows one message of the queue.", show},
        {"retry", "ID...|all", 1, most_ids, {}, "Tries messages now, held ones too.", retry},
        {"hold", "ID...|all", 1, most_ids, {}, "Keeps messages in the queue until they are retried.", hold},
        {"delete",
         "ID...|all",
         1,
         most_ids,
         {},
         "Deletes messages from the queue without telling their senders.",
         remove},
    };
}

} // namespace cli
