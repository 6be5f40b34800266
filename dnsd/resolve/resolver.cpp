#include "dnsd/resolve/resolver.h"

#include "appliance/base/log.h"
#include "dnsd/resolve/forwarding.h"

#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace dnsd
{

namespace
{
/// Longer questions do not exist; padded ones (RFC 8467) are far below.
constexpr std::size_t longest_question = 4096;
/// However many names of others are asked for: our own come first.
constexpr int niceness = 5;
} // namespace

class Resolver::Implementation
{
public:
    Implementation(ResolverOptions options, std::unique_ptr<ForwarderSource> source)
        : state(std::move(options)),
          intake(state.options.most_waiting, state.options.most_per_client),
          forwarding(state, intake, std::move(source))
    {
        state.set_refresh([this](Query const& query, Client const& client) {
            intake.add({std::string(query.packet), client, [](std::string const&) {}, true, false});
        });
    }
    ~Implementation()
    {
        forwarding.stop();
        if (thread.joinable()) thread.join();
    }

    void run()
    {
        ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
        try {
            forwarding.run();
        } catch (std::exception const& error) {
            base::log(base::Level::error, "", "resolver-ended", {{"why", error.what()}});
            ::abort(); // the supervisor starts us anew
        }
    }

    resolve::ResolverState state;
    resolve::Intake intake;
    resolve::Forwarding forwarding;
    std::thread thread;
};

Resolver::Resolver(ResolverOptions options, std::unique_ptr<ForwarderSource> source)
    : implementation_(std::make_unique<Implementation>(std::move(options), std::move(source)))
{
}

Resolver::~Resolver() = default;

void Resolver::start()
{
    implementation_->thread = std::thread([this] { implementation_->run(); });
}

std::size_t Resolver::answer_now(std::string_view message, Client const& client, std::span<char> room)
{
    Query query;
    if (read_query(message, client.transport, query) != Rcode::no_error || !query.has_question()) return 0;
    return implementation_->state.answer_known(query, client, room);
}

bool Resolver::submit(std::string message, Client const& client, std::function<void(std::string)> done)
{
    if (message.size() > longest_question) return false;
    if (implementation_->intake.add({std::move(message), client, std::move(done), false, false})) return true;
    resolve::count(implementation_->state.counters.refused);
    return false;
}

ResolverNumbers Resolver::numbers() const
{
    auto const& counters = implementation_->state.counters;
    auto const cache = implementation_->state.cache.numbers();
    ResolverNumbers numbers;
    numbers.hits = cache.hits + cache.stale_hits;
    numbers.stale = cache.stale_hits;
    numbers.misses = counters.misses;
    numbers.joined = counters.joined;
    numbers.local = counters.local;
    numbers.failures = counters.failures;
    numbers.refused = counters.refused;
    numbers.sent = counters.sent;
    numbers.by_tcp = counters.by_tcp;
    numbers.unanswered = counters.unanswered;
    numbers.wrong_replies = counters.wrong_replies;
    numbers.upstream_microseconds = counters.upstream_microseconds;
    numbers.replies = counters.replies;
    numbers.cached_answers = cache.answers;
    numbers.cached_bytes = cache.bytes;
    numbers.waiting = implementation_->intake.size();
    numbers.forwarders = implementation_->forwarding.forwarders();
    return numbers;
}

} // namespace dnsd
