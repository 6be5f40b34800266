#pragma once
// What every thread that answers questions does with one, however it came: ask the responder, else those who know.

#include "dnsd/serve/oversight.h"
#include "dnsd/serve/responder.h"
#include "dnsd/serve/zone_answer.h"

#include <string>

namespace dnsd
{

/// What all answering threads share; it outlives them.
struct Backends {
    Responder const& responder;
    CurrentZones const& zones;
    Elsewhere* resolver = nullptr;
    Elsewhere* keeper = nullptr;
    std::string keeper_socket{}; ///< for transfers by TCP, which have many messages
    Oversight* oversight = nullptr;
};

class AnsweringThread
{
public:
    /// `observer`: of this thread, or the shared one; none: nothing is limited or counted.
    AnsweringThread(Backends const& backends, Observer* observer)
        : backends_(backends), observer_(observer), zones_(backends.zones)
    {
    }

    /// Before anything is answered, and now and then in quiet times: looks for new zones.
    void refresh() { current_ = &zones_.refresh(); }
    /// The same, before the packets that arrived together. Not with the shared observer.
    void begin(std::size_t packets)
    {
        refresh();
        if (observer_) observer_->begin_batch(packets);
    }

    /// Gives the octets to send now, written to `room`; 0: nothing, or later. `later(elsewhere, query)` submits the
    /// packet; false: too much is waiting there.
    template <class Later>
    std::size_t answer(std::string_view packet, Client const& client, std::span<char> room, std::uint16_t keepalive,
                       Later&& later)
    {
        Exchange exchange;
        exchange.client = client;
        if (backends_.responder.read(packet, exchange))
            backends_.responder.decide(*current_, room, exchange, keepalive);
        return finish(exchange, packet, room, later);
    }

    // The same for packets that arrived together: first all are read, then what is known about their names is fetched
    // from memory for all at once, then each is answered.
    bool read(std::string_view packet, Exchange& exchange) const
    {
        return backends_.responder.read(packet, exchange);
    }
    void warm_up(std::span<Query const* const> queries) const { dnsd::warm_up(*current_, queries); }
    template <class Later>
    std::size_t answer(Exchange& exchange, std::span<char> room, Later&& later)
    {
        backends_.responder.decide(*current_, room, exchange, 0);
        return finish(exchange, exchange.query.packet, room, later);
    }
    /// What is no question.
    void ignore(Exchange const& exchange)
    {
        if (observer_) observer_->finish(exchange.client, exchange.outcome, {}, 0);
    }

private:
    template <class Later>
    std::size_t finish(Exchange const& exchange, std::string_view packet, std::span<char> room, Later& later)
    {
        if (exchange.action == Action::ask_resolver || exchange.action == Action::ask_keeper)
            return ask(exchange, packet, room, later);
        if (!observer_) return exchange.size;
        return observer_->finish(exchange.client, exchange.outcome, room, exchange.size);
    }

    template <class Later>
    std::size_t ask(Exchange const& exchange, std::string_view packet, std::span<char> room, Later& later)
    {
        auto* place = exchange.action == Action::ask_resolver ? backends_.resolver : backends_.keeper;
        if (!place) return put_failure(packet, room);
        auto size = place->answer_now(packet, exchange.client, room);
        if (size == 0 && later(*place, exchange.query)) return 0;
        if (size == 0) size = put_failure(packet, room);
        return observer_ ? observer_->note(exchange.client, room.first(size), packet.size()) : size;
    }

    Backends const& backends_;
    Observer* observer_;
    ZonesInUse zones_;
    ZoneSet const* current_ = nullptr;
};

} // namespace dnsd
