#pragma once
// Answers FETCH: from the rows where that suffices, from the index for envelopes, structures and headers, from the
// body's file for the rest. However many messages are asked, memory holds a batch of index texts and a piece of one
// body; only a section inside a message that was not yet scanned needs the whole of that one message.

#include "appliance/net/stream.h"
#include "maild/imap/fetch_items.h"
#include "maild/imap/walk.h"
#include "maild/mailbox/store.h"

#include <map>
#include <string>
#include <vector>

namespace maild::imap
{

/// The scanned tree of the last message whose parts were asked: clients fetch one part after another, or in pieces.
struct StructureCache {
    mailbox::BodyId body = 0;
    message::Part root;
};

class Fetcher
{
public:
    Fetcher(mailbox::MailStore& store, net::Stream& stream, StructureCache& structures, unsigned features)
        : store_(store), stream_(stream), structures_(structures), features_(features)
    {
    }

    /// Writes one FETCH response per message. False: some messages were expunged meanwhile and left out.
    /// Throws Disconnected when a response that was begun cannot be finished.
    bool run(View& view, mailbox::UidSet const& selection, std::vector<FetchItem> const& items,
             Walk::Order order = Walk::Order::oldest_first);
    /// Some items were left out of the answer because a part's transfer encoding is not known (RFC 3516
    /// section 4.3).
    bool met_unknown_encoding() const { return met_unknown_encoding_; }

private:
    struct Message {
        Entry const& entry;
        mailbox::MessageIndex const* texts; ///< null: no item needs them
        std::unique_ptr<mailbox::BodyReader> body;
    };
    void load_threads(View const& view, std::vector<Entry> const& batch);
    bool respond(Message& message, std::vector<FetchItem> const& items);
    static bool has_header(Message const& message, Section const& section);
    static bool needs_body(Message const& message, FetchItem const& item);
    void write_item(Message& message, FetchItem const& item);
    void write_section(Message& message, FetchItem const& item);
    void write_from_body(Message& message, FetchItem const& item, message::Range range);
    void write_text(FetchItem const& item, std::string_view text);
    std::optional<message::Range> find_range(Message& message, Section const& section);
    message::Part const& structure_of(Message& message);

    // fetch_binary.cpp
    struct Decoded {
        std::uint64_t bytes = 0;
        bool has_nul = false; ///< then it must be sent as a literal8
    };
    std::vector<FetchItem const*> without_unknown_encodings(Message& message, std::vector<FetchItem> const& items);
    Decoded binary_size(Message& message, Section const& section);
    void write_binary(Message& message, FetchItem const& item);
    template <class Take>
    void decode(Message& message, message::Part const& part, Take const& take);
    std::string preview_of(Message& message, FetchItem const& item);

    std::string header_of(Message& message, Section const& section, bool& found);

    mailbox::MailStore& store_;
    net::Stream& stream_;
    StructureCache& structures_;
    unsigned const features_;                         ///< bits of Feature
    std::map<mailbox::BodyId, std::int64_t> threads_; ///< of the current batch, where they are asked
    bool met_unknown_encoding_ = false;
};

/// What "<offset.count>" leaves of a range.
message::Range cut(message::Range range, std::optional<Partial> const& partial);

/// The lines of those fields that are (or are not) named, and the empty line (RFC 3501 6.4.5).
std::string filter_header(std::string_view header, Section const& section);

} // namespace maild::imap
