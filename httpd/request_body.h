#pragma once
// The body of a request, decoded from what arrives piece by piece and read into its form; no thread waits for it.
// For http_session.cpp only.

#include "httpd/request_head.h"

#include <chrono>
#include <mutex>
#include <optional>

namespace httpd
{

/// Memory for the bodies that are on their way, of all connections together. Safe from all threads.
class BodyMemory
{
public:
    explicit BodyMemory(std::size_t bytes) : free_(bytes) {}
    bool try_take(std::size_t bytes);
    void give_back(std::size_t bytes);

private:
    std::mutex mutex_;
    std::size_t free_;
};

/// What one body has of it, until this goes away.
class BodyShare
{
public:
    explicit BodyShare(BodyMemory& memory) : memory_(memory) {}
    ~BodyShare() { memory_.give_back(bytes_); }
    BodyShare(BodyShare const&) = delete;
    BodyShare& operator=(BodyShare const&) = delete;
    /// Makes it so large; false: there is not so much at the moment.
    bool try_grow(std::size_t to);

private:
    BodyMemory& memory_;
    std::size_t bytes_ = 0;
};

/// Takes chunked coding away (RFC 9112 7.1), strictly. Extensions and trailers are read and forgotten.
class ChunkReader
{
public:
    /// Takes from the front of `bytes` what it understands and gives the next piece of the body; empty: more must
    /// come, or is_done(), or is_broken().
    std::string_view next(std::string_view& bytes);
    bool is_done() const { return state_ == State::done; }
    bool is_broken() const { return state_ == State::broken; }

private:
    enum class State { size, data, data_end, trailer, done, broken };
    bool step_line(std::string_view& bytes);
    void take_size(std::string_view line);

    State state_ = State::size;
    std::string line_;      ///< what has come of it
    std::size_t left_ = 0;  ///< of the chunk
    std::size_t extra_ = 0; ///< bytes of trailers
};

/// One body. Feed it until it is done; the status that it must be refused with is then request().fault.
class BodyReader
{
public:
    /// `largest`: bytes that are taken; what is above is read and thrown away, because a browser shows an answer only
    /// when it could send everything.
    BodyReader(Head head, std::size_t largest);

    /// Takes from the front of `bytes`.
    void feed(std::string_view& bytes);
    bool is_done() const { return is_done_; }
    /// What comes behind a body that was refused in the middle is not a request.
    bool is_whole() const { return is_whole_; }
    /// The sender has not kept the pace, or no memory came free: answer with this status.
    void give_up(int fault) { end(fault, false); }
    /// Bytes of it that are in memory.
    std::size_t in_memory() const { return fault_ != 0 ? 0 : total_ - (multipart_ ? multipart_->on_disk() : 0); }
    /// Until when the next bytes must be here.
    std::chrono::steady_clock::time_point deadline() const;
    Request& request() { return head_.request; }

private:
    int choose_form();
    void take(std::string_view piece);
    int read_part(std::string_view piece);
    void finish();
    void end(int fault, bool whole);

    Head head_;
    std::size_t largest_;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    std::size_t total_ = 0;
    std::optional<MultipartParser> multipart_;
    bool is_urlencoded_ = false;
    std::string text_;
    ChunkReader chunks_;
    int fault_ = 0;
    bool is_done_ = false;
    bool is_whole_ = false;
};

} // namespace httpd
