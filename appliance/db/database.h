#pragma once
// One database file: a single writer thread with group commit, and readers that never wait for it.

#include "appliance/db/statement.h"

#include <functional>
#include <memory>
#include <string>
#include <type_traits>

namespace db
{

enum class Mode { read_write, read_only };

/// What a power cut may take: nothing that `run` has returned from, or the last units of work (the file stays sound).
/// A cache of an older schema is not brought up to date but refused (corrupt): whoever has it makes it anew.
enum class Durability { full, cache };

struct Options {
    std::string path;
    std::string schema; ///< the folder below db/schema/
    Mode mode = Mode::read_write;
    Durability durability = Durability::full;
};

/// All writes of one process go through one thread: it takes every waiting unit of work, runs each in a savepoint,
/// commits once, then answers all. When `run` has returned, the work is on stable storage.
/// All functions may be called from any thread. They throw StoreError; the failed unit has left nothing behind.
class Database
{
public:
    /// Opens, creates and migrates (read_write), or opens what is there (read_only).
    explicit Database(Options options);
    ~Database();
    Database(Database const&) = delete;
    Database& operator=(Database const&) = delete;

    /// Runs `work(Transaction&)` in the writer and gives its value after the commit. The work may be run again from
    /// its start (busy database): it must have no effect but on the database and its own result.
    template <class Work>
    auto run(Work&& work) -> std::invoke_result_t<Work, Transaction&>
    {
        using Value = std::invoke_result_t<Work, Transaction&>;
        if constexpr (std::is_void_v<Value>) {
            submit([&](Transaction& transaction) { work(transaction); });
        } else {
            std::optional<Value> value;
            submit([&](Transaction& transaction) { value.emplace(work(transaction)); });
            return std::move(*value);
        }
    }

    /// Runs `work(Reader&)` on a snapshot in the calling thread.
    template <class Work>
    auto read(Work&& work) -> std::invoke_result_t<Work, Reader&>
    {
        Snapshot snapshot(*this);
        Reader reader(snapshot.connection());
        return work(reader);
    }

    /// A number that changes whenever any process has committed; cheap enough to ask ten times a second.
    std::int64_t data_version();
    /// Bytes inside the file that new rows can use before it grows.
    std::uint64_t reusable_bytes();
    std::string const& path() const;

private:
    class Snapshot
    {
    public:
        explicit Snapshot(Database& database);
        ~Snapshot();
        Snapshot(Snapshot const&) = delete;
        Snapshot& operator=(Snapshot const&) = delete;
        Connection& connection() { return *connection_; }

    private:
        Database& database_;
        std::unique_ptr<Connection> connection_;
    };

    void submit(std::function<void(Transaction&)> work);
    std::unique_ptr<Connection> borrow();
    void give_back(std::unique_ptr<Connection> connection);

    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

} // namespace db
