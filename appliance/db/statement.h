#pragma once
// What a unit of work sees of the database: SQL with arguments in, rows out. No engine header in here.
// SQL text belongs in sql_*.cpp files only.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

struct sqlite3_stmt;

namespace db
{

class Connection;

/// Bytes that are not text.
struct Blob {
    std::string_view bytes;
};

/// One argument of a statement. Texts and blobs are borrowed until the call returns (for `query`: until `Rows` goes).
class Argument
{
public:
    Argument(std::nullptr_t) : value_(nullptr) {}
    Argument(bool value) : value_(std::int64_t{value}) {}
    Argument(int value) : value_(std::int64_t{value}) {}
    Argument(unsigned value) : value_(std::int64_t{value}) {}
    Argument(long value) : value_(std::int64_t{value}) {}
    Argument(long long value) : value_(std::int64_t{value}) {}
    Argument(unsigned long value) : value_(static_cast<std::int64_t>(value)) {}
    Argument(unsigned long long value) : value_(static_cast<std::int64_t>(value)) {}
    Argument(double value) : value_(value) {}
    Argument(char const* value) : value_(std::string_view(value)) {}
    Argument(std::string const& value) : value_(std::string_view(value)) {}
    Argument(std::string_view value) : value_(value) {}
    Argument(Blob value) : value_(value) {}
    template <class T>
    Argument(std::optional<T> const& value) : value_(nullptr)
    {
        if (value) value_ = Argument(*value).value_;
    }

    using Value = std::variant<std::nullptr_t, std::int64_t, double, std::string_view, Blob>;
    Value const& value() const { return value_; }

private:
    Value value_;
};

/// The current row of `Rows`: columns from 0. Views are good until the next row.
class Row
{
public:
    explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string text(int column) const { return std::string(view(column)); }
    std::string_view view(int column) const; ///< text or blob; empty for NULL
    bool is_null(int column) const;

private:
    sqlite3_stmt* statement_;
};

/// A running query. Gives its statement back to the connection's cache when it goes.
class Rows
{
public:
    Rows(Connection& connection, sqlite3_stmt* statement) : connection_(&connection), statement_(statement) {}
    Rows(Rows&& other) noexcept : connection_(other.connection_), statement_(std::exchange(other.statement_, nullptr))
    {
    }
    Rows(Rows const&) = delete;
    Rows& operator=(Rows const&) = delete;
    Rows& operator=(Rows&&) = delete;
    ~Rows();

    /// The next row, or nothing at the end. Throws StoreError.
    std::optional<Row> next();

private:
    Connection* connection_;
    sqlite3_stmt* statement_;
};

/// A consistent view of the database, for the length of the closure that got it. One thread.
class Reader
{
public:
    explicit Reader(Connection& connection) : connection_(connection) {}
    Reader(Reader const&) = delete;
    Reader& operator=(Reader const&) = delete;

    /// Runs a SELECT. The text must outlive the program (a literal): it is the key of the statement cache.
    template <class... Arguments>
    Rows query(std::string_view sql, Arguments const&... arguments)
    {
        Argument const list[] = {Argument(arguments)..., Argument(nullptr)};
        return start(sql, {list, sizeof...(Arguments)});
    }
    Rows query_list(std::string_view sql, std::span<Argument const> arguments) { return start(sql, arguments); }

    /// The first column of the first row as a number, or nothing when there is no row or it is NULL.
    template <class... Arguments>
    std::optional<std::int64_t> number(std::string_view sql, Arguments const&... arguments)
    {
        auto rows = query(sql, arguments...);
        auto const row = rows.next();
        if (!row || row->is_null(0)) return std::nullopt;
        return row->integer(0);
    }
    /// The same as text.
    template <class... Arguments>
    std::optional<std::string> text(std::string_view sql, Arguments const&... arguments)
    {
        auto rows = query(sql, arguments...);
        auto const row = rows.next();
        if (!row || row->is_null(0)) return std::nullopt;
        return row->text(0);
    }

protected:
    Rows start(std::string_view sql, std::span<Argument const> arguments);
    Connection& connection_;
};

/// A unit of work that may also write. It may be run again from its start: no replies, no network in it.
class Transaction : public Reader
{
public:
    using Reader::Reader;

    /// Runs INSERT, UPDATE or DELETE; gives the number of rows changed. Throws StoreError (constraint, full, ...).
    template <class... Arguments>
    std::int64_t exec(std::string_view sql, Arguments const&... arguments)
    {
        Argument const list[] = {Argument(arguments)..., Argument(nullptr)};
        return execute(sql, {list, sizeof...(Arguments)});
    }

private:
    std::int64_t execute(std::string_view sql, std::span<Argument const> arguments);
};

} // namespace db
