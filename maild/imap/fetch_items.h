#pragma once
// What a FETCH asks for (RFC 3501 6.4.5, grammar in section 9: fetch-att, section), parsed. Answering is in fetch.h.

#include "appliance/message/mime.h"
#include "maild/imap/grammar.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace maild::imap
{

/// "[1.2.HEADER.FIELDS (From)]".
struct Section {
    enum class Fields { all, only, except };

    std::vector<std::uint32_t> part;
    message::SectionText text = message::SectionText::body;
    Fields fields = Fields::all;
    std::vector<std::string> names; ///< of HEADER.FIELDS
};

/// "<100.50>".
struct Partial {
    std::uint64_t offset = 0;
    std::uint64_t count = 0;
};

struct FetchItem {
    enum class Kind {
        flags,
        uid,
        internal_date,
        size,
        envelope,
        body,
        body_structure,
        section,
        modseq,
        save_date,
        email_id,
        thread_id,
        binary,       ///< BINARY[part] (RFC 3516)
        binary_size,  ///< BINARY.SIZE[part]
        preview,      ///< PREVIEW (RFC 8970)
        preview_lazy, ///< PREVIEW (LAZY)
    };

    Kind kind = Kind::flags;
    std::string name; ///< as it is answered: "BODY[1.MIME]<100>"
    Section section;
    std::optional<Partial> partial;
    bool sets_seen = false;
};

/// A single item, a macro, or a list.
std::vector<FetchItem> must_fetch_items(Parser& parser);
/// A list behind its "(".
std::vector<FetchItem> must_fetch_item_list(Parser& parser);

} // namespace maild::imap
