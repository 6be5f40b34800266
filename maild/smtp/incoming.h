#pragma once
// A message between its first octet and the spool: the one path behind DATA and BDAT. It is fed with what has
// arrived, in pieces of any size, so that a sender who pauses holds no thread.

#include "appliance/net/stream.h"
#include "maild/queue/spool_body.h"
#include "maild/smtp/data_reader.h"
#include "maild/smtp/trace.h"

#include <atomic>
#include <utility>
#include <variant>

namespace maild::smtp
{

/// One of the messages being received; counted as long as it lives.
class Slot
{
public:
    explicit Slot(std::atomic<unsigned>& count) : count_(&count), taken_(++count) {}
    Slot(Slot&& other) noexcept : count_(std::exchange(other.count_, nullptr)), taken_(other.taken_) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot()
    {
        if (count_) --*count_;
    }
    /// How many there were with this one.
    unsigned taken() const { return taken_; }

private:
    std::atomic<unsigned>* count_;
    unsigned taken_;
};

class Incoming
{
public:
    /// `body`: with our fields in front. `until`: when all of it must be here.
    Incoming(queue::SpoolBody body, HeaderGate::Complete complete, std::variant<DataReader, ChunkReader> reader,
             Slot slot, net::Deadline until)
        : slot_(std::move(slot)),
          body_(std::move(body)),
          gate_(body_, std::move(complete)),
          reader_(std::move(reader)),
          until_(until)
    {
    }
    Incoming(Incoming const&) = delete;
    Incoming& operator=(Incoming const&) = delete;

    bool is_chunked() const { return std::holds_alternative<ChunkReader>(reader_); }
    /// BDAT: the next chunk. Only while is_chunked().
    void expect(std::uint64_t octets, ChunkReader::Chunk chunk)
    {
        std::get<ChunkReader>(reader_).expect(octets, chunk);
    }

    /// Takes what belongs to the message; gives how many bytes that were.
    std::size_t feed(std::string_view bytes);
    /// What comes next on the line is the message, not a command.
    bool wants_octets() const;
    /// Every octet of it is here.
    bool is_complete() const;
    /// So much has come behind a fault that listening on makes no sense: the connection must end.
    bool is_endless() const { return fault() == DataFault::endless; }
    DataFault fault() const;
    net::Deadline until() const { return until_; }

    /// After the last octet, before anything of the following is asked.
    void finish() { gate_.finish(); }
    HeaderFacts const& facts() const { return gate_.facts(); }
    /// Fields may be put in front until the commit (SpoolBody::add_head), and it can be read.
    queue::SpoolBody& body() { return body_; }

private:
    Slot slot_;
    queue::SpoolBody body_;
    HeaderGate gate_; ///< writes into body_
    std::variant<DataReader, ChunkReader> reader_;
    net::Deadline until_;
};

} // namespace maild::smtp
