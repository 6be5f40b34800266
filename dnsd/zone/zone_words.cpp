#include "dnsd/zone/zone_words.h"

#include "appliance/base/text.h"

namespace dnsd
{

namespace
{
constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
constexpr bool ends_word(char c) { return is_blank(c) || c == '\n' || c == ';' || c == '(' || c == ')'; }
} // namespace

bool EntryReader::next(Entry& entry)
{
    entry.words.clear();
    entry.fault = nullptr;
    depth_ = 0;
    begin(entry);
    while (at_ < text_.size() && !entry.fault) {
        char const c = text_[at_];
        if (c == '\n') {
            if (end_line(entry)) return true;
        } else if (is_blank(c)) {
            ++at_;
        } else if (c == ';') {
            skip_line();
        } else if (c == '(') {
            ++depth_;
            ++at_;
        } else if (c == ')') {
            ++at_;
            if (depth_ == 0)
                entry.fault = "a bracket is closed that was not opened";
            else
                --depth_;
        } else {
            entry.fault = take_word(entry);
        }
    }
    if (depth_ > 0 && !entry.fault) entry.fault = "a bracket is opened and never closed";
    if (entry.fault) skip_line();
    return entry.fault != nullptr || !entry.words.empty();
}

/// Notes where the physical line begins.
void EntryReader::begin(Entry& entry) const
{
    auto const rest = text_.substr(at_);
    entry.line = line_;
    entry.text = rest.substr(0, rest.find('\n'));
    entry.begins_blank = !rest.empty() && is_blank(rest[0]);
}

/// True: the entry is complete.
bool EntryReader::end_line(Entry& entry)
{
    ++at_;
    ++line_;
    if (depth_ > 0) return false;
    if (!entry.words.empty()) return true;
    begin(entry);
    return false;
}

char const* EntryReader::take_word(Entry& entry)
{
    auto const from = at_;
    bool quoted = false;
    for (; at_ < text_.size(); ++at_) {
        char const c = text_[at_];
        if (c == '\n' || (!quoted && ends_word(c))) break;
        if (c == '"') quoted = !quoted;
        if (c == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n') ++at_;
    }
    entry.words.push_back(text_.substr(from, at_ - from));
    return quoted ? "a text in double quotes is not closed" : nullptr;
}

void EntryReader::skip_line()
{
    auto const end = text_.find('\n', at_);
    at_ = end == std::string_view::npos ? text_.size() : end;
}

} // namespace dnsd
