#include "dnsd/resolve/forwarding.h"

#include "appliance/base/log.h"
#include "dnsd/resolve/wire.h"

#include <algorithm>
#include <sys/epoll.h>

namespace dnsd::resolve
{

namespace
{
using namespace std::chrono_literals;

constexpr Duration tcp_patience = 1s;
constexpr unsigned most_tcp_tries = 2;
/// One question in so many goes to another upstream than the fastest, to learn how fast that one is now.
constexpr unsigned explore_one_in = 64;
/// On the way down from a zone of ours.
constexpr std::size_t most_servers = 6;
constexpr unsigned most_referrals = 5;

bool is_usable(Reply const& reply)
{
    bool const is_answer = reply.rcode == rcode::no_error || reply.rcode == rcode::name_error ||
                           reply.rcode == static_cast<unsigned>(Rcode::name_too_long);
    // A referral of somebody who does not resolve is no answer.
    return is_answer && reply.question_end > header_size &&
           (reply.recursion_available || reply.authoritative || reply.answers > 0);
}
} // namespace

// --- sending
// -----------------------------------------------------------------------------------------------------------

/// Of those that work: who was asked least for this question, then who is fastest; the unknown first.
std::shared_ptr<Upstream> Forwarding::choose(Task const& task)
{
    std::shared_ptr<Upstream> best;
    std::pair<std::ptrdiff_t, Duration> best_rank{};
    bool const explore = task.asked.empty() && randomness_.number16() % explore_one_in == 0;
    for (auto const& upstream : upstreams_of(task)) {
        if (!upstream->is_up()) continue;
        if (std::find(task.failed.begin(), task.failed.end(), upstream.get()) != task.failed.end()) continue;
        auto time = upstream->response_time().value_or(Duration::zero());
        if (explore) time = -time;
        std::pair const rank{std::count(task.asked.begin(), task.asked.end(), upstream.get()), time};
        if (best && rank >= best_rank) continue;
        best = upstream;
        best_rank = rank;
    }
    return best;
}

/// False: there is nobody left to ask.
bool Forwarding::send_next(Task& task)
{
    while (auto upstream = choose(task)) {
        if (send(task, upstream, Carrier::udp)) return true;
        if (upstream->is_up()) return false; // not its fault: no descriptors left
    }
    return false;
}

bool Forwarding::send(Task& task, std::shared_ptr<Upstream> upstream, Carrier carrier)
{
    task.asked.push_back(upstream.get());
    auto flight = std::make_unique<Flight>(Flight{{upstream, task.wanted, carrier, randomness_}, &task, 0});
    auto& exchange = flight->exchange;
    if (!exchange.start(now_)) {
        if (exchange.descriptor() >= 0 && carrier == Carrier::udp) lost(*upstream);
        return false;
    }
    count(carrier == Carrier::tcp ? state_.counters.by_tcp : state_.counters.sent);
    auto const id = next_id_++;
    epoll_event event{};
    event.events = flight->events = exchange.events();
    event.data.u64 = id;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, exchange.descriptor(), &event);
    flights_.emplace(id, std::move(flight));
    task.exchanges.push_back(id);
    auto const patience = carrier == Carrier::tcp ? tcp_patience : upstream->patience();
    schedule(task, std::min(now_ + patience, std::max(give_up_time(task), now_ + Duration(1ms))));
    return true;
}

/// Asks the same upstream again where nobody can forge and nothing is too long. False: that was tried enough.
bool Forwarding::by_tcp(Task& task, Flight const& flight)
{
    return task.tcp_tries++ < most_tcp_tries && send(task, flight.exchange.upstream(), Carrier::tcp);
}

/// From now on the servers of a delegated part, which know it themselves.
void Forwarding::ask_servers(Task& task, std::string zone, std::vector<net::IpAddress> const& addresses)
{
    task.servers.clear();
    for (auto const& address : addresses) {
        if (task.servers.size() >= most_servers) break;
        std::array<char, 8> cookie{};
        randomness_.fill(cookie);
        task.servers.push_back(
            std::make_shared<Upstream>(net::Endpoint{address, state_.options.server_port}, cookie));
    }
    task.zone = std::move(zone);
    task.wanted.recursion = false;
    task.asked.clear();
    task.failed.clear();
}

/// The server has delegated a part of its part.
bool Forwarding::go_down(Task& task, Exchange const& exchange)
{
    auto const referral = read_referral(exchange.message(), exchange.reply(), task.wanted.name);
    bool const is_below = referral.zone.size() > task.zone.size() && is_below_or_same(referral.zone, task.zone);
    if (!is_below || referral.servers.empty() || ++task.depth > most_referrals) return false;
    ask_servers(task, referral.zone, referral.servers);
    return true;
}

/// A question that every resolver answers from its cache: who serves the root?
void Forwarding::probe(std::shared_ptr<Upstream> const& upstream)
{
    if (auto const old = probes_.find(upstream.get()); old != probes_.end()) forget_flight(old->second);
    Wanted const root{std::string(1, '\0'), type::ns, false, false, true};
    auto flight = std::make_unique<Flight>(Flight{{upstream, root, Carrier::udp, randomness_}, nullptr, 0});
    upstream->probe_started(now_);
    if (!flight->exchange.start(now_)) {
        if (flight->exchange.descriptor() >= 0) lost(*upstream);
        return;
    }
    count(state_.counters.sent);
    auto const id = next_id_++;
    epoll_event event{};
    event.events = flight->events = flight->exchange.events();
    event.data.u64 = id;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, flight->exchange.descriptor(), &event);
    flights_.emplace(id, std::move(flight));
    probes_[upstream.get()] = id;
}

void Forwarding::forget_flight(std::uint64_t id)
{
    auto const found = flights_.find(id);
    if (found == flights_.end()) return;
    if (auto* const task = found->second->task) {
        auto& list = task->exchanges;
        list.erase(std::remove(list.begin(), list.end(), id), list.end());
    } else {
        probes_.erase(found->second->exchange.upstream().get());
    }
    flights_.erase(found);
}

/// Not: a server of a delegated part, or a forwarder that was one.
bool Forwarding::is_forwarder(Upstream const& upstream) const
{
    return std::any_of(upstreams_.begin(), upstreams_.end(),
                       [&](auto const& known) { return known.get() == &upstream; });
}

void Forwarding::lost(Upstream& upstream)
{
    if (upstream.unreachable(now_) && is_forwarder(upstream))
        base::log(base::Level::warning, "", "forwarder-unreachable", {{"address", upstream.endpoint().show()}});
}

// --- what comes back
// ---------------------------------------------------------------------------------------------------

void Forwarding::ready(std::uint64_t id)
{
    auto const found = flights_.find(id);
    if (found == flights_.end()) return; // its question was answered by another event of this round
    auto& flight = *found->second;
    auto const wrong_before = flight.exchange.wrong_replies();
    auto const event = flight.exchange.on_ready({room_.get(), largest_message});
    count(state_.counters.wrong_replies, flight.exchange.wrong_replies() - wrong_before);
    switch (event) {
    case Exchange::Event::nothing: break;
    case Exchange::Event::replied: return replied(id, flight);
    case Exchange::Event::doubtful:
    case Exchange::Event::forged: return suspicious(id, flight);
    case Exchange::Event::failed: return broken(id, flight);
    }
    if (auto const events = flight.exchange.events(); events != flight.events) {
        epoll_event change{};
        change.events = flight.events = events;
        change.data.u64 = id;
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, flight.exchange.descriptor(), &change);
    }
}

void Forwarding::replied(std::uint64_t id, Flight& flight)
{
    auto& exchange = flight.exchange;
    auto& upstream = *exchange.upstream();
    if (!upstream.is_up() && is_forwarder(upstream))
        base::log(base::Level::info, "", "forwarder-up", {{"address", upstream.endpoint().show()}});
    auto const time = now_ - exchange.sent();
    upstream.heard(now_, exchange.carrier() == Carrier::udp ? std::optional(time) : std::nullopt);
    count(state_.counters.replies);
    auto const micro = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
    count(state_.counters.upstream_microseconds, static_cast<std::uint64_t>(micro));
    if (flight.task) return judge_reply(*flight.task, id, flight);
    forget_flight(id);
}

void Forwarding::judge_reply(Task& task, std::uint64_t id, Flight& flight)
{
    auto const upstream = flight.exchange.upstream();
    auto const& reply = flight.exchange.reply();
    bool const udp = flight.exchange.carrier() == Carrier::udp;
    if (udp && (reply.truncated || reply.rcode == rcode::bad_cookie) && by_tcp(task, flight))
        return forget_flight(id);
    bool const knows_no_edns = reply.rcode == rcode::form_error || reply.rcode == rcode::not_implemented;
    if (knows_no_edns && !reply.has_edns && upstream->takes_edns) { // RFC 6891 7
        upstream->takes_edns = false;
        if (send(task, upstream, Carrier::udp)) return forget_flight(id);
    }
    bool const by_authority = task.servers.empty() || reply.authoritative;
    if (by_authority && is_usable(reply) && !reply.truncated)
        return finish(task, make_answer(flight.exchange.message(), reply, state_.options.lifetimes));
    bool const goes_down = !by_authority && !reply.truncated && go_down(task, flight.exchange);
    if (!goes_down) task.failed.push_back(upstream.get());
    if (reply.ede && !task.why) task.why = reply.ede;
    forget_flight(id);
    if ((goes_down || task.exchanges.empty()) && !send_next(task)) give_up(task);
}

/// Right but for a detail that a forger cannot know, or many that were wrong: by TCP nobody can forge.
void Forwarding::suspicious(std::uint64_t id, Flight& flight)
{
    auto& task = flight.task;
    count(state_.counters.wrong_replies);
    if (task) {
        task->doubted = flight.exchange.upstream().get();
        if (by_tcp(*task, flight)) return forget_flight(id);
    } else {
        // A probe: the server is there, whatever it does to names.
        flight.exchange.upstream()->heard(now_, std::nullopt);
        return forget_flight(id);
    }
    auto* const kept = task;
    forget_flight(id);
    if (kept->exchanges.empty() && !send_next(*kept)) give_up(*kept);
}

/// The network says no (UDP), or the connection ended without an answer.
void Forwarding::broken(std::uint64_t id, Flight& flight)
{
    auto const upstream = flight.exchange.upstream();
    auto* const task = flight.task;
    bool const udp = flight.exchange.carrier() == Carrier::udp;
    if (udp) lost(*upstream);
    if (!udp && task && task->doubted == upstream.get()) {
        // A server without TCP that changes the case of names, or stopped sending cookies: there are such boxes, and
        // names without case and cookies are what all others had to live with for long.
        upstream->keeps_case = false;
        upstream->does_cookies = false;
        task->doubted = nullptr;
    }
    forget_flight(id);
    if (task && task->exchanges.empty() && !send_next(*task)) give_up(*task);
}

} // namespace dnsd::resolve
