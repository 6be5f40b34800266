#pragma once
// Tells the command line and the dashboards what the name server is doing, over run/dnsd.sock: one thread, lines of
// text. Nothing can be changed here.
//
//     statistics                           "questions 12", "type 1 10", "rcode 0 12", "name 7 03777777...", ...,
//                                          what the resolver counts (resolve/numbers.h), "end"
//     watch [client=A] [name=N] [type=T]   "watching", then for each question until the asker goes
//                                          "seen TIME TRANSPORT ADDRESS PORT TYPE RCODE SIZE SENT NAME REPLY" or
//                                          "missed COUNT"; names in wire form, they and replies in hexadecimal, "-"
//                                          for none
// Anything else: "unknown".

#include "appliance/base/file.h"
#include "dnsd/serve/oversight.h"

#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <thread>

namespace dnsd
{

/// What a line asks for. Throws nothing; for the fuzzer's eyes too.
struct ControlRequest {
    enum class Kind { unknown, statistics, watch };
    Kind kind = Kind::unknown;
    WatchFilter filter;
};
ControlRequest read_control_request(std::string_view line);

/// The lines for "statistics".
std::string show_statistics(Statistics::Report const& report, base::Timestamp started);
/// The line for one question.
std::string show_seen(Seen const& seen);

class Control
{
public:
    /// `socket`: bound and listening; borrowed. `more`: lines that others add to "statistics".
    Control(int socket, Oversight& oversight, std::function<std::string()> more = {});
    ~Control();
    Control(Control const&) = delete;
    Control& operator=(Control const&) = delete;

    void start();

private:
    struct Visitor {
        base::Fd socket;
        std::string input;
        std::string output;
        bool closing = false; ///< as soon as `output` is sent
        std::unique_ptr<Watch::Watcher> watcher;
    };

    void loop();
    int pause() const;
    void accept_visitors();
    void receive(Visitor& visitor);
    void answer(Visitor& visitor, std::string_view line);
    void show_news(Visitor& visitor);
    void send(Visitor& visitor);
    void begin_day();

    int socket_;
    Oversight& oversight_;
    std::function<std::string()> more_;
    base::Timestamp const started_;
    int day_; ///< of the year, in local time
    std::list<Visitor> visitors_;
    base::Fd stop_; ///< eventfd
    std::thread thread_;
};

} // namespace dnsd
