#pragma once
// Puts pieces of nodes into a message and moves their pointers to where they stand there. Not for choosing them
// (zone_answer.cpp).

#include "dnsd/serve/query.h"
#include "dnsd/serve/zone.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace dnsd
{

/// A name that an answer is looked for, and where its labels stand in the message.
struct Asked {
    QuestionName const* name;
    std::uint16_t const* places; ///< by label; none: the question

    std::size_t place(std::size_t label) const { return places ? places[label] : question_name_at + name->at[label]; }
};

enum class Section { answer, authority, additional };
/// Which part of a piece.
enum class Part { records, signed_records, signatures };

/// Where a piece's owner and its zone's name stand in the message.
struct Place {
    std::size_t owner = 0;
    std::size_t zone = 0;
};

/// Functions that give bool: false means that it does not fit; then nothing was written.
class AnswerWriter
{
public:
    AnswerWriter(Query const& query, std::span<char> room)
        : query_(query), out_(room.data()), room_(room.size()), begin_(query.question_end)
    {
    }

    /// Offset in the message of what comes next.
    std::size_t position() const { return begin_ + used_; }
    std::size_t used() const { return used_; }
    std::uint16_t count(Section section) const { return counts_[static_cast<std::size_t>(section)]; }
    /// Records, with RRSIGs when the client wants them.
    Part part() const { return query_.dnssec_ok ? Part::signed_records : Part::records; }

    bool put(Node const& node, RecordSet const& set, Place place, Section section)
    {
        return put(node, set, place, section, part());
    }
    bool put(Node const& node, RecordSet const& set, Place place, Section section, Part part)
    {
        auto const whole = node.piece(set);
        auto const piece = part == Part::records      ? whole.substr(0, set.size)
                           : part == Part::signatures ? whole.substr(set.size)
                                                      : whole;
        if (piece.size() > room_ - used_) return false;
        auto* const to = out_ + used_;
        std::memcpy(to, piece.data(), piece.size());
        if (place.owner != question_name_at) move_owners({to, piece.size()}, place.owner);
        if (set.shifts > 0 && place.zone != node.zone_name_at() && part != Part::signatures)
            move_pointers(node, set, place.zone, to);
        used_ += piece.size();
        add_counts(set, section, part);
        return true;
    }

    /// The owner written as it is, up to the longest suffix that `asked` has too. For records whose owner was not
    /// asked for.
    bool put_spelled(Zone const& zone, Node const& node, RecordSet const& set, Asked const& asked, Section section);

    /// The CNAME that follows from a DNAME (RFC 6672 2.2): `owner` and the name it leads to, which is `prefix` and
    /// what stands at `target`. `ttl`: four octets.
    struct Synthesis {
        std::size_t owner = 0;
        std::string_view ttl;
        std::string_view prefix;
        std::size_t target = 0;
    };
    bool put_synthesis(Synthesis const& alias);

    /// Reads a name that was written, with pointers, in lower case; `places` as in Asked.
    void read_name(std::size_t at, QuestionName& name, std::array<std::uint16_t, most_labels>& places) const;

private:
    static void move_owners(std::span<char> records, std::size_t owner);
    static void move_pointers(Node const& node, RecordSet const& set, std::size_t zone, char* piece);
    void add_counts(RecordSet const& set, Section section, Part part)
    {
        counts_[static_cast<std::size_t>(section)] =
            static_cast<std::uint16_t>(count(section) + (part != Part::signatures ? set.count : 0) +
                                       (part != Part::records ? set.signatures : 0));
    }
    void add(std::string_view bytes)
    {
        std::memcpy(out_ + used_, bytes.data(), bytes.size());
        used_ += bytes.size();
    }
    void add_number(std::size_t value)
    {
        out_[used_++] = static_cast<char>(value >> 8U);
        out_[used_++] = static_cast<char>(value);
    }

    Query const& query_;
    char* out_;
    std::size_t room_;
    std::size_t begin_;
    std::size_t used_ = 0;
    std::array<std::uint16_t, 3> counts_{};
};

inline constexpr std::size_t pointer_mark = 0xC000;
inline constexpr std::size_t last_pointer_target = 0x3FFF;

} // namespace dnsd
