#include "maild/mailbox/packs/flag_pack.h"

#include "maild/mailbox/packs/pack.h"

namespace maild::mailbox::packs
{

std::string pack_flags(FlagRow const& flags, std::string_view keywords, ModSeq moment)
{
    std::string text;
    append_varint(text, flags.system);
    append_varint(text, moment - flags.modseq);
    return text.append(keywords);
}

void must_unpack_flags(Uid uid, std::string_view text, ModSeq moment, TakeFlags const& take)
{
    auto const system = must_take_varint(text);
    auto const age = must_take_varint(text);
    if (system > UINT32_MAX || age >= moment) throw DamagedCache{};
    take({uid, static_cast<std::uint32_t>(system), moment - age}, text);
}

} // namespace maild::mailbox::packs
