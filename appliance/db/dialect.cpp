#include "appliance/db/dialect.h"

#include "appliance/base/error.h"
#include "appliance/base/text.h"
#include "appliance/db/relative_paths.h"

#include <cerrno>
#include <cstring>
#include <sqlite3.h>
#include <unistd.h>

namespace db
{

namespace
{
/// Another process's commit takes 1-2 ms, so look again soon: SQLite's own back-off (up to 100 ms) would stall mail.
constexpr int busy_wait_us = 300;
constexpr int busy_tries = 5'000'000 / busy_wait_us; // gives up after about 5 s

int wait_while_busy(void*, int tries)
{
    if (tries >= busy_tries) return 0;
    ::usleep(busy_wait_us);
    return 1;
}

/// SQLite says FULL of the file it writes; room for a new file or its shared memory fails as CANTOPEN or IOERR.
bool is_for_want_of_room(sqlite3* handle, int code)
{
    bool const asked_the_system = (code & 0xFF) == SQLITE_IOERR || (code & 0xFF) == SQLITE_CANTOPEN;
    int const error = asked_the_system ? sqlite3_system_errno(handle) : 0;
    return error == ENOSPC || error == EDQUOT;
}

base::StoreFault fault_of(sqlite3* handle, int code)
{
    using base::StoreFault;
    if (is_for_want_of_room(handle, code)) return StoreFault::full;
    switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return StoreFault::busy;
    case SQLITE_FULL: return StoreFault::full;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return StoreFault::corrupt;
    case SQLITE_CONSTRAINT: return StoreFault::constraint;
    default: return StoreFault::unavailable;
    }
}

std::string uri_of(std::string const& path, Access access)
{
    std::string uri = "file:";
    for (char const c : path) {
        if (c == '%' || c == '?' || c == '#')
            uri += '%' + base::hex(std::string_view(&c, 1));
        else
            uri += c;
    }
    return uri + (access == Access::read_only ? "?mode=ro" : "?mode=rwc");
}

/// The engine says only that it cannot open a file, and Poco tries for the whole time-out: find out why before. (Not
/// by opening it here: closing any descriptor of the file would drop the locks of this process's other connections.)
void require_openable(std::string const& path, Access access)
{
    bool const exists = ::access(path.c_str(), F_OK) == 0;
    auto const slash = path.rfind('/');
    auto const folder = slash == std::string::npos ? std::string(".") : path.substr(0, slash + 1);
    bool const openable = access == Access::read_only ? ::access(path.c_str(), R_OK) == 0
                          : exists                    ? ::access(path.c_str(), R_OK | W_OK) == 0
                                                      : ::access(folder.c_str(), W_OK) == 0;
    if (!openable) throw base::StoreError(base::StoreFault::unavailable, path + ": " + std::strerror(errno));
}

std::shared_ptr<sqlite3> open(std::string const& path, Access access)
{
    require_openable(path, access);
    prepare_engine();
    keep_relative_paths();
    try {
        return open_engine(uri_of(path, access), access);
    } catch (base::StoreError const& error) {
        throw base::StoreError(error.fault(), path + ": " + error.what());
    }
}
} // namespace

Connection::Connection(std::string const& path, Access access) : handle_(open(path, access))
{
    sqlite3_busy_handler(handle_.get(), wait_while_busy, nullptr);
    sqlite3_extended_result_codes(handle_.get(), 1);
    // Keep a statement's plan whatever is bound to it: where an index has a WHERE of its own, the engine would
    // prepare the statement anew for each value, which takes longer than running it.
    sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_ENABLE_QPSG, 1, nullptr);
    // secure_delete: Debian's engine writes zeros over every freed page, so that removing mail would need as much new
    // space as the mail has; FAST does so only where a page is written anyway.
    if (access == Access::read_write)
        script("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
               "PRAGMA wal_autocheckpoint=4000; PRAGMA secure_delete=FAST;");
    script("PRAGMA cache_size=-4000; PRAGMA temp_store=MEMORY;");
}

Connection::~Connection()
{
    for (auto const& [statement, sql] : origin_) sqlite3_finalize(statement);
}

void Connection::script(std::string const& sql)
{
    int const code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(code, sql.substr(0, 60));
}

sqlite3_stmt* Connection::prepare(std::string_view sql, std::span<Argument const> arguments)
{
    sqlite3_stmt* statement = nullptr;
    auto& idle = idle_[sql.data()];
    if (!idle.empty()) {
        statement = idle.back();
        idle.pop_back();
    } else {
        int const code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                            SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
        if (code != SQLITE_OK) fail(code, sql);
        origin_[statement] = sql.data();
    }
    int index = 0;
    for (auto const& argument : arguments) {
        ++index;
        auto const& value = argument.value();
        if (auto const* number = std::get_if<std::int64_t>(&value))
            sqlite3_bind_int64(statement, index, *number);
        else if (auto const* real = std::get_if<double>(&value))
            sqlite3_bind_double(statement, index, *real);
        else if (auto const* text = std::get_if<std::string_view>(&value))
            sqlite3_bind_text64(statement, index, text->data() ? text->data() : "", text->size(), SQLITE_STATIC,
                                SQLITE_UTF8);
        else if (auto const* blob = std::get_if<Blob>(&value))
            sqlite3_bind_blob64(statement, index, blob->bytes.data() ? blob->bytes.data() : "", blob->bytes.size(),
                                SQLITE_STATIC);
        else
            sqlite3_bind_null(statement, index);
    }
    return statement;
}

bool Connection::step(sqlite3_stmt* statement)
{
    int const code = sqlite3_step(statement);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    fail(code, sqlite3_sql(statement));
}

void Connection::give_back(sqlite3_stmt* statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    idle_[origin_[statement]].push_back(statement);
}

std::int64_t Connection::changes() const { return sqlite3_changes64(handle_.get()); }

std::int64_t Connection::data_version()
{
    constexpr std::string_view sql = "PRAGMA data_version";
    Rows rows(*this, prepare(sql, {}));
    auto const row = rows.next();
    return row ? row->integer(0) : 0;
}

std::uint64_t Connection::reusable_bytes()
{
    Reader reader(*this);
    return static_cast<std::uint64_t>(reader.number("PRAGMA freelist_count").value_or(0) *
                                      reader.number("PRAGMA page_size").value_or(0));
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

void Connection::fail(int code, std::string_view doing)
{
    auto const* const file = sqlite3_db_filename(handle_.get(), "main");
    throw base::StoreError(fault_of(handle_.get(), code), (file ? file : std::string("?")) + ": " +
                                                              sqlite3_errmsg(handle_.get()) +
                                                              " in: " + std::string(doing));
}

std::int64_t Row::integer(int column) const { return sqlite3_column_int64(statement_, column); }
double Row::real(int column) const { return sqlite3_column_double(statement_, column); }
bool Row::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::string_view Row::view(int column) const
{
    auto const* bytes = static_cast<char const*>(sqlite3_column_blob(statement_, column));
    auto const size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return bytes ? std::string_view(bytes, size) : std::string_view();
}

Rows::~Rows()
{
    if (statement_) connection_->give_back(statement_);
}

std::optional<Row> Rows::next()
{
    if (!statement_ || !connection_->step(statement_)) {
        // Reset at once: a finished SELECT must not keep its snapshot, or arguments that may be gone.
        if (statement_) connection_->give_back(std::exchange(statement_, nullptr));
        return std::nullopt;
    }
    return Row(statement_);
}

Rows Reader::start(std::string_view sql, std::span<Argument const> arguments)
{
    return {connection_, connection_.prepare(sql, arguments)};
}

std::int64_t Transaction::execute(std::string_view sql, std::span<Argument const> arguments)
{
    Rows rows = start(sql, arguments);
    while (rows.next()) {
    }
    return connection_.changes();
}

} // namespace db
