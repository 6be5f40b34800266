#include "maild/imap/incoming.h"

#include "maild/imap/limits.h"

#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace maild::imap
{

Incoming::Incoming(std::string folder, std::uint64_t expected) : folder_(std::move(folder))
{
    if (expected > limits::append_in_memory) move_to_file();
}

Incoming::~Incoming()
{
    if (!source_.file.empty()) ::unlink(source_.file.c_str());
}

void Incoming::add(std::string_view piece)
{
    has_nul_ = has_nul_ || piece.find('\0') != std::string_view::npos;
    size_ += piece.size();
    if (!fd_ && size_ > limits::append_in_memory) move_to_file();
    if (fd_)
        base::write_all(fd_.get(), piece);
    else
        source_.bytes += piece;
}

void Incoming::move_to_file()
{
    source_.file = folder_ + "/append-XXXXXX";
    fd_ = base::Fd(::mkostemp(source_.file.data(), O_CLOEXEC));
    if (!fd_) {
        source_.file.clear();
        base::throw_store_error("making a file for a message");
    }
    base::write_all(fd_.get(), source_.bytes);
    std::string().swap(source_.bytes);
}

} // namespace maild::imap
