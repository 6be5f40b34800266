#include "appliance/base/text.h"
#include "appliance/cli/dns_control.h"
#include "appliance/cli/health.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "appliance/directory/settings.h"

#include <algorithm>

namespace cli
{

namespace
{
struct LastBackup {
    base::Timestamp when = 0;
    std::string file;
};

Json json_of(LastBackup const& backup)
{
    return Json::object({{"time", Json::text(base::iso_date(backup.when))}, {"file", Json::text(backup.file)}});
}

struct Findings {
    Health health;
    Disk disk;
    std::optional<QueueLength> queue;
    std::optional<DnsNumbers> dns;
    std::vector<SenderUse> senders = {};
    std::string catch_all = {};
    std::vector<std::pair<std::string, std::string>> limits = {}; ///< settings mail.limit.* and their values
    std::optional<LastBackup> backup = {};
    bool is_well() const { return health.is_healthy() && !disk.is_low(); }
};

Json json_of(ListenerHealth const& listener)
{
    return Json::object({{"service", Json::text(listener.service)},
                         {"address", Json::text(listener.address)},
                         {"answers", Json::boolean(listener.answer.good)},
                         {"problem", Json::text(listener.answer.problem)}});
}

Json json_of(ProcessHealth const& health)
{
    std::vector<Json> listeners;
    for (auto const& listener : health.listeners) listeners.push_back(json_of(listener));
    auto const& process = health.process;
    return Json::object({{"name", Json::text(process.name)},
                         {"program", Json::text(process.program)},
                         {"roles", Json::texts(process.roles)},
                         {"pid", process.pid == 0 ? Json::null() : Json::number(process.pid)},
                         {"since", Json::text(base::iso_date(process.since))},
                         {"restarts", Json::number(process.restarts)},
                         {"state", Json::text(process.state)},
                         {"healthy", Json::boolean(health.is_healthy())},
                         {"listening", Json::array(listeners)}});
}

Json json_of(DnsNumbers const& numbers)
{
    auto const number = [](std::uint64_t value) { return Json::number(static_cast<long long>(value)); };
    auto const table = [&](DnsNumbers::Ranking const& ranking) {
        std::vector<std::pair<std::string, Json>> members;
        for (auto const& [name, count] : ranking) members.emplace_back(name, number(count));
        return Json::object(members);
    };
    return Json::object({{"questions", number(numbers.questions)},
                         {"types", table(numbers.types)},
                         {"rcodes", table(numbers.rcodes)},
                         {"limited", number(numbers.counter("limited") + numbers.counter("slipped"))}});
}

Json json_of(SenderUse const& use)
{
    auto const number = [](std::uint64_t value) { return Json::number(static_cast<long long>(value)); };
    return Json::object({{"login", Json::text(use.login)},
                         {"messages", number(use.messages)},
                         {"messages_most", number(use.messages_most)},
                         {"recipients", number(use.recipients)},
                         {"recipients_most", number(use.recipients_most)},
                         {"full", Json::boolean(use.is_full())}});
}

Json mail_json(Findings const& findings)
{
    std::vector<Json> senders;
    for (auto const& use : findings.senders) senders.push_back(json_of(use));
    std::vector<std::pair<std::string, Json>> limits;
    for (auto const& [key, value] : findings.limits) limits.emplace_back(key, Json::text(value));
    return Json::object({{"catch_all", Json::text(findings.catch_all)},
                         {"limits", Json::object(limits)},
                         {"senders", Json::array(senders)}});
}

Json json_of(QueueLength const& queue)
{
    auto const number = [](std::uint64_t value) { return Json::number(static_cast<long long>(value)); };
    auto const& [premium, standard, bulk] = queue.by_class;
    return Json::object(
        {{"messages", number(queue.messages)},
         {"waiting", number(queue.waiting)},
         {"held", number(queue.held)},
         {"by_class",
          Json::object({{"premium", number(premium)}, {"standard", number(standard)}, {"bulk", number(bulk)}})}});
}

Json json_of(Findings const& findings)
{
    std::vector<Json> processes;
    for (auto const& process : findings.health.processes) processes.push_back(json_of(process));
    auto const supervisor = Json::object({{"name", Json::text("kotakpos")},
                                          {"pid", Json::number(findings.health.supervisor)},
                                          {"since", Json::text(base::iso_date(findings.health.since))}});
    return Json::object({{"running", Json::boolean(findings.health.is_running())},
                         {"well", Json::boolean(findings.is_well())},
                         {"supervisor", findings.health.is_running() ? supervisor : Json::null()},
                         {"processes", Json::array(processes)},
                         {"disk", Json::object({{"total", Json::number(static_cast<long long>(findings.disk.total))},
                                                {"free", Json::number(static_cast<long long>(findings.disk.free))}})},
                         {"queue", findings.queue ? json_of(*findings.queue) : Json::null()},
                         {"mail", mail_json(findings)},
                         {"dns", findings.dns ? json_of(*findings.dns) : Json::null()},
                         {"last_backup", findings.backup ? json_of(*findings.backup) : Json::null()}});
}

void print_process(Session& session, ProcessHealth const& health)
{
    auto const& process = health.process;
    auto const pid = process.pid == 0 ? "" : session.text("process {1}", {std::to_string(process.pid)}) + ", ";
    print(mark(health.is_healthy()) + " " + process.name + ": " + session.text(state_text(health)) + " (" + pid +
          session.text("since {1}", {session.show_time(process.since)}) + ", " +
          session.plural("restarted {1} time", "restarted {1} times", process.restarts) + ")\n");
    for (auto const& listener : health.listeners) {
        auto const said = listener.answer.good ? session.text("answers") : session.translate(listener.answer.problem);
        print("    " + mark(listener.answer.good) + " " + listener.service + " " + listener.address + ": " + said +
              "\n");
    }
}

void print_queue(Session& session, std::optional<QueueLength> const& queue)
{
    if (!queue)
        print(session.text("Queue: only root may look into it") + "\n");
    else if (queue->messages == 0)
        print(session.text("Queue: empty") + "\n");
    else
        print(session.text(
                  "Queue: {1} messages, {2} held, the oldest since {3}",
                  {std::to_string(queue->messages), std::to_string(queue->held), session.show_time(queue->oldest)}) +
              "\n");
    if (!queue) return;
    auto const& [premium, standard, bulk] = queue->by_class;
    if (premium + standard + bulk > 0)
        print(session.text("Waiting for other servers: {1} premium, {2} standard, {3} bulk",
                           {std::to_string(premium), std::to_string(standard), std::to_string(bulk)}) +
              "\n");
}

void print_dns(Session& session, std::optional<DnsNumbers> const& numbers)
{
    if (!numbers) return;
    print(session.text("DNS today: {1} questions", {std::to_string(numbers->questions)}));
    for (auto const& [name, count] : numbers->rcodes) print(", " + name + " " + std::to_string(count));
    if (auto const limited = numbers->counter("limited") + numbers->counter("slipped"); limited > 0)
        print(", " + session.text("{1} limited", {std::to_string(limited)}));
    print("\n");
    auto const& forwarders = numbers->forwarders;
    bool const outside = forwarders.empty() || std::any_of(forwarders.begin(), forwarders.end(),
                                                           [](auto const& forwarder) { return forwarder.up; });
    if (!outside) print(session.text("DNS: no forwarder answers; is there Internet?") + "\n");
}

void print_mail(Session& session, Findings const& findings)
{
    if (!findings.catch_all.empty())
        print(session.text("Catch-all: mail for addresses that do not exist goes to {1}", {findings.catch_all}) +
              "\n");
    for (auto const& use : findings.senders)
        if (use.is_full())
            print(session.text("Limit reached: {1} has sent {2} mails to {3} recipients in an hour; raise it with "
                               "'kotakpos setting set', or ask why",
                               {use.login, std::to_string(use.messages), std::to_string(use.recipients)}) +
                  "\n");
}

void print_words(Session& session, Findings const& findings)
{
    if (!findings.health.is_running())
        print(mark(false) + " " + session.text("The appliance does not run; start it with 'kotakpos run'.") + "\n");
    else if (findings.is_well())
        print(session.text("Everything is well.") + "\n");
    else
        print(session.text("Something needs attention:") + "\n");
    for (auto const& process : findings.health.processes) print_process(session, process);
    print(session.text("Disk: {1} of {2} free",
                       {base::show_size(findings.disk.free), base::show_size(findings.disk.total)}) +
          (findings.disk.is_low() ? " " + session.text("(too little: mail will be refused; make room)") : "") + "\n");
    print_queue(session, findings.queue);
    print_mail(session, findings);
    print_dns(session, findings.dns);
    print((findings.backup ? session.text("Last backup: {1}, {2}",
                                          {session.show_time(findings.backup->when), findings.backup->file})
                           : session.text("Last backup: none yet")) +
          "\n");
    if (session.config().lab) print(session.text("Practice mode is on: easy passwords are accepted.") + "\n");
}

int status(Session& session, Arguments const& arguments)
{
    session.enter_state_folder();
    Findings findings{look_at_processes(session), look_at_disk("."), look_at_queue(), look_at_dns()};
    findings.senders = look_at_senders(session.directory());
    auto& school = session.directory();
    if (auto const when = base::parse_number(school.setting(last_backup_time).value_or("")))
        findings.backup = {static_cast<base::Timestamp>(*when), school.setting(last_backup_file).value_or("")};
    directory::Settings settings(session.directory());
    findings.catch_all = settings.text("mail.catch-all");
    for (auto const& row : directory::setting_rows())
        if (row.key.starts_with("mail.limit.")) findings.limits.emplace_back(row.key, settings.text(row.key));
    if (arguments.has("--json"))
        print(json_of(findings));
    else
        print_words(session, findings);
    return findings.health.is_running() ? 0 : 1;
}
} // namespace

std::vector<Command> status_commands()
{
    return {
        {"", "", 0, 0, {{"--json", ""}}, "Shows every service, the disk, the queue and the last backup.", status}};
}

} // namespace cli
