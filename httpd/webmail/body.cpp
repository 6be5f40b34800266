#include "httpd/webmail/body.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "appliance/message/charset.h"
#include "appliance/message/transfer.h"

#include <algorithm>

namespace httpd::webmail
{

namespace
{
bool has_leaf(mail::BodyPart const& part, std::string_view subtype)
{
    if (part.children.empty()) return part.is("text", subtype) && !part.is_attachment();
    return std::any_of(part.children.begin(), part.children.end(),
                       [&](auto const& child) { return has_leaf(child, subtype); });
}

class Collector
{
public:
    Collector(Body& body, Prefer prefer) : body_(body), prefer_(prefer) {}

    void part(mail::BodyPart const& part)
    {
        if (part.children.empty())
            leaf(part);
        else if (part.subtype == "alternative")
            alternative(part);
        else
            for (auto const& child : part.children) this->part(child);
    }

private:
    void leaf(mail::BodyPart const& part)
    {
        if (part.is_attachment())
            body_.files.push_back(&part);
        else
            body_.texts.push_back(&part);
    }

    /// One of the forms as text; files inside the others are not lost.
    void alternative(mail::BodyPart const& part)
    {
        auto const& children = part.children;
        auto const with = [&](std::string_view subtype) {
            return std::find_if(children.rbegin(), children.rend(),
                                [&](auto const& child) { return has_leaf(child, subtype); });
        };
        auto const html = with("html");
        auto const plain = with("plain");
        body_.has_both = body_.has_both || (html != children.rend() && plain != children.rend() && html != plain);
        auto chosen = prefer_ == Prefer::html && html != children.rend() ? html
                      : plain != children.rend()                         ? plain
                                                                         : html;
        for (auto i = children.begin(); i != children.end(); ++i) {
            if (chosen == children.rend() || &*chosen == &*i)
                this->part(*i);
            else
                files_only(*i);
        }
    }

    void files_only(mail::BodyPart const& part)
    {
        if (part.is_attachment()) body_.files.push_back(&part);
        for (auto const& child : part.children) files_only(child);
    }

    Body& body_;
    Prefer prefer_;
};

/// Length of a web address at the front of the text, 0 when there is none.
std::size_t address_length(std::string_view text)
{
    constexpr auto allowed = base::letters | base::digits | base::ByteSet("-._~:/?#[]@!$&'()*+,;=%");
    base::Cursor cursor(text);
    if (!cursor.take("https://") && !cursor.take("http://")) return 0;
    auto const rest = cursor.take_while(allowed);
    auto length = cursor.offset();
    if (rest.empty()) return 0;
    while (length > 0 && std::string_view(".,;:!?)'").find(text[length - 1]) != std::string_view::npos)
        --length; // of the sentence
    return length;
}

void add_piece(DataList& pieces, std::string_view text, bool is_link)
{
    if (text.empty()) return;
    Data piece;
    piece["is_link"] = Data(is_link);
    piece["piece"] = Data(std::string(text));
    pieces.push_back(std::move(piece));
}

DataList pieces_of(std::string_view text)
{
    DataList pieces;
    std::size_t plain = 0;
    for (std::size_t i = text.find("http"); i != std::string_view::npos; i = text.find("http", i)) {
        auto const length = address_length(text.substr(i));
        if (length == 0) {
            ++i;
            continue;
        }
        add_piece(pieces, text.substr(plain, i - plain), false);
        add_piece(pieces, text.substr(i, length), true);
        i += length;
        plain = i;
    }
    add_piece(pieces, text.substr(plain), false);
    return pieces;
}

/// "> > text": how deep, and the line without its marks.
int quote_level(std::string_view& line)
{
    constexpr int deepest = 4;
    int level = 0;
    while (line.starts_with('>')) {
        line.remove_prefix(1);
        if (line.starts_with(' ')) line.remove_prefix(1);
        ++level;
    }
    return std::min(level, deepest);
}
} // namespace

Body body_of(mail::BodyPart const& root, Prefer prefer)
{
    Body body;
    Collector(body, prefer).part(root);
    return body;
}

mail::BodyPart const* find_section(mail::BodyPart const& root, std::string_view section)
{
    if (root.section == section && root.children.empty()) return &root;
    for (auto const& child : root.children)
        if (auto const* found = find_section(child, section)) return found;
    return nullptr;
}

std::string decoded_text(mail::BodyPart const& part, std::string_view raw)
{
    return message::to_utf8(message::decode_transfer(raw, part.encoding), part.charset());
}

DataList text_blocks(std::string_view text)
{
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    DataList blocks;
    std::string together;
    int level = 0;
    auto const finish = [&] {
        if (together.empty()) return;
        Data block;
        block["level"] = Data(std::to_string(level));
        block["is_quote"] = Data(level > 0);
        block["pieces"] = Data(pieces_of(together));
        blocks.push_back(std::move(block));
        together.clear();
    };
    for (auto line : base::split(text, '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        auto const here = quote_level(line);
        if (here != level) finish();
        level = here;
        together += std::string(line) + "\n";
    }
    finish();
    return blocks;
}

} // namespace httpd::webmail
