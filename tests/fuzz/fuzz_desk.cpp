#include "appliance/desk/operations.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

// What is understood is understood again the same way, and no value becomes an option of a command.
FUZZ_TARGET(desk)
{
    auto const request = desk::parse_request(bytes);
    if (!request) return;
    auto const again = desk::parse_request(desk::show(*request));
    if (!again || again->arguments != request->arguments || again->operation != request->operation) std::abort();
    auto const* operation = desk::find_operation(request->operation);
    auto const words = operation ? desk::words_of(*operation, *request) : base::failed("operation", "unknown");
    if (!words) return;
    for (auto const& word : *words) {
        if (word == "--") return;
        if (!word.starts_with("--") && word != operation->fixed) std::abort();
    }
}
