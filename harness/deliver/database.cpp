#include "harness/deliver/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace harness::deliver {

namespace {
constexpr int patience_ms = 30'000; // for the other process that holds the write lock; it holds it for one commit
}

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
void Database::Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Database::Database(const std::string& file, Durability durability)
    : file_(file) {
    // SQLite would make it readable by everybody, and it holds mail.
    const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        throw DatabaseError(fmt::format("queue: {}: cannot be opened: {}", file, std::strerror(errno)), false);
    close(descriptor);
    // Whoever comes by a symbolic link has to find the locks that lie beside the database (queue.cpp).
    file_ = std::filesystem::canonical(file);
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, nullptr);
    handle_.reset(raw);
    if (code != SQLITE_OK) fail(code);
    sqlite3_extended_result_codes(raw, 1);
    sqlite3_busy_timeout(raw, patience_ms);
    execute(fmt::format("PRAGMA journal_mode=WAL; PRAGMA synchronous={}; PRAGMA foreign_keys=ON",
                        durability == Durability::full ? "FULL" : "OFF"));
}

void Database::fail(int code) const {
    const int kind = code & 0xff;
    // A write that a quota, a size limit or the device cuts off comes as an I/O error of the write.
    const bool full = kind == SQLITE_FULL || code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_FSYNC ||
                      code == SQLITE_IOERR_SHMSIZE || code == SQLITE_IOERR_TRUNCATE;
    const char* mend = full                    ? ": nothing was changed: make room and try again"
                       : kind == SQLITE_NOTADB ? ": name another file as \"queue\""
                       : kind == SQLITE_BUSY   ? ": another process holds it: try again"
                                               : "";
    const char* what = full ? "the disk is full" : handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code);
    throw DatabaseError(fmt::format("queue: {}: {}{}", file_, what, mend), full);
}

void Database::execute(const std::string& sql) const {
    const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(code);
}

std::int64_t Database::last_id() const { return sqlite3_last_insert_rowid(handle_.get()); }
std::int64_t Database::changes() const { return sqlite3_changes(handle_.get()); }

Database::Statement::Statement(const Database& database, std::string_view sql)
    : database_(&database) {
    sqlite3_stmt* raw = nullptr;
    check(sqlite3_prepare_v2(database.handle_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr));
    statement_.reset(raw);
}

void Database::Statement::check(int code) const {
    if (code != SQLITE_OK) database_->fail(code);
}

Database::Statement& Database::Statement::bind(std::int64_t value) {
    check(sqlite3_bind_int64(statement_.get(), ++bound_, value));
    return *this;
}

Database::Statement& Database::Statement::bind(std::string_view value) {
    check(sqlite3_bind_text64(statement_.get(), ++bound_, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
    return *this;
}

Database::Statement& Database::Statement::bind_blob(std::string_view value) {
    check(sqlite3_bind_blob64(statement_.get(), ++bound_, value.data(), value.size(), SQLITE_TRANSIENT));
    return *this;
}

bool Database::Statement::step() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) database_->fail(code);
    return false;
}

std::int64_t Database::Statement::number(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string Database::Statement::text(int column) const {
    const void* data = sqlite3_column_blob(statement_.get(), column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
    return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
}

Transaction::Transaction(const Database& database)
    : database_(database) {
    database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
    if (!open_) return;
    try {
        database_.execute("ROLLBACK");
    } catch (const DatabaseError&) { // after some errors SQLite has rolled back already
    }
}

void Transaction::commit() {
    database_.execute("COMMIT");
    open_ = false;
}

} // namespace harness::deliver
