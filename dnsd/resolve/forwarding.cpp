#include "dnsd/resolve/forwarding.h"

#include "appliance/base/log.h"
#include "dnsd/resolve/wire.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>

// This file: the loop, the clients' questions and time. What goes to upstreams and comes back:
// forwarding_upstream.cpp.

namespace dnsd::resolve
{

namespace
{
using namespace std::chrono_literals;

constexpr std::uint64_t intake_event = 0;
constexpr std::uint64_t source_event = 1;
constexpr std::size_t events_at_once = 64;
/// One question is sent no more often than this, whoever is asked.
constexpr std::size_t most_sends = 6;
constexpr auto look_interval = 400ms;
constexpr auto publish_interval = 500ms;
/// Where nothing tells us of changes, and to be sure.
constexpr auto source_interval = 5s;
/// What an upstream was found not to do is tried again: it may be another server now, or somebody made us believe it.
constexpr auto fresh_start_interval = 10min;
/// A change can be seen a moment after it can be heard; and not more often, however many zones are edited.
constexpr auto source_pause = 100ms;
constexpr auto second_source_look = 500ms;
constexpr auto longest_sleep = 5s;

void watch(int epoll, int descriptor, std::uint64_t id)
{
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = id;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

void listen(int epoll, int descriptor, std::uint64_t id, bool on)
{
    epoll_event event{};
    if (on) event.events = EPOLLIN;
    event.data.u64 = id;
    ::epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event);
}
} // namespace

Forwarding::Forwarding(ResolverState& state, Intake& intake, std::unique_ptr<ForwarderSource> source)
    : state_(state),
      intake_(intake),
      source_(std::move(source)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      room_(new char[largest_message]),
      reply_(new char[largest_message])
{
    if (!epoll_) base::throw_store_error("epoll");
    watch(epoll_.get(), intake_.descriptor(), intake_event);
    if (source_->descriptor() >= 0) watch(epoll_.get(), source_->descriptor(), source_event);
}

Forwarding::~Forwarding()
{
    for (auto& [key, task] : tasks_)
        for (auto& waiting : task->waiting) intake_.finish(waiting, {});
    for (auto& waiting : intake_.take()) intake_.finish(waiting, {});
}

void Forwarding::stop()
{
    stopping_ = true;
    intake_.wake();
}

void Forwarding::run()
{
    std::array<epoll_event, events_at_once> events{};
    now_ = std::chrono::steady_clock::now();
    watch_forwarders();
    while (!stopping_.load(std::memory_order_relaxed)) {
        int const count = ::epoll_wait(epoll_.get(), events.data(), events_at_once, wait_time());
        now_ = std::chrono::steady_clock::now();
        for (int i = 0; i < count; ++i) {
            auto const id = events[static_cast<std::size_t>(i)].data.u64;
            if (id == intake_event)
                take_questions();
            else if (id == source_event)
                hear_of_forwarders();
            else
                ready(id);
        }
        look_at_time();
        settle_reach();
        publish();
    }
}

int Forwarding::wait_time() const
{
    auto until = std::min<Time>(now_ + longest_sleep, next_source_look_);
    if (!timers_.empty()) until = std::min(until, timers_.begin()->first);
    for (auto const& upstream : upstreams_)
        if (auto const look = upstream->next_look()) until = std::min(until, *look);
    auto const wait = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    return static_cast<int>(std::max<std::int64_t>(wait.count(), 0));
}

// --- clients
// -----------------------------------------------------------------------------------------------------------

void Forwarding::take_questions()
{
    for (auto& waiting : intake_.take()) begin(std::move(waiting));
}

void Forwarding::begin(Waiting waiting)
{
    Query query;
    auto const bad = read_query(waiting.message, waiting.client.transport, query) != Rcode::no_error;
    if (bad || !query.has_question()) return intake_.finish(waiting, {});
    // The answer may have come since the answering thread looked.
    if (!waiting.refresh)
        if (auto const size = state_.answer_known(query, waiting.client, reply_room()); size > 0)
            return intake_.finish(waiting, written(size));
    auto const lead = find_lead(state_.options.zones, query);
    if (lead.kind == Lead::Kind::own) return answer(waiting, own_answer(lead, query).view()); // since a moment
    waiting.by_alias = lead.kind == Lead::Kind::alias;
    auto const name = waiting.by_alias ? std::string_view(lead.target) : query.name.whole();
    QuestionKey const key(name, query);
    auto& task = tasks_[std::string(key.view())];
    if (task) {
        count(state_.counters.joined);
        task->waiting.push_back(std::move(waiting));
        return;
    }
    if (tasks_.size() > state_.options.most_in_flight) {
        tasks_.erase(std::string(key.view()));
        count(state_.counters.refused);
        return answer(waiting, make_failure(rcode::server_failure, std::nullopt).view());
    }
    count(state_.counters.misses);
    task = std::make_unique<Task>();
    task->key = key.view();
    task->wanted = {std::string(name), query.type, query.dnssec_ok, disables_checking(query), true};
    task->started = task->next = now_;
    task->generation = generation_;
    timers_.emplace(now_, task.get());
    task->waiting.push_back(std::move(waiting));
    if (!lead.servers.empty()) ask_servers(*task, lead.zone, lead.servers);
    if (!send_next(*task)) give_up(*task);
}

void Forwarding::answer(Waiting& waiting, AnswerView const& answer, Age const& age)
{
    Query query;
    [[maybe_unused]] auto const good = read_query(waiting.message, waiting.client.transport, query);
    auto const lead = waiting.by_alias ? find_lead(state_.options.zones, query) : Lead{};
    auto const joined = lead.kind == Lead::Kind::alias ? join_answers(lead, query, answer, age) : Answer{};
    bool const is_joined = lead.kind == Lead::Kind::alias;
    auto const size = is_joined ? state_.reply(query, waiting.client, joined.view(), {}, reply_room())
                                : state_.reply(query, waiting.client, answer, age, reply_room());
    if (answer.rcode == rcode::server_failure) count(state_.counters.failures);
    intake_.finish(waiting, written(size));
}

void Forwarding::finish(Task& task, Answer const& answer)
{
    auto const& lifetimes = state_.options.lifetimes;
    bool const is_failure = answer.shape.rcode == rcode::server_failure;
    if (task.generation == generation_)
        state_.cache.put(state_.cache.key(task.key), coarse_now(), answer.view(), answer.lifetime,
                         is_failure ? 0 : lifetimes.stale);
    for (auto& waiting : task.waiting) this->answer(waiting, answer.view());
    forget(task);
}

/// Nobody could answer: the old answer, if there is one, else a failure. Both are then given for some time to clients
/// who ask again, instead of doing the same again (RFC 9520). But not while everybody is away: that is known anyway,
/// and shall be over as soon as somebody is back.
void Forwarding::give_up(Task& task)
{
    auto const& lifetimes = state_.options.lifetimes;
    auto const key = state_.cache.key(task.key);
    auto const now = coarse_now();
    settle_reach();
    auto const reach = task.servers.empty() ? state_.reach.load(std::memory_order_relaxed) : Reach::fine;
    bool const has_stale = state_.cache.find(key, now, AnswerCache::Accept::stale, [](auto&&...) {});
    if (has_stale && reach == Reach::fine) state_.cache.postpone(key, now, now + lifetimes.stale_retry);
    if (has_stale) answer_stale(task);
    auto const fallback = reach == Reach::no_way ? ede::network_error : ede::no_reachable_authority;
    auto failure = make_failure(rcode::server_failure, task.why ? task.why : fallback);
    if (!has_stale && reach == Reach::fine) failure.lifetime = lifetimes.failure;
    finish(task, failure);
}

/// Whoever waits gets the old answer, if there is one.
void Forwarding::answer_stale(Task& task)
{
    std::vector<Waiting> left;
    for (auto& waiting : task.waiting) {
        Query query;
        [[maybe_unused]] auto const good = read_query(waiting.message, waiting.client.transport, query);
        auto const size = state_.answer_stale(query, waiting.client, reply_room());
        if (size > 0)
            intake_.finish(waiting, written(size));
        else
            left.push_back(std::move(waiting));
    }
    task.waiting = std::move(left);
}

void Forwarding::forget(Task& task)
{
    for (auto const id : task.exchanges) flights_.erase(id);
    timers_.erase({task.next, &task});
    tasks_.erase(std::string(task.key));
}

void Forwarding::schedule(Task& task, Time when)
{
    timers_.erase({task.next, &task});
    task.next = when;
    timers_.emplace(when, &task);
}

// --- time
// --------------------------------------------------------------------------------------------------------------

void Forwarding::look_at_time()
{
    if (now_ >= next_source_look_) watch_forwarders();
    while (!timers_.empty() && timers_.begin()->first <= now_) task_is_due(*timers_.begin()->second);
    if (now_ >= next_fresh_start_) {
        next_fresh_start_ = now_ + fresh_start_interval;
        for (auto const& upstream : upstreams_) upstream->start_afresh();
    }
    for (auto const& upstream : upstreams_) {
        auto const look = upstream->look(now_);
        if (look == Upstream::Look::probe) probe(upstream);
        if (look == Upstream::Look::went_down)
            base::log(base::Level::warning, "", "forwarder-down", {{"address", upstream->endpoint().show()}});
    }
}

/// As long as upstreams say nothing at all, not long; when only this question takes long, some seconds more.
Time Forwarding::give_up_time(Task const& task) const
{
    auto const& upstreams = upstreams_of(task);
    bool const alive = std::any_of(upstreams.begin(), upstreams.end(), [&](auto const& upstream) {
        return upstream->last_heard() && *upstream->last_heard() > task.started;
    });
    return task.started + (alive ? state_.options.give_up_late : state_.options.give_up);
}

void Forwarding::task_is_due(Task& task)
{
    auto const end = give_up_time(task);
    bool const offline = task.servers.empty() && state_.reach.load(std::memory_order_relaxed) != Reach::fine;
    if (offline || now_ >= end) return give_up(task);
    if (now_ >= task.started + state_.options.give_up && !task.waiting.empty()) answer_stale(task);
    for (auto const id : task.exchanges) {
        auto const& exchange = flights_.at(id)->exchange;
        auto const& upstream = exchange.upstream();
        if (exchange.carrier() != Carrier::udp || !upstream->doubt(exchange.sent())) continue;
        count(state_.counters.unanswered);
        if (is_forwarder(*upstream)) probe(upstream);
    }
    if (task.asked.size() < most_sends) {
        if (!send_next(task)) return give_up(task);
        return; // it has set the time
    }
    schedule(task, std::min<Time>(now_ + look_interval, end));
}

void Forwarding::hear_of_forwarders()
{
    source_->heard();
    listen(epoll_.get(), source_->descriptor(), source_event, false);
    hears_source_ = false;
    next_source_look_ = std::min<Time>(next_source_look_, now_ + source_pause);
}

/// The forwarders as they are set now.
void Forwarding::watch_forwarders()
{
    bool const told = !std::exchange(hears_source_, true);
    if (told) listen(epoll_.get(), source_->descriptor(), source_event, true);
    next_source_look_ = now_ + (told ? Duration(second_source_look) : Duration(source_interval));
    auto const endpoints = source_->current();
    auto const same =
        std::equal(upstreams_.begin(), upstreams_.end(), endpoints.begin(), endpoints.end(),
                   [](auto const& upstream, auto const& endpoint) { return upstream->endpoint() == endpoint; });
    if (same && generation_ > 0) return;
    std::vector<std::shared_ptr<Upstream>> upstreams;
    std::string shown;
    for (auto const& endpoint : endpoints) {
        auto const known = std::find_if(upstreams_.begin(), upstreams_.end(),
                                        [&](auto const& upstream) { return upstream->endpoint() == endpoint; });
        std::array<char, 8> cookie{};
        randomness_.fill(cookie);
        upstreams.push_back(known != upstreams_.end() ? *known : std::make_shared<Upstream>(endpoint, cookie));
        shown += (shown.empty() ? "" : ", ") + endpoint.show();
    }
    auto const before = std::exchange(upstreams_, std::move(upstreams));
    for (auto const& upstream : before)
        if (auto const asked = probes_.find(upstream.get()); asked != probes_.end() && !is_forwarder(*upstream))
            forget_flight(asked->second);
    // Other forwarders may say other things (filters, a school's own view).
    if (++generation_ > 1) state_.cache.clear();
    for (auto const& upstream : upstreams_)
        if (!upstream->last_heard()) probe(upstream);
    base::log(base::Level::info, "", "forwarders", {{"addresses", shown}});
    settle_reach();
    next_publish_ = now_;
}

/// Tells the answering threads whether anybody can be asked. When nobody can, nobody waits.
void Forwarding::settle_reach()
{
    auto reach = upstreams_.empty() ? Reach::nobody : Reach::silent;
    for (auto const& upstream : upstreams_) {
        if (upstream->reach() == Reach::no_way && reach != Reach::fine) reach = Reach::no_way;
        if (upstream->is_up()) reach = Reach::fine;
    }
    auto const before = state_.reach.exchange(reach, std::memory_order_relaxed);
    if (reach == Reach::fine || before != Reach::fine) return;
    base::log(base::Level::warning, "", "resolver-offline", {{"waiting", std::to_string(tasks_.size())}});
    for (auto const& [key, task] : tasks_) schedule(*task, now_);
}

void Forwarding::publish()
{
    if (now_ < next_publish_) return;
    next_publish_ = now_ + publish_interval;
    std::vector<ResolverNumbers::Forwarder> list;
    for (auto const& upstream : upstreams_)
        list.push_back({upstream->endpoint(), upstream->is_up(),
                        std::chrono::duration_cast<std::chrono::microseconds>(
                            upstream->response_time().value_or(Duration::zero()))});
    std::lock_guard const lock(published_mutex_);
    published_ = std::move(list);
}

std::vector<ResolverNumbers::Forwarder> Forwarding::forwarders() const
{
    std::lock_guard const lock(published_mutex_);
    return published_;
}

} // namespace dnsd::resolve
