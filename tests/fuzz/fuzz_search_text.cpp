#include "appliance/base/text.h"
#include "appliance/message/charset.h"
#include "appliance/message/html_text.h"
#include "maild/mailbox/text/words.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

// What SEARCH looks at: the index's words answer as the message itself does; HTML and charsets stay UTF-8.
FUZZ_TARGET(search_text)
{
    using namespace maild::mailbox::text;
    auto const words = words_of(bytes);
    for (auto const& word : words.body)
        if (!message::contains(bytes, word, message::SearchScope::body)) std::abort();
    for (auto const& word : words.header)
        if (!message::contains(bytes, word, message::SearchScope::header_and_body)) std::abort();
    if (!base::is_utf8(message::visible_text(message::guess_utf8(bytes)))) std::abort();
    message::Utf8Reader reader(bytes.substr(0, std::min<std::size_t>(bytes.size(), 12)));
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += 7) reader.feed(bytes.substr(at, 7), text);
    reader.finish(text);
    if (!base::is_utf8(text)) std::abort();
}
