#pragma once
// The desk: where the web administration hands in what httpd itself has no right to do. A process of its own, twice
// (operations.h: Office); it sleeps in accept() and opens nothing. Each request gets a child that lives for it alone.

#include "appliance/daemon/daemon.h"
#include "appliance/desk/operations.h"

#include <functional>
#include <string>
#include <string_view>

namespace desk
{

/// Serves until stopped; gives the exit code of main().
int serve(service::Daemon& daemon, Office office);

/// What came of a request: a line of JSON {"code": ..., "error": ...}, then what the command printed.
struct Outcome {
    enum class Code { done = 0, failed = 1, bad_request = 2, refused = 3, forbidden = 4 };
    Code code = Code::done;
    std::string error = {};  ///< for people, in the language of the request
    std::string output = {}; ///< JSON or a sentence
};

/// Checks who asks, and does it in this process: standard output is taken meanwhile, and for an operation that takes
/// a file standard input too. `file` is asked for its bytes until it gives none.
using File = std::function<std::string()>;
Outcome answer(std::string_view line, Office office, std::string const& config_file, File const& file = {});

} // namespace desk
