#pragma once
// Messages that are in memory as a whole while they are scanned, indexed or searched. A class that sends or opens
// files of 50 MB at the same moment must not fill the memory of a small server, so they take turns.

#include "maild/mailbox/store.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace maild::mailbox
{

/// What all such messages of the process have together, at most; one alone may have more.
inline constexpr std::uint64_t whole_messages_max = std::uint64_t{64} << 20; ///< bytes
/// Smaller ones are not counted.
inline constexpr std::uint64_t counted_message = std::uint64_t{1} << 20; ///< bytes

/// Room for one of them. Waits for it, in the order of asking. From any thread, but none that has one already, and
/// never while something is sent to a client.
class MessageRoom
{
public:
    explicit MessageRoom(std::uint64_t bytes);
    ~MessageRoom();
    MessageRoom(MessageRoom const&) = delete;
    MessageRoom& operator=(MessageRoom const&) = delete;

private:
    std::uint64_t const bytes_;
};

/// Throws what reading throws.
class WholeMessage
{
public:
    explicit WholeMessage(BodyReader& reader)
        : room_(reader.size()), bytes_(reader.read(0, static_cast<std::size_t>(reader.size())))
    {
    }
    std::string_view bytes() const { return bytes_; }

private:
    MessageRoom room_;
    std::string bytes_;
};

} // namespace maild::mailbox
