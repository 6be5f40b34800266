#include "appliance/base/text.h"
#include "appliance/cli/mail_access.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"

#include <iostream>
#include <limits>
#include <unistd.h>

namespace cli
{

namespace
{
using maild::mailbox::CheckOptions;
using maild::mailbox::Fault;
using maild::mailbox::Finding;
using maild::mailbox::Mailbox;
using maild::mailbox::SpecialUse;

constexpr std::size_t most_logins = 10000;

Json number(std::uint64_t value) { return Json::number(static_cast<long long>(value)); }

std::string_view show(SpecialUse use)
{
    switch (use) {
    case SpecialUse::none: return "";
    case SpecialUse::drafts: return "drafts";
    case SpecialUse::sent: return "sent";
    case SpecialUse::trash: return "trash";
    case SpecialUse::junk: return "junk";
    case SpecialUse::archive: return "archive";
    }
    return "";
}

Json json_of(Mailbox const& mailbox)
{
    return Json::object({{"name", Json::text(mailbox.name)},
                         {"special_use", Json::text(show(mailbox.special_use))},
                         {"subscribed", Json::boolean(mailbox.subscribed)},
                         {"messages", number(mailbox.messages)},
                         {"unseen", number(mailbox.unseen)},
                         {"size", number(mailbox.size)},
                         {"uid_validity", number(mailbox.uid_validity)},
                         {"uid_next", number(mailbox.uid_next)}});
}

int list_json(MailAccess& mail, std::vector<MailUser> const& users)
{
    std::vector<Json> all;
    for (auto const& user : users) {
        std::vector<Json> mailboxes;
        for (auto const& mailbox : mail.store().mailboxes(user.id)) mailboxes.push_back(json_of(mailbox));
        auto const usage = mail.store().usage(user.id);
        all.push_back(Json::object({{"user", Json::text(user.login)},
                                    {"deleted", Json::boolean(user.is_deleted)},
                                    {"messages", number(usage.messages)},
                                    {"size", number(usage.bytes)},
                                    {"quota", user.quota == 0 ? Json::null() : number(user.quota)},
                                    {"mailboxes", Json::array(mailboxes)}}));
    }
    print(Json::array(all));
    return 0;
}

std::string show_quota(Session& session, MailUser const& user, std::uint64_t bytes)
{
    if (user.id == maild::mailbox::shared_account) return session.text("class folders");
    if (user.is_deleted) return session.text("deleted user");
    if (user.quota == 0) return session.text("no limit");
    return session.text("{1} % of {2}", {std::to_string(bytes * 100 / user.quota), base::show_size(user.quota)});
}

int list(Session& session, Arguments const& arguments)
{
    MailAccess mail(session);
    auto const users = mail.chosen(arguments);
    if (arguments.has("--json")) return list_json(mail, users);
    std::vector<std::vector<std::string>> rows = {{session.text("USER"), session.text("MAILBOX"),
                                                   session.text("MESSAGES"), session.text("UNSEEN"),
                                                   session.text("SIZE"), session.text("QUOTA")}};
    std::uint64_t messages = 0, unseen = 0, bytes = 0;
    for (auto const& user : users) {
        auto const mailboxes = mail.store().mailboxes(user.id);
        auto const usage = mail.store().usage(user.id);
        bool first = true;
        for (auto const& mailbox : mailboxes) {
            rows.push_back({first ? user.login : "", printable(mailbox.name), std::to_string(mailbox.messages),
                            std::to_string(mailbox.unseen), base::show_size(mailbox.size),
                            first ? show_quota(session, user, usage.bytes) : ""});
            first = false;
            unseen += mailbox.unseen;
        }
        messages += usage.messages;
        bytes += usage.bytes;
    }
    rows.push_back(
        {session.text("total"), "", std::to_string(messages), std::to_string(unseen), base::show_size(bytes), ""});
    print(show_table(rows));
    return 0;
}

std::string_view show(Fault fault)
{
    switch (fault) {
    case Fault::account_counters: return "account-counters";
    case Fault::counters: return "counters";
    case Fault::uid_next: return "uid-next";
    case Fault::modseq: return "modseq";
    case Fault::expunge_log: return "expunge-log";
    case Fault::no_inbox: return "no-inbox";
    case Fault::special_use: return "special-use";
    case Fault::keyword: return "keyword";
    case Fault::no_body: return "no-body";
    case Fault::no_bytes: return "no-bytes";
    case Fault::wrong_bytes: return "wrong-bytes";
    case Fault::unused_body: return "unused-body";
    case Fault::unused_file: return "unused-file";
    case Fault::reference: return "reference";
    case Fault::database: return "database";
    }
    return "";
}

/// What is wrong, in words.
std::string describe(Session& session, Finding const& finding)
{
    auto const was = std::to_string(finding.was);
    auto const is = std::to_string(finding.is);
    auto const uid = std::to_string(finding.uid);
    auto const name = printable(finding.mailbox);
    switch (finding.fault) {
    case Fault::account_counters: return session.text("the quota counts {1} bytes, there are {2}", {was, is});
    case Fault::counters: return session.text("{1}: the counters do not fit its {2} messages", {name, is});
    case Fault::uid_next: return session.text("{1}: the next UID would be one that is in use", {name});
    case Fault::modseq: return session.text("{1}: clients could miss changes", {name});
    case Fault::expunge_log: return session.text("{1}: the list of removed messages has holes", {name});
    case Fault::no_inbox: return session.text("there is no INBOX");
    case Fault::special_use: return session.text("{1}: another mailbox has the same use", {name});
    case Fault::keyword: return session.text("{1}: keyword {2} is not listed", {name, printable(finding.detail)});
    case Fault::no_body: return session.text("{1}, UID {2}: the message is gone", {name, uid});
    case Fault::no_bytes: return session.text("{1}, UID {2}: only the header is left of the message", {name, uid});
    case Fault::wrong_bytes: return session.text("{1}, UID {2}: the message has changed on the disk", {name, uid});
    case Fault::unused_body: return session.text("{1} messages take room and belong to nobody", {is});
    case Fault::unused_file:
        return session.text("{1} files belong to no message; the mail daemon removes them by itself", {is});
    case Fault::reference: return session.text("a row leads nowhere: {1}", {printable(finding.detail)});
    case Fault::database: return session.text("the database file is damaged: {1}", {printable(finding.detail)});
    }
    return {};
}

bool can_be_repaired(Fault fault) { return fault != Fault::reference && fault != Fault::database; }
/// Not a fault: it goes by itself.
bool is_note(Finding const& finding) { return finding.fault == Fault::unused_file; }

struct Checked {
    std::string login; ///< empty: of the whole store
    std::vector<Finding> findings;
};

/// For a message whose bytes are gone.
std::string explanation(Session& session)
{
    auto const text = session.text(
        "The text of this message was lost when the disk of the mail server failed. Its sender, its date and its "
        "subject were kept. Please ask the sender to send it again.");
    return text + "\r\n";
}

std::vector<Checked> check_all(Session& session, MailAccess& mail, Arguments const& arguments, bool repair)
{
    auto const users = mail.chosen(arguments);
    CheckOptions options{.depth = arguments.has("--deep") ? CheckOptions::Depth::deep : CheckOptions::Depth::bytes,
                         .repair = repair,
                         .explanation = explanation(session)};
    std::vector<Checked> all;
    all.push_back({"", mail.upkeep().check_store(options)});
    std::uint64_t total = 0;
    for (auto const& user : users) total += mail.store().usage(user.id).messages;
    Progress progress(session.text("Checking"), static_cast<std::size_t>(std::max<std::uint64_t>(total, 1)));
    std::size_t before = 0;
    for (auto const& user : users) {
        options.progress = [&](std::size_t count) {
            if (count % 500 == 0) progress.show(before + count);
        };
        all.push_back({user.login, mail.upkeep().check(user.id, options)});
        before += static_cast<std::size_t>(mail.store().usage(user.id).messages);
    }
    if (repair) mail.tell_daemon();
    return all;
}

Json json_of(Finding const& finding, std::string const& text)
{
    return Json::object({{"fault", Json::text(show(finding.fault))},
                         {"mailbox", Json::text(finding.mailbox)},
                         {"uid", finding.uid == 0 ? Json::null() : number(finding.uid)},
                         {"was", Json::number(finding.was)},
                         {"is", Json::number(finding.is)},
                         {"repaired", Json::boolean(finding.repaired)},
                         {"text", Json::text(text)}});
}

void print_json(Session& session, std::vector<Checked> const& all, bool good)
{
    std::vector<Json> users;
    std::vector<Json> of_store;
    for (auto const& checked : all) {
        std::vector<Json> findings;
        for (auto const& finding : checked.findings) findings.push_back(json_of(finding, describe(session, finding)));
        if (checked.login.empty())
            of_store = std::move(findings);
        else
            users.push_back(Json::object({{"user", Json::text(checked.login)}, {"findings", Json::array(findings)}}));
    }
    print(Json::object(
        {{"good", Json::boolean(good)}, {"store", Json::array(of_store)}, {"users", Json::array(users)}}));
}

void print_words(Session& session, std::vector<Checked> const& all)
{
    for (auto const& checked : all) {
        auto const who = checked.login.empty() ? session.text("the mail store") : checked.login;
        if (checked.findings.empty()) print(mark(true) + " " + who + ": " + session.text("in order") + "\n");
        for (auto const& finding : checked.findings) {
            auto const repaired = finding.repaired ? " (" + session.text("repaired") + ")" : "";
            print(mark(finding.repaired || is_note(finding)) + " " + who + ": " + describe(session, finding) +
                  repaired + "\n");
        }
    }
}

int check_or_repair(Session& session, Arguments const& arguments, bool repair)
{
    MailAccess mail(session);
    auto const all = check_all(session, mail, arguments, repair);
    std::size_t open = 0, hopeless = 0;
    for (auto const& checked : all)
        for (auto const& finding : checked.findings) {
            if (finding.repaired || is_note(finding)) continue;
            ++(can_be_repaired(finding.fault) ? open : hopeless);
        }
    bool const good = open + hopeless == 0;
    if (arguments.has("--json")) {
        print_json(session, all, good);
        return good ? 0 : 1;
    }
    print_words(session, all);
    if (hopeless > 0)
        print(session.text("The database cannot be mended: make a copy of the state folder, then bring back the last "
                           "backup with 'kotakpos restore FILE'.") +
              "\n");
    else if (open > 0)
        print(session.text("'kotakpos mailbox repair' mends this; no message is lost by it.") + "\n");
    return good ? 0 : 1;
}

int check(Session& session, Arguments const& arguments) { return check_or_repair(session, arguments, false); }
int repair(Session& session, Arguments const& arguments) { return check_or_repair(session, arguments, true); }

/// Whether the person means it. Without a terminal only --yes does.
bool is_agreed(Session& session, Arguments const& arguments)
{
    if (arguments.has("--yes")) return true;
    if (::isatty(STDIN_FILENO) == 0)
        throw base::Failure(base::refused("delete", "this removes mail for good", "write --yes if you mean it"));
    print(session.text("Write 'yes' to remove it:") + " ");
    std::cout.flush();
    std::string answer;
    std::getline(std::cin, answer);
    return base::equal_ignoring_case(answer, "yes") || base::equal_ignoring_case(answer, session.text("yes"));
}

/// The mail of a user who was deleted and whose mail was kept.
int remove_kept(Session& session, Arguments const& arguments)
{
    MailAccess mail(session);
    auto const login = arguments.operands.front();
    auto const user = mail.must_find(login);
    if (user.id == maild::mailbox::shared_account)
        throw base::Failure(base::refused(login, "these are the folders of the classes", "they stay"));
    if (!user.is_deleted)
        throw base::Failure(base::refused(login, "this user is not deleted",
                                          "use 'kotakpos user delete LOGIN --with-mail' to remove both"));
    auto const usage = mail.store().usage(user.id);
    auto const mailboxes = mail.store().mailboxes(user.id).size();
    print(session.text(
              "{1}: {2} messages in {3} mailboxes ({4}) of a deleted user go for good.",
              {user.login, std::to_string(usage.messages), std::to_string(mailboxes), base::show_size(usage.bytes)}) +
          "\n");
    if (!is_agreed(session, arguments)) {
        print(session.text("Nothing was removed.") + "\n");
        return 1;
    }
    mail.store().remove_account(user.id);
    mail.tell_daemon();
    print(session.text("They are removed. The disk space is free after some minutes.") + "\n");
    return 0;
}
} // namespace

std::vector<Command> mailbox_commands()
{
    std::vector<Option> const looked = {{"--user", "LOGIN"}, {"--deep", ""}, {"--json", ""}};
    std::vector<Command> commands = {
        {"list",
         "[LOGIN...]",
         0,
         most_logins,
         {{"--user", "LOGIN"}, {"--json", ""}},
         "Lists the mailboxes with their messages and how much of the quota is used.",
         list},
        {"check", "[LOGIN...]", 0, most_logins, looked,
         "Checks that all mail is in order; --deep reads every message. Works while the appliance runs.", check},
        {"repair", "[LOGIN...]", 0, most_logins, looked,
         "Checks, and mends what can be mended. No message is removed.", repair},
        {"delete",
         "'#ID'",
         1,
         1,
         {{"--yes", ""}},
         "Removes the mail that a deleted user left; 'kotakpos mailbox list' shows it as #ID.",
         remove_kept},
    };
    for (auto& command : mailbox_transfer_commands()) commands.push_back(std::move(command));
    return commands;
}

} // namespace cli
