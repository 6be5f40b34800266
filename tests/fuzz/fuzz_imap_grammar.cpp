// The IMAP grammars alone, thousands of times faster than whole sessions (fuzz_imap.cpp): the first byte chooses one.

#include "maild/imap/fetch_items.h"
#include "maild/imap/list.h"
#include "maild/imap/message_url.h"
#include "maild/imap/notify.h"
#include "maild/imap/reply.h"
#include "maild/imap/resync.h"
#include "maild/imap/search_keys.h"
#include "maild/imap/search_return.h"
#include "maild/imap/sort.h"
#include "maild/imap/utf7.h"
#include "tests/support/fuzz.h"

#include <algorithm>
#include <cstdlib>

namespace maild::imap
{
namespace
{
/// The bytes behind the first line, as a client would send them.
class Rest final : public LiteralSource
{
public:
    explicit Rest(std::string_view bytes) : bytes_(bytes) {}
    std::string first_line() { return read_rest(); }
    void accept(Literal const& literal) override { left_ = literal.size; }
    std::string_view read_piece(std::size_t most) override
    {
        auto const size = static_cast<std::size_t>(std::min<std::uint64_t>(std::min(most, bytes_.size()), left_));
        auto const piece = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        left_ -= size;
        return piece;
    }
    std::string read_rest() override
    {
        auto const end = std::min(bytes_.find("\r\n"), bytes_.size());
        std::string line(bytes_.substr(0, end));
        bytes_.remove_prefix(std::min(end + 2, bytes_.size()));
        return line;
    }

private:
    std::string_view bytes_;
    std::uint64_t left_ = 0;
};

void parse(unsigned char which, Parser& parser)
{
    if (which == 'F') must_fetch_items(parser);
    if (which == 'Q') must_select_options(parser);
    if (which == 'M') must_fetch_options(parser);
    if (which == 'C') must_unchanged_since(parser);
    if (which == 'O') must_notify_request(parser);
    if (which == 'S') must_search_program(parser);
    if (which == 'O') {
        must_return_options(parser);
        must_sort_criteria(parser);
        parser.must_space();
        must_search_criteria(parser);
    }
    if (which == 'L') must_list_request(parser);
    if (which == 'D') show_date_time(parser.must_date_time());
    if (which == 'G') show_flags(parser.must_store_flags(), true);
    if (which == 'N') parser.must_sequence_set().resolved(1000);
    parser.must_end();
}

/// What UTF-7 means must come back when it is written and read again.
void check_name(std::string_view bytes)
{
    auto const name = from_modified_utf7(bytes);
    if (name && from_modified_utf7(to_modified_utf7(*name)) != name) std::abort();
}

void check_rights(std::string_view bytes)
{
    auto const rights = mailbox::parse_rights(bytes);
    if (rights && mailbox::parse_rights(mailbox::show_rights(*rights)).value_or(0) < *rights) std::abort();
}

void check_url(std::string_view bytes)
{
    auto const url = parse_message_url(bytes);
    if (url && url->uid == 0) std::abort();
}
} // namespace

void fuzz_grammar(std::string_view bytes)
{
    if (bytes.empty()) return;
    if (bytes[0] == 'U') return check_name(bytes.substr(1));
    if (bytes[0] == 'R') return check_rights(bytes.substr(1));
    if (bytes[0] == 'W') return check_url(bytes.substr(1));
    Rest rest(bytes.substr(1));
    try {
        Parser parser(rest.first_line(), rest, {1024, 8192});
        parse(static_cast<unsigned char>(bytes[0]), parser);
    } catch (ClientError const&) { // as it should be
    }
}
} // namespace maild::imap

FUZZ_TARGET(imap_grammar) { maild::imap::fuzz_grammar(bytes); }
