#include "appliance/base/text.h"
#include "appliance/daemon/sockets.h"
#include "maild/queue/spool.h"
#include "setup-tui/admin/list_screen.h"
#include "setup-tui/admin/screens.h"
#include "setup-tui/admin/text_screen.h"

namespace setup
{

namespace
{
using maild::queue::Message;
using maild::queue::Recipient;
using maild::queue::Spool;
using maild::queue::State;

constexpr std::size_t most_messages = 5000;
constexpr std::string_view lesson = "Mail on its way. A mail is here for a moment only, unless the other server "
                                    "cannot be reached: then the box tries "
                                    "again and again, and after some days tells the sender.\n\nHolding a mail (F6) "
                                    "keeps it until somebody lets it go "
                                    "(F5 tries it now). Deleting (F8) tells nobody.";

std::string_view state_text(State state)
{
    switch (state) {
    case State::incoming: return "arriving";
    case State::remote: return "waiting";
    case State::held: return "held";
    }
    return "";
}

/// One word for the whole message: what most needs to be seen.
State worst_state(Message const& message)
{
    auto worst = State::incoming;
    for (auto const& recipient : message.recipients) worst = std::max(worst, recipient.state);
    return worst;
}

std::string sender_of(Message const& message)
{
    return message.envelope.sender.empty() ? "<>" : message.envelope.sender;
}

std::string recipients_of(Message const& message)
{
    std::vector<std::string> addresses;
    for (auto const& recipient : message.recipients) addresses.push_back(recipient.address);
    return base::join(addresses, ", ");
}

std::string story(Desk const& desk, Recipient const& recipient)
{
    auto text = desk.text("To") + ": " + recipient.address + " (" + desk.text(state_text(recipient.state)) + ")\n";
    if (recipient.attempts > 0)
        text += "    " +
                desk.text("{1} attempts, last answer: {2}",
                          {std::to_string(recipient.attempts), desk.translate(recipient.last_reply)}) +
                "\n";
    if (recipient.next_try > 0 && recipient.state == State::remote)
        text += "    " + desk.text("next attempt: {1}", {desk.show_time(recipient.next_try)}) + "\n";
    return text;
}

void show_message(Desk& desk, Spool& spool, Message const& listed)
{
    auto const message = spool.find(listed.id);
    if (!message)
        throw base::Failure(
            base::refused(maild::queue::show(listed.id), "it has left the queue in the meantime", "see the trace"));
    auto text = desk.text("Message") + ": " + maild::queue::show(message->id) + "\n" + desk.text("From") + ": " +
                sender_of(*message) + "\n" + desk.text("Arrived") + ": " + desk.show_time(message->received) + "\n" +
                desk.text("Size") + ": " + base::show_size(message->size) + "\n\n";
    for (auto const& recipient : message->recipients) text += story(desk, recipient);
    show_text(desk, "Message", text);
}

/// Acts, wakes the queue, and says so.
std::string change(Desk& desk, bool done, std::string const& said)
{
    service::poke("run/queue.poke");
    if (!done) throw base::Failure(base::refused("queue", "it has left the queue in the meantime", "see the trace"));
    return desk.text(said);
}

std::string retry_all(Desk& desk, Spool& spool, std::vector<Message> const& messages)
{
    std::size_t count = 0;
    for (auto const& message : messages) count += spool.retry({message.id});
    service::poke("run/queue.poke");
    return desk.plural("{1} message is tried now.", "{1} messages are tried now.", count);
}
} // namespace

void manage_queue(Desk& desk)
{
    auto const spool = maild::queue::make_sql_spool("spool");
    std::vector<Message> messages;
    ListScreen list{.title = "Mail queue", .lesson = lesson};
    list.columns = {{"Arrived", 22}, {"From", 20, true}, {"To", 20, true}, {"State", 10}};
    list.load = [&] {
        messages = spool->list(most_messages);
        std::vector<TableRow> rows;
        for (auto const& message : messages)
            rows.push_back({maild::queue::show(message.id),
                            {desk.show_time(message.received), sender_of(message), recipients_of(message),
                             desk.text(state_text(worst_state(message)))}});
        return rows;
    };
    list.heading = [&] { return desk.plural("{1} message", "{1} messages", messages.size()); };
    list.keys = {
        {0, "show",
         [&](std::size_t row) {
             show_message(desk, *spool, messages[row]);
             return std::string();
         }},
        {5, "try now",
         [&](std::size_t row) {
             return change(desk, spool->retry({messages[row].id}) > 0, "The message is tried now.");
         }},
        {6, "hold",
         [&](std::size_t row) { return change(desk, spool->hold({messages[row].id}) > 0, "The message is held."); }},
        {7, "try all", [&](std::size_t) { return retry_all(desk, *spool, messages); }},
        {8, "delete", [&](std::size_t row) {
             auto const message = messages[row]; // the list may be read again while the question is open
             if (!desk.ask_danger(
                     desk.text("Delete the message?"),
                     desk.text("From {1} to {2}. Nobody is told.", {sender_of(message), recipients_of(message)})))
                 return std::string();
             return change(desk, spool->remove({message.id}) > 0, "The message was deleted.");
         }}};
    list.empty = "The queue is empty.";
    list.is_live = true;
    run_list(desk, list);
}

} // namespace setup
