#pragma once
// The trace as sentences, for whoever shows it (command line, text UI, web administration): what, to whom, where.

#include "appliance/i18n/catalog.h"
#include "maild/queue/trace_reader.h"

#include <functional>
#include <string>
#include <vector>

namespace maild::queue
{

/// How it looks: a colour where there are any.
enum class Tone { plain, good, waiting, bad };

struct StoryLine {
    base::Timestamp at = 0;
    std::string name; ///< fixed, for programs: "accepted", "delivered", "read", ...
    std::string text; ///< one line in the catalogue's language
    Tone tone = Tone::plain;
};

/// How a moment is written, in the reader's time zone.
using ShowTime = std::function<std::string(base::Timestamp)>;

/// From the connection to the last event, and what still waits `now`. Texts of strangers come as they are: whoever
/// prints them takes control characters out.
std::vector<StoryLine> story(i18n::Catalog const& catalog, TracedMessage const& message, ShowTime const& show_time,
                             base::Timestamp now = base::system_clock().now());
StoryLine story(i18n::Catalog const& catalog, RefusedMail const& refused);

/// "expanded", "delivered", ...; "read" for a reading.
std::string_view show(TraceLine const& line);
/// "imap", "pop3", "webmail"; empty: not a reading.
std::string_view show(TraceLine::Means means);

} // namespace maild::queue
