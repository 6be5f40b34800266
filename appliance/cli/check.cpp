#include "appliance/base/text.h"
#include "appliance/cli/dns_keys.h"
#include "appliance/cli/health.h"
#include "appliance/cli/mail_probe.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "appliance/cli/self_test.h"
#include "appliance/tls/authority.h"

#include <functional>
#include <sys/stat.h>

namespace cli
{

namespace
{
constexpr std::int64_t day = 86'400'000'000; // microseconds
constexpr std::int64_t soon = 14 * day;
constexpr base::Timestamp earliest = 1'760'000'000'000'000; // October 2025: before this program was written
constexpr base::Timestamp latest = 4'000'000'000'000'000;   // 2096
constexpr base::Timestamp clock_tolerance = 300'000'000;

/// One step of the self-test: what was found, and what to do when it is not well.
struct Finding {
    std::string step; ///< "dns", "mail", ...: for programs
    bool good = false;
    std::string found; ///< translated
    std::string to_do; ///< translated
};

Finding bad(Session& session, std::string step, std::string found, std::string_view to_do)
{
    return {std::move(step), false, std::move(found), session.text(to_do)};
}

Finding check_services(Session& session)
{
    auto const health = look_at_processes(session);
    if (!health.is_running())
        return bad(session, "services", session.text("The appliance does not run."), "start it with 'kotakpos run'");
    if (health.is_healthy()) return {"services", true, session.text("All services run and answer."), ""};
    std::vector<std::string> ill;
    for (auto const& process : health.processes)
        if (!process.is_healthy()) ill.push_back(process.process.name);
    return bad(session, "services", session.text("Not well: {1}.", {base::join(ill, ", ")}),
               "see 'kotakpos status' and the log");
}

Finding check_dns(Session& session)
{
    auto const domain = session.directory().domain();
    auto const& endpoints = session.config().listen.at("dns");
    if (endpoints.empty()) return {"dns", true, session.text("DNS is switched off."), ""};
    std::string problem;
    try {
        auto const answer = ask_dns(reachable(endpoints.front()), domain, DnsType::mx, probe_time);
        if (answer.good) return {"dns", true, session.text("DNS knows where the mail of {1} goes.", {domain}), ""};
        problem = answer.problem;
    } catch (net::Disconnected const& error) { // no answer is what this step is about
        problem = error.what();
    }
    return bad(session, "dns",
               session.text("DNS does not answer for {1}: {2}.", {domain, session.translate(problem)}),
               "see 'kotakpos status' and 'kotakpos dns list'");
}

/// Somebody whose mailbox may be used: an administrator, else anybody.
std::optional<directory::User> some_user(directory::Directory& directory)
{
    std::optional<directory::User> chosen;
    for (auto& user : directory.users()) {
        if (!user.enabled || (chosen && user.role != directory::Role::admin)) continue;
        chosen = std::move(user);
        if (chosen->role == directory::Role::admin) break;
    }
    return chosen;
}

Finding check_mail(Session& session)
{
    auto const user = some_user(session.directory());
    if (!user)
        return bad(session, "mail", session.text("There is no user to write to."),
                   "add one with 'kotakpos user add'");
    std::string problem;
    try {
        auto const seconds = send_mail_to_itself({session.config(), session.directory(), *user});
        auto const shown = std::to_string(static_cast<long>(seconds * 1000));
        return {"mail", true,
                session.text("A mail to {1} arrived after {2} ms and was removed again.", {user->login, shown}), ""};
    } catch (net::Disconnected const& error) { // the reason is shown
        problem = error.what();
    } catch (base::Failure const& failure) {
        problem = session.show(failure.error());
    }
    return bad(session, "mail",
               session.text("A mail to {1} did not arrive: {2}.", {user->login, session.translate(problem)}),
               "see 'kotakpos status', 'kotakpos queue list' and the log");
}

std::string show_zones(std::vector<dnsd::SigningStatus> const& all)
{
    std::vector<std::string> names;
    for (auto const& status : all) names.push_back(status.zone);
    return base::join(names, ", ");
}

Finding check_tls(Session& session, base::Timestamp now)
{
    auto const& own = session.config().tls_certificate;
    auto const file = own.empty() ? std::string("tls/server.crt") : own;
    auto const certificate = tls::describe(file);
    if (!certificate)
        return bad(session, "tls",
                   session.text("The certificate cannot be read: {1}.", {session.show(certificate.error())}),
                   "run 'kotakpos setup' again");
    if (own.empty() && !tls::is_issued_by(file, "ca.crt"))
        return bad(session, "tls", session.text("The certificate is not of the school's CA."),
                   "run 'kotakpos setup' again");
    auto const until = session.show_time(certificate->not_after);
    if (now < certificate->not_before || now > certificate->not_after)
        return bad(session, "tls", session.text("The certificate is not valid now; it ends {1}.", {until}),
                   "check the clock, then run 'kotakpos setup' again");
    if (certificate->not_after - now < soon)
        return bad(session, "tls", session.text("The certificate ends soon: {1}.", {until}),
                   "run 'kotakpos setup' again");
    return {"tls", true, session.text("The certificate is good until {1}.", {until}), ""};
}

/// Nothing where no zone is signed.
std::optional<Finding> check_dnssec(Session& session)
{
    auto zones = zone_signing(session);
    auto const all = zones.all();
    if (all.empty()) return std::nullopt;
    for (auto const& status : all)
        if (auto const trouble = zones.trouble(status.zone))
            return bad(session, "dnssec",
                       session.text("DNSSEC of {1}: {2}.", {status.zone, session.translate(trouble->why)}),
                       trouble->to_do);
    return Finding{"dnssec", true, session.text("The signatures of {1} are in order.", {show_zones(all)}), ""};
}

Finding check_disk(Session& session)
{
    auto const disk = look_at_disk(".");
    auto const free = base::show_size(disk.free);
    if (disk.is_low())
        return bad(session, "disk", session.text("Only {1} of the disk are free.", {free}),
                   "make room, or mail will be refused");
    return {"disk", true, session.text("{1} of the disk are free.", {free}), ""};
}

Finding check_clock(Session& session, base::Timestamp now)
{
    struct stat status {
    };
    bool const from_the_future =
        ::stat("school/school.db", &status) == 0 && status.st_mtim.tv_sec * 1'000'000 > now + clock_tolerance;
    auto const shown = session.show_time(now);
    if (now < earliest || now > latest || from_the_future)
        return bad(session, "clock", session.text("The clock shows {1}; that cannot be right.", {shown}),
                   "set the clock, or switch a time service on");
    return {"clock", true, session.text("The clock shows {1}.", {shown}), ""};
}

Json json_of(Finding const& finding)
{
    return Json::object({{"step", Json::text(finding.step)},
                         {"good", Json::boolean(finding.good)},
                         {"found", Json::text(finding.found)},
                         {"to_do", Json::text(finding.to_do)}});
}

void test_all(Session& session, std::function<void(Finding const&)> const& tell)
{
    session.enter_state_folder();
    auto const now = base::system_clock().now();
    tell(check_services(session));
    tell(check_dns(session));
    if (auto const signatures = check_dnssec(session)) tell(*signatures);
    tell(check_mail(session));
    tell(check_tls(session, now));
    tell(check_disk(session));
    tell(check_clock(session, now));
}

int check(Session& session, Arguments const& arguments)
{
    bool const json = arguments.has("--json");
    std::vector<Json> entries;
    bool all_good = true;
    auto const tell = [&](Finding const& finding) {
        all_good = all_good && finding.good;
        entries.push_back(json_of(finding));
        if (json) return;
        print(mark(finding.good) + " " + finding.found +
              (finding.good ? "" : " " + session.text("To do:") + " " + finding.to_do) + "\n");
    };
    test_all(session, tell);
    if (json)
        print(Json::object({{"good", Json::boolean(all_good)}, {"steps", Json::array(entries)}}));
    else
        print(session.text(all_good ? "Everything is well." : "Not everything is well.") + "\n");
    return all_good ? 0 : 1;
}
} // namespace

std::set<std::string> ill_steps(Session& session)
{
    std::set<std::string> ill;
    test_all(session, [&](Finding const& finding) {
        if (!finding.good) ill.insert(finding.step);
    });
    return ill;
}

std::vector<Command> check_commands()
{
    return {{"",
             "",
             0,
             0,
             {{"--json", ""}},
             "Tests the box: a real DNS query, a real mail to itself, TLS, disk, clock.",
             check}};
}

} // namespace cli
