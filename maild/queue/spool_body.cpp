#include "maild/queue/spool_body.h"

#include "appliance/base/file.h"
#include "appliance/base/secret.h"
#include "maild/limits.h"

#include <atomic>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace maild::queue
{

namespace
{
constexpr std::string_view id_digits = "0123456789abcdefghijklmnopqrstuv";
constexpr std::size_t id_length = 13;
constexpr unsigned random_bits = 12;
/// Pieces in which a big body goes to its file.
constexpr std::size_t write_piece = 256 << 10;

std::string part_of(std::string const& bytes, std::uint64_t offset, std::size_t most)
{
    return offset < bytes.size() ? bytes.substr(static_cast<std::size_t>(offset), most) : std::string();
}

std::string part_of(base::Fd const& source, std::string const& path, std::uint64_t offset, std::size_t most)
{
    std::string piece(most, '\0');
    std::size_t got = 0;
    while (got < most) {
        auto const count = ::pread(source.get(), piece.data() + got, most - got, static_cast<off_t>(offset + got));
        if (count < 0) base::throw_store_error(path);
        if (count == 0) break;
        got += static_cast<std::size_t>(count);
    }
    piece.resize(got);
    return piece;
}
} // namespace

MessageId new_message_id(std::int64_t now)
{
    // Never twice in a process, also within one microsecond or when the clock goes back: the id is the key of
    // exactly-once delivery.
    static std::atomic<MessageId> last = 0;
    auto const random = base::random_key() & ((1LL << random_bits) - 1);
    auto before = last.load();
    auto id = (now << random_bits) | random;
    do {
        if (id <= before) id = before + 1;
    } while (!last.compare_exchange_weak(before, id));
    return id;
}

std::string show(MessageId id)
{
    std::string text(id_length, '0');
    auto rest = static_cast<std::uint64_t>(id);
    for (std::size_t i = id_length; i-- > 0; rest >>= 5U) text[i] = id_digits[rest & 31U];
    return text;
}

std::optional<MessageId> parse_message_id(std::string_view text)
{
    if (text.size() != id_length) return std::nullopt;
    std::uint64_t value = 0;
    for (char const c : text) {
        auto const digit = id_digits.find(c);
        if (digit == std::string_view::npos || value >> 58U != 0) return std::nullopt;
        value = value << 5U | digit;
    }
    return static_cast<MessageId>(value);
}

SpoolBody::SpoolBody(MessageId id, std::string folder) : id_(id), folder_(std::move(folder)) {}

SpoolBody::~SpoolBody()
{
    if (file_ && !kept_) ::unlink(path(renamed_).c_str());
}

std::string SpoolBody::path(bool final) const { return folder_ + "/" + show(id_) + (final ? "" : ".tmp"); }

void SpoolBody::add_return_path(std::string_view sender)
{
    head_ = "Return-Path: <" + std::string(sender) + ">\r\n";
    return_path_ = head_.size();
}

void SpoolBody::append(std::string_view bytes)
{
    if (error_) return;
    size_ += bytes.size();
    bytes_ += bytes;
    if (!file_ && bytes_.size() <= limits::inline_body) return;
    try {
        if (!file_) spill();
        if (bytes_.size() >= write_piece) write_out();
    } catch (base::StoreError const& error) { // kept: the sender must be heard out before he is told
        error_ = error;
        std::string().swap(bytes_);
    }
}

void SpoolBody::replace(std::string_view bytes)
{
    size_ = 0;
    bytes_.clear();
    if (file_ && (::ftruncate(file_.get(), 0) != 0 || ::lseek(file_.get(), 0, SEEK_SET) != 0))
        base::throw_store_error(path(false));
    append(bytes);
}

void SpoolBody::spill()
{
    auto const name = path(false);
    file_ = base::Fd(::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0660));
    if (!file_ || ::fchmod(file_.get(), 0660) != 0) base::throw_store_error(name);
}

void SpoolBody::write_out()
{
    base::write_all(file_.get(), bytes_);
    bytes_.clear();
}

void SpoolBody::finish()
{
    if (error_) throw *error_;
    if (!file_) return;
    write_out();
    if (::fsync(file_.get()) != 0) base::throw_store_error(path(false));
    if (::rename(path(false).c_str(), path(true).c_str()) != 0) base::throw_store_error(path(true));
    renamed_ = true;
    base::sync_folder(folder_);
}

std::string SpoolBody::read(std::uint64_t offset, std::size_t most)
{
    if (error_) throw *error_;
    if (!file_) return part_of(bytes_, offset, most);
    write_out();
    return part_of(file_, path(renamed_), offset, most);
}

std::string StoredBody::read(std::uint64_t offset, std::size_t most) const
{
    auto piece = part_of(head, offset, most);
    if (piece.size() == most) return piece;
    auto const behind = offset > head.size() ? offset - head.size() : 0;
    auto const wanted = most - piece.size();
    return piece + (file.empty() ? part_of(bytes, behind, wanted)
                                 : part_of(base::open_plain_file(file), file, behind, wanted));
}

} // namespace maild::queue
