// `kotakpos dns watch`, `dns statistics` and `dns limits`: what the name server is asked, now and today, and how much
// of it strangers may ask.

#include "appliance/base/text.h"
#include "appliance/cli/dns_control.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "appliance/db/database.h"
#include "dnsd/zone/limit_setting.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/rdata_text.h"

#include <cstdio>
#include <ctime>

namespace cli
{

namespace
{
constexpr std::size_t usual_top = 10;

/// `text`, and blanks up to a column's width. Untrusted bytes are escaped in names and data already.
std::string cell(std::string const& text, std::size_t width)
{
    return text + std::string(text.size() < width ? width - text.size() : 0, ' ') + "  ";
}

std::string clock_time(std::int64_t when)
{
    auto const seconds = static_cast<std::time_t>(when / 1000000);
    std::tm local{};
    ::localtime_r(&seconds, &local);
    char text[32];
    std::snprintf(text, sizeof text, "%02d:%02d:%02d.%03d", local.tm_hour, local.tm_min, local.tm_sec,
                  static_cast<int>(when / 1000 % 1000));
    return text;
}

/// The request for the server's watch, from --client, --name and --type.
std::string watch_request(Arguments const& arguments)
{
    std::string request = "watch";
    if (auto const client = arguments.value("--client")) {
        if (!net::Network::parse(*client))
            throw base::Failure(base::refused(*client, "this is not an address", "write one like 192.168.10.20"));
        request += " client=" + *client;
    }
    if (auto const name = arguments.value("--name")) {
        auto const wire = dnsd::wire_name(base::lower(*name) + (name->ends_with('.') ? "" : "."));
        if (wire.fault != dnsd::NameFault::none)
            throw base::Failure(base::refused(*name, "this is not a domain name", "write one like www.sch.id"));
        request += " name=" + dnsd::show_name(wire.wire);
    }
    if (auto const word = arguments.value("--type")) {
        auto const type = dnsd::read_type(*word);
        if (!type) throw base::Failure(base::refused(*word, "this is not a record type", "write one like AAAA"));
        request += " type=" + std::to_string(*type);
    }
    return request;
}

std::string show_answer(Session& session, SeenQuestion const& seen)
{
    if (seen.sent == "limited") return session.text("not answered: too many of the same");
    if (seen.sent == "slipped") return session.text("too many of the same: ask again by TCP");
    if (seen.truncated) return session.text("too long: ask again by TCP");
    if (seen.referral) return session.text("ask there: {1}", {seen.data});
    if (seen.answers > 0) return seen.data + (seen.answers > 1 ? " (+" + std::to_string(seen.answers - 1) + ")" : "");
    switch (seen.rcode) {
    case 0: return session.text("no record of this type");
    case 1: return session.text("not understood (FORMERR)");
    case 2: return session.text("failed (SERVFAIL)");
    case 3: return session.text("no such name (NXDOMAIN)");
    case 5: return session.text("refused (REFUSED)");
    default: return show_rcode(seen.rcode);
    }
}

std::string show_line(std::vector<std::string> const& cells)
{
    constexpr std::size_t widths[] = {12, 15, 4, 34, 6, 34, 0};
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) line += cell(cells[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

std::string show_seen(Session& session, SeenQuestion const& seen)
{
    return show_line({clock_time(seen.when), seen.client, seen.transport,
                      seen.name.empty() ? session.text("(unreadable)") : seen.name,
                      seen.name.empty() ? "" : seen.type, show_answer(session, seen), std::to_string(seen.size)});
}

Json json_of(SeenQuestion const& seen)
{
    return Json::object({{"time", Json::text(base::iso_date(seen.when))},
                         {"client", Json::text(seen.client)},
                         {"transport", Json::text(seen.transport)},
                         {"name", Json::text(seen.name)},
                         {"type", Json::text(seen.type)},
                         {"rcode", Json::text(show_rcode(seen.rcode))},
                         {"answers", Json::number(static_cast<long long>(seen.answers))},
                         {"data", Json::text(seen.data)},
                         {"truncated", Json::boolean(seen.truncated)},
                         {"sent", Json::text(seen.sent)},
                         {"size", Json::number(static_cast<long long>(seen.size))}});
}

/// Every line at once: somebody is looking. False: nobody any more.
bool print_now(std::string const& text)
{
    print(text);
    return std::fflush(stdout) == 0;
}

bool print_news(Session& session, std::string const& line, bool json)
{
    if (auto const seen = parse_seen_question(line))
        return print_now(json ? json_of(*seen).show() + "\n" : show_seen(session, *seen));
    if (line.starts_with("missed "))
        std::fprintf(stderr, "%s\n", session.text("({1} more came too fast to be shown)", {line.substr(7)}).c_str());
    return true;
}

int watch(Session& session, Arguments const& arguments)
{
    auto const request = watch_request(arguments);
    auto const count = base::parse_number(arguments.value("--count").value_or("0"));
    if (!count) throw base::Failure(base::refused("--count", "this is not a number"));
    session.enter_state_folder();
    DnsControl server;
    server.ask(request);
    bool const json = arguments.has("--json");
    std::uint64_t shown = 0;
    for (auto line = server.line(); line; line = server.line()) {
        if (*line == "watching") {
            if (!json && !print_now(show_line({session.text("TIME"), session.text("CLIENT"), "", session.text("NAME"),
                                               session.text("TYPE"), session.text("ANSWER"), session.text("BYTES")})))
                return 0;
            continue;
        }
        if (!print_news(session, *line, json)) return 0;
        if (line->starts_with("seen ") && ++shown == *count) return 0;
    }
    throw base::Failure(base::failed("the name server", "it has stopped", "start it with 'kotakpos run'"));
}

// --- Statistics
// ---------------------------------------------------------------------------------------------------------

Json json_of(DnsNumbers::Ranking const& ranking, std::size_t most)
{
    std::vector<std::pair<std::string, Json>> members;
    for (auto const& [name, count] : ranking)
        if (members.size() < most) members.emplace_back(name, Json::number(static_cast<long long>(count)));
    return Json::object(members);
}

Json json_of(DnsNumbers const& numbers, std::size_t top)
{
    std::vector<std::pair<std::string, Json>> counters;
    for (auto const& [name, count] : numbers.counters)
        counters.emplace_back(name, Json::number(static_cast<long long>(count)));
    std::vector<Json> forwarders;
    for (auto const& forwarder : numbers.forwarders)
        forwarders.push_back(
            Json::object({{"address", Json::text(forwarder.address)},
                          {"up", Json::boolean(forwarder.up)},
                          {"microseconds", Json::number(static_cast<long long>(forwarder.microseconds))}}));
    return Json::object(
        {{"since", Json::text(base::iso_date(static_cast<base::Timestamp>(numbers.since)))},
         {"questions_since_start", Json::number(static_cast<long long>(numbers.questions_since_start))},
         {"questions", Json::number(static_cast<long long>(numbers.questions))},
         {"counters", Json::object(counters)},
         {"forwarders", Json::array(forwarders)},
         {"types", json_of(numbers.types, SIZE_MAX)},
         {"rcodes", json_of(numbers.rcodes, SIZE_MAX)},
         {"opcodes", json_of(numbers.opcodes, SIZE_MAX)},
         {"names", json_of(numbers.names, top)},
         {"clients", json_of(numbers.clients, top)}});
}

std::string show_ranking(DnsNumbers::Ranking const& ranking, std::uint64_t all, std::size_t most)
{
    std::vector<std::string> parts;
    for (auto const& [name, count] : ranking) {
        if (parts.size() == most) break;
        auto const percent = all == 0 ? 0 : (count * 100 + all / 2) / all;
        parts.push_back(name + " " + std::to_string(count) + " (" + std::to_string(percent) + "%)");
    }
    return base::join(parts, ", ");
}

void print_top(std::string const& heading, DnsNumbers::Ranking const& ranking, std::size_t most)
{
    if (ranking.empty()) return;
    print("\n" + heading + "\n");
    for (std::size_t i = 0; i < std::min(most, ranking.size()); ++i) {
        auto const count = std::to_string(ranking[i].second);
        print(std::string(count.size() < 10 ? 10 - count.size() : 1, ' ') + count + "  " + ranking[i].first + "\n");
    }
}

/// Names of others, and who is asked for them.
void print_forwarders(Session& session, DnsNumbers const& numbers)
{
    if (numbers.forwarders.empty()) return;
    auto const number = [&](char const* name) { return std::to_string(numbers.counter(name)); };
    print(session.text("Names of others: {1} from memory, {2} asked outside, {3} failed",
                       {number("resolver-hits"), number("resolver-misses"), number("resolver-failures")}) +
          "\n");
    for (auto const& forwarder : numbers.forwarders) {
        auto const time = std::to_string((forwarder.microseconds + 500) / 1000);
        print("  " +
              (forwarder.up ? session.text("{1} answers in {2} ms", {forwarder.address, time})
                            : session.text("{1} does not answer", {forwarder.address})) +
              "\n");
    }
}

void print_words(Session& session, DnsNumbers const& numbers, std::size_t top)
{
    auto const number = [&](char const* name) { return std::to_string(numbers.counter(name)); };
    auto const since = static_cast<base::Timestamp>(numbers.since);
    print(session.text("Questions today: {1} (since {2}: {3})",
                       {std::to_string(numbers.questions), session.show_time(since),
                        std::to_string(numbers.questions_since_start)}) +
          "\n");
    if (numbers.questions > 0) {
        print(session.text("By transport: UDP {1}, TCP {2}, TLS {3}", {number("udp"), number("tcp"), number("tls")}) +
              "\n");
        print(session.text("By type: {1}", {show_ranking(numbers.types, numbers.questions, top)}) + "\n");
        print(session.text("By result: {1}", {show_ranking(numbers.rcodes, numbers.questions, top)}) + "\n");
    }
    print(session.text("Too many of the same: {1} not answered, {2} sent to TCP",
                       {number("limited"), number("slipped")}) +
          "\n");
    print_forwarders(session, numbers);
    print_top(session.text("Names asked for most:"), numbers.names, top);
    print_top(session.text("Clients that ask most:"), numbers.clients, top);
}

int statistics(Session& session, Arguments const& arguments)
{
    auto const top = base::parse_number(arguments.value("--top").value_or(std::to_string(usual_top)), 100);
    if (!top) throw base::Failure(base::refused("--top", "this is not a number from 0 to 100"));
    session.enter_state_folder();
    DnsControl const reachable; // says why not
    auto const numbers = look_at_dns().value_or(DnsNumbers{});
    if (arguments.has("--json"))
        print(json_of(numbers, *top));
    else
        print_words(session, numbers, *top);
    return 0;
}

// --- Limits
// -------------------------------------------------------------------------------------------------------------

unsigned number_of(Arguments const& arguments, char const* option, unsigned now)
{
    auto const text = arguments.value(option);
    if (!text) return now;
    auto const number = base::parse_number(*text, UINT32_MAX);
    if (!number) throw base::Failure(base::refused(option, "this is not a number"));
    return static_cast<unsigned>(*number);
}

int limits(Session& session, Arguments const& arguments)
{
    auto const now = session.dns().read([](db::Reader& reader) { return dnsd::read_limit_setting(reader); });
    dnsd::LimitSetting const wanted{number_of(arguments, "--rate", now.rate),
                                    number_of(arguments, "--slip", now.slip)};
    if (wanted != now) dnsd::set_limit_setting(session.dns(), wanted).value();
    if (arguments.has("--json")) {
        print(Json::object({{"rate", Json::number(wanted.rate)}, {"slip", Json::number(wanted.slip)}}));
        return 0;
    }
    if (wanted.rate == 0)
        print(session.text("Strangers get answers without a limit.") + "\n");
    else
        print(
            session.text("A network of strangers gets at most {1} answers a second of one kind about one name.",
                         {std::to_string(wanted.rate)}) +
            "\n" +
            (wanted.slip == 0
                 ? session.text("What is more is not answered.")
                 : session.text("Of what is more, one in {1} is told to ask again by TCP; the rest is not answered.",
                                {std::to_string(wanted.slip)})) +
            "\n");
    return 0;
}
} // namespace

std::vector<Command> dns_watch_commands()
{
    Option const json{"--json", ""};
    return {
        {"watch",
         "",
         0,
         0,
         {{"--client", "ADDRESS"}, {"--name", "NAME"}, {"--type", "TYPE"}, {"--count", "N"}, json},
         "Shows questions and answers while they come; Ctrl-C ends it.",
         watch},
        {"statistics",
         "",
         0,
         0,
         {{"--top", "N"}, json},
         "Shows how many questions came today, by type and result, and the most frequent names.",
         statistics},
        {"limits",
         "",
         0,
         0,
         {{"--rate", "N"}, {"--slip", "N"}, json},
         "Shows or changes how many answers a second strangers get.",
         limits},
    };
}

} // namespace cli
