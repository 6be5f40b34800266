#pragma once
// A message on its way into a mailbox: in memory while it is small, then in a file, which goes when this goes. So a
// connection that breaks leaves nothing behind.

#include "appliance/base/file.h"
#include "maild/mailbox/store.h"

#include <string>
#include <string_view>

namespace maild::imap
{

class Incoming
{
public:
    /// `folder`: where the file would be. `expected`: bytes, 0 when nobody knows.
    explicit Incoming(std::string folder, std::uint64_t expected = 0);
    Incoming(Incoming const&) = delete;
    Incoming& operator=(Incoming const&) = delete;
    ~Incoming();

    /// Throws base::StoreError (full).
    void add(std::string_view piece);
    std::uint64_t size() const { return size_; }
    bool has_nul() const { return has_nul_; }
    mailbox::BodySource const& source() const { return source_; }

private:
    void move_to_file();

    std::string const folder_;
    mailbox::BodySource source_;
    base::Fd fd_;
    std::uint64_t size_ = 0;
    bool has_nul_ = false;
};

} // namespace maild::imap
