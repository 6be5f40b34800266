#include "dnsd/serve/answer_writer.h"

#include "dnsd/serve/octets.h"
#include "dnsd/zone/wire_record.h"

namespace dnsd
{

namespace
{
constexpr std::size_t record_head = 12; ///< owner pointer, type, class, TTL, length
constexpr std::size_t length_at = 10;

std::size_t record_size(std::string_view records) { return record_head + number_at(records, length_at); }

/// How the owner of a spelled record is written.
struct SpelledOwner {
    std::string_view labels;
    std::size_t suffix = 0; ///< where the rest stands

    std::size_t size() const { return labels.size() + 2; }
};

SpelledOwner spell(Zone const& zone, std::string_view name, Asked const& asked)
{
    auto const zone_label = asked.name->labels - zone.labels();
    for (std::size_t at = 0;; at += byte_at(name, at) + 1) {
        auto const rest = name.substr(at);
        for (std::size_t label = 0; label <= zone_label; ++label)
            if (zone.relative(*asked.name, label) == rest) return {name.substr(0, at), asked.place(label)};
    }
}
} // namespace

void AnswerWriter::move_owners(std::span<char> records, std::size_t owner)
{
    std::string_view const bytes(records.data(), records.size());
    for (std::size_t at = 0; at < records.size(); at += record_size(bytes.substr(at)))
        put_number(records, at, pointer_mark | owner);
}

void AnswerWriter::move_pointers(Node const& node, RecordSet const& set, std::size_t zone, char* piece)
{
    auto const by = zone - node.zone_name_at(); // modulo, so that it can be less than nothing
    std::span<char> const bytes(piece, set.size);
    std::string_view const view(piece, set.size);
    for (std::size_t i = 0; i < set.shifts; ++i) {
        auto const at = node.shift(set, i);
        put_number(bytes, at, number_at(view, at) + by);
    }
}

bool AnswerWriter::put_spelled(Zone const& zone, Node const& node, RecordSet const& set, Asked const& asked,
                               Section section)
{
    auto const owner = spell(zone, node.name(), asked);
    if (owner.labels.empty())
        return put(node, set, {owner.suffix, asked.place(asked.name->labels - zone.labels())}, section);
    auto const which = part();
    auto records = which == Part::records ? node.piece(set).substr(0, set.size) : node.piece(set);
    std::size_t const count = set.count + (which == Part::records ? 0U : set.signatures);
    auto const first = position();
    bool const can_point = first <= last_pointer_target;
    auto const size = records.size() + (can_point ? 1 : count) * owner.labels.size();
    if (set.size == RecordSet::oversize || size > room_ - used_) return false;
    while (!records.empty()) {
        if (position() == first || !can_point) {
            add(owner.labels);
            add_number(pointer_mark | owner.suffix);
        } else {
            add_number(pointer_mark | first);
        }
        auto const whole = record_size(records);
        add(records.substr(2, whole - 2));
        records.remove_prefix(whole);
    }
    add_counts(set, section, which);
    return true;
}

bool AnswerWriter::put_synthesis(Synthesis const& alias)
{
    if (record_head + alias.prefix.size() + 2 > room_ - used_) return false;
    add_number(pointer_mark | alias.owner);
    add_number(type::cname);
    add_number(1); // class IN
    add(alias.ttl);
    add_number(alias.prefix.size() + 2);
    add(alias.prefix);
    add_number(pointer_mark | alias.target);
    ++counts_[static_cast<std::size_t>(Section::answer)];
    return true;
}

void AnswerWriter::read_name(std::size_t at, QuestionName& name, std::array<std::uint16_t, most_labels>& places) const
{
    auto const& question = query_.name;
    std::size_t size = 0;
    std::size_t labels = 0;
    for (;;) {
        if (at < begin_) break;
        std::size_t const length = static_cast<unsigned char>(out_[at - begin_]);
        if (length >= 0xC0) {
            at = number_at({out_, used_}, at - begin_) & last_pointer_target;
            continue;
        }
        name.at[labels] = static_cast<std::uint8_t>(size);
        places[labels] = static_cast<std::uint16_t>(at);
        name.bytes[size++] = static_cast<char>(length);
        if (length == 0) break;
        for (std::size_t i = 1; i <= length; ++i) name.bytes[size++] = lower_byte(out_[at - begin_ + i]);
        at += length + 1;
        ++labels;
    }
    if (at < begin_) { // the rest is a suffix of the question
        std::size_t label = 0;
        while (label < question.labels && question_name_at + question.at[label] != at) ++label;
        auto const from = question.at[label];
        question.suffix(label).copy(name.bytes.data() + size, question.size - from);
        for (; label <= question.labels; ++label, ++labels) {
            name.at[labels] = static_cast<std::uint8_t>(size + question.at[label] - from);
            places[labels] = static_cast<std::uint16_t>(question_name_at + question.at[label]);
        }
        --labels;
        size += question.size - from;
    }
    name.size = size;
    name.labels = labels;
    name.make_hashes();
}

} // namespace dnsd
