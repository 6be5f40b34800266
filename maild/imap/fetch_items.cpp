#include "maild/imap/fetch_items.h"

#include "appliance/base/text.h"
#include "maild/imap/limits.h"
#include "maild/imap/reply.h"

#include <algorithm>

namespace maild::imap
{

namespace
{
using Kind = FetchItem::Kind;
using message::SectionText;

constexpr base::ByteSet item_chars = base::letters | base::digits | base::ByteSet(".");
constexpr base::ByteSet section_chars = base::letters | base::ByteSet(".");

FetchItem simple(Kind kind, std::string name) { return {kind, std::move(name), {}, {}, false}; }

FetchItem whole_section(std::string name, SectionText text, bool sets_seen)
{
    FetchItem item{Kind::section, std::move(name), {}, {}, sets_seen};
    item.section.text = text;
    return item;
}

/// Section names are echoed; a field name that is no atom must be quoted again.
std::string show_names(std::vector<std::string> const& names)
{
    std::vector<std::string> shown;
    for (auto const& name : names) {
        bool const is_atom =
            !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return atom_chars.contains(c); });
        shown.push_back(is_atom ? name : show_string(name));
    }
    return " (" + base::join(shown, " ") + ")";
}

void must_field_names(Parser& parser, Section& section)
{
    parser.must_space();
    parser.must_take('(');
    do {
        section.names.push_back(parser.must_astring());
        if (section.names.size() > limits::fetch_items) throw_bad("Too many header fields");
    } while (parser.take(' '));
    parser.must_take(')');
}

/// section-spec behind its "[" and up to its "]". Gives the text to echo.
std::string must_section(Parser& parser, Section& section)
{
    std::string shown;
    while (base::digits.contains(parser.peek())) {
        section.part.push_back(parser.must_nonzero_number());
        if (section.part.size() > limits::section_depth) throw_bad("The section is too deep");
        shown += (shown.empty() ? "" : ".") + std::to_string(section.part.back());
        if (!parser.take('.')) return shown;
        if (parser.peek() == ']') throw_bad("A section may not end with a dot");
    }
    auto const text = base::upper(parser.take_while(section_chars));
    if (!shown.empty()) shown += '.';
    shown += text;
    if (text == "HEADER" || text == "HEADER.FIELDS" || text == "HEADER.FIELDS.NOT")
        section.text = SectionText::header;
    else if (text == "TEXT")
        section.text = SectionText::text;
    else if (text == "MIME" && !section.part.empty())
        section.text = SectionText::mime;
    else if (!text.empty())
        throw_bad("Unknown section");
    if (text.size() <= 6) return shown; // no field names
    section.fields = text == "HEADER.FIELDS" ? Section::Fields::only : Section::Fields::except;
    must_field_names(parser, section);
    return shown + show_names(section.names);
}

/// "<offset.count>".
void must_partial(Parser& parser, FetchItem& item)
{
    Partial partial;
    partial.offset = parser.must_number64();
    parser.must_take('.');
    partial.count = parser.must_number64();
    parser.must_take('>');
    if (partial.count == 0) throw_bad("A partial fetch of nothing");
    item.name += '<' + std::to_string(partial.offset) + '>';
    item.partial = partial;
}

FetchItem must_body(Parser& parser, bool peek)
{
    FetchItem item{Kind::section, "BODY[", {}, {}, !peek};
    item.name += must_section(parser, item.section);
    parser.must_take(']');
    item.name += ']';
    if (parser.take('<')) must_partial(parser, item);
    return item;
}

/// section-binary: numbers only (RFC 3516 section 7).
FetchItem must_binary(Parser& parser, Kind kind, std::string const& name, bool sets_seen)
{
    FetchItem item{kind, name + '[', {}, {}, sets_seen};
    parser.must_take('[');
    item.name += must_section(parser, item.section);
    if (item.section.text != SectionText::body) throw_bad("BINARY takes numbers of parts only");
    parser.must_take(']');
    item.name += ']';
    if (kind == Kind::binary && parser.take('<')) must_partial(parser, item);
    return item;
}

/// RFC 8970: "PREVIEW" [SP "(LAZY)"].
FetchItem must_preview(Parser& parser)
{
    auto const lazy = parser.take(" (LAZY)");
    return simple(lazy ? Kind::preview_lazy : Kind::preview, "PREVIEW");
}

FetchItem must_item(Parser& parser, std::string const& name)
{
    if (name == "FLAGS") return simple(Kind::flags, name);
    if (name == "UID") return simple(Kind::uid, name);
    if (name == "INTERNALDATE") return simple(Kind::internal_date, name);
    if (name == "MODSEQ") return simple(Kind::modseq, name);
    if (name == "SAVEDATE") return simple(Kind::save_date, name);
    if (name == "EMAILID") return simple(Kind::email_id, name);
    if (name == "THREADID") return simple(Kind::thread_id, name);
    if (name == "RFC822.SIZE") return simple(Kind::size, name);
    if (name == "ENVELOPE") return simple(Kind::envelope, name);
    if (name == "BODYSTRUCTURE") return simple(Kind::body_structure, name);
    if (name == "RFC822") return whole_section(name, SectionText::body, true);
    if (name == "RFC822.TEXT") return whole_section(name, SectionText::text, true);
    if (name == "RFC822.HEADER") return whole_section(name, SectionText::header, false);
    if (name == "BODY.PEEK") {
        parser.must_take('[');
        return must_body(parser, true);
    }
    if (name == "BINARY") return must_binary(parser, Kind::binary, name, true);
    if (name == "BINARY.PEEK") return must_binary(parser, Kind::binary, "BINARY", false);
    if (name == "BINARY.SIZE") return must_binary(parser, Kind::binary_size, name, false);
    if (name == "PREVIEW") return must_preview(parser);
    if (name == "BODY") return parser.take('[') ? must_body(parser, false) : simple(Kind::body, name);
    throw_bad("Unknown item of FETCH");
}

std::string take_name(Parser& parser) { return base::upper(parser.take_while(item_chars)); }
} // namespace

std::vector<FetchItem> must_fetch_item_list(Parser& parser)
{
    std::vector<FetchItem> items;
    do {
        items.push_back(must_item(parser, take_name(parser)));
        if (items.size() > limits::fetch_items) throw_bad("Too many items");
    } while (parser.take(' '));
    parser.must_take(')');
    return items;
}

std::vector<FetchItem> must_fetch_items(Parser& parser)
{
    if (parser.take('(')) return must_fetch_item_list(parser);
    auto const name = take_name(parser);
    bool const all = name == "ALL";
    bool const full = name == "FULL";
    if (!all && !full && name != "FAST") return {must_item(parser, name)};
    std::vector<FetchItem> items = {simple(Kind::flags, "FLAGS"), simple(Kind::internal_date, "INTERNALDATE"),
                                    simple(Kind::size, "RFC822.SIZE")};
    if (all || full) items.push_back(simple(Kind::envelope, "ENVELOPE"));
    if (full) items.push_back(simple(Kind::body, "BODY"));
    return items;
}

} // namespace maild::imap
