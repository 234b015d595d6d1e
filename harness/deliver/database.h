// SQLite, as much of it as the queue needs: statements that clean up after themselves, and errors that say what to do.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace harness::deliver {

struct DatabaseError : std::runtime_error {
    DatabaseError(const std::string& what, bool is_full)
        : std::runtime_error(what)
        , full(is_full) {}
    bool full; // the disk: nothing was changed, and what was there is whole
};

enum class Durability {
    full, // every commit is on the disk before it returns (WAL, synchronous FULL)
    none, // of scenarios, whose folder goes away with them: the system may take its time
};

class Database {
  public:
    // Opens or creates, readable by its owner alone. Throws DatabaseError "queue: FILE: what".
    explicit Database(const std::string& file, Durability durability = Durability::full);

    class Statement {
      public:
        Statement(const Database& database, std::string_view sql);
        Statement& bind(std::int64_t value);
        Statement& bind(std::string_view value);
        Statement& bind_blob(std::string_view value);
        bool step(); // true: a row is there
        void run() {
            while (step()) {
            }
        }
        std::int64_t number(int column) const;
        std::string text(int column) const; // "" where NULL; text and blobs

      private:
        struct Finalize {
            void operator()(sqlite3_stmt* statement) const;
        };
        void check(int code) const;
        const Database* database_;
        std::unique_ptr<sqlite3_stmt, Finalize> statement_;
        int bound_ = 0;
    };

    Statement prepare(std::string_view sql) const { return Statement(*this, sql); }
    void execute(const std::string& sql) const; // several statements, no parameters
    std::int64_t last_id() const;
    std::int64_t changes() const;
    const std::string& file() const { return file_; }
    [[noreturn]] void fail(int code) const;

  private:
    struct Close {
        void operator()(sqlite3* handle) const;
    };
    std::string file_;
    std::unique_ptr<sqlite3, Close> handle_;
};

// Takes the write lock at once; rolls back unless committed.
class Transaction {
  public:
    explicit Transaction(const Database& database);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

  private:
    const Database& database_;
    bool open_ = true;
};

} // namespace harness::deliver
