#include "appliance/message/base_subject.h"

#include "appliance/base/text.h"
#include "appliance/message/words.h"

namespace message
{

namespace
{
constexpr std::string_view forward_trailer = "(fwd)";
constexpr std::string_view forward_header = "[fwd:";

bool begins_with(std::string_view text, std::string_view word)
{
    return base::equal_ignoring_case(text.substr(0, word.size()), word);
}

bool ends_with(std::string_view text, std::string_view word)
{
    return text.size() >= word.size() && base::equal_ignoring_case(text.substr(text.size() - word.size()), word);
}

/// The length of a subj-blob at the front: "[" *BLOBCHAR "]" *WSP; 0 when there is none.
std::size_t blob_length(std::string_view text)
{
    if (!text.starts_with('[')) return 0;
    auto const close = text.find_first_of("[]", 1);
    if (close == std::string_view::npos || text[close] == '[') return 0;
    auto const next = text.find_first_not_of(' ', close + 1);
    return next == std::string_view::npos ? text.size() : next;
}

/// The length of a subj-refwd at the front: ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"; 0 when there is none.
std::size_t reply_mark_length(std::string_view text)
{
    std::size_t length = begins_with(text, "fwd") ? 3 : begins_with(text, "re") || begins_with(text, "fw") ? 2 : 0;
    if (length == 0) return 0;
    while (length < text.size() && text[length] == ' ') ++length;
    length += blob_length(text.substr(length));
    return length < text.size() && text[length] == ':' ? length + 1 : 0;
}

/// Step 1: decoded, one blank between words.
std::string one_line(std::string_view value)
{
    std::string line;
    for (char const c : decode_words(value)) {
        bool const is_blank = c == ' ' || c == '\t';
        if (!is_blank)
            line += c;
        else if (line.empty() || line.back() != ' ')
            line += ' ';
    }
    return line;
}

/// The steps 2 to 6 on a view of the text.
class Extraction
{
public:
    explicit Extraction(std::string_view text) : rest_(text) {}

    void run()
    {
        do {
            drop_trailers();
            while (drop_leader()) {
            }
        } while (drop_forward_brackets());
    }

    std::string_view rest() const { return rest_; }
    bool is_reply() const { return is_reply_; }

private:
    /// Step 2: *subj-trailer.
    void drop_trailers()
    {
        for (;;) {
            if (rest_.ends_with(' '))
                rest_.remove_suffix(1);
            else if (ends_with(rest_, forward_trailer)) {
                rest_.remove_suffix(forward_trailer.size());
                is_reply_ = true;
            } else
                return;
        }
    }

    /// Steps 3 to 5 for what stands in front. A row of blobs is walked once: they all belong to the reply mark behind
    /// them, or go one by one as long as something is left.
    bool drop_leader()
    {
        if (rest_.starts_with(' ')) {
            rest_.remove_prefix(1);
            return true;
        }
        std::size_t last = 0;
        std::size_t end = 0;
        while (auto const blob = blob_length(rest_.substr(end))) {
            last = end;
            end += blob;
        }
        if (auto const mark = reply_mark_length(rest_.substr(end))) {
            rest_.remove_prefix(end + mark);
            is_reply_ = true;
            return true;
        }
        rest_.remove_prefix(end < rest_.size() ? end : last);
        return false;
    }

    /// Step 6.
    bool drop_forward_brackets()
    {
        if (!begins_with(rest_, forward_header) || !rest_.ends_with(']')) return false;
        rest_.remove_prefix(forward_header.size());
        rest_.remove_suffix(1);
        is_reply_ = true;
        return true;
    }

    std::string_view rest_;
    bool is_reply_ = false;
};
} // namespace

BaseSubject base_subject(std::string_view value)
{
    auto const line = one_line(value);
    Extraction extraction(line);
    extraction.run();
    return {std::string(extraction.rest()), extraction.is_reply()};
}

} // namespace message
