// The queue: what it has taken it keeps, whatever happens to the process or the disk.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/deliver/message.h"
#include "tests/deliver/office.h"

using Catch::Matchers::ContainsSubstring;
using namespace harness::deliver;

namespace {

constexpr dns::UnixTime start{1'780'272'000};
dns::UnixTime later(std::int64_t seconds) { return {start.seconds + seconds}; }
Queue::Limits no_limits(const std::string&) { return {}; }

NewMessage message_to(std::vector<std::string> recipients, std::size_t size = 100) {
    NewMessage message;
    message.sender = "me@client.example";
    message.recipients = std::move(recipients);
    message.content = "Subject: test\r\n\r\n" + std::string(size, 'x') + "\r\n";
    return message;
}

// Runs `act` in a process that then dies without a chance to tidy up.
template <class Act>
void in_process_that_is_killed(Act act) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        act();
        kill(getpid(), SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
}

} // namespace

TEST_CASE("queue: who comes by a symbolic link finds the locks of who did not, and takes nothing that is in flight") {
    const test::Folder folder, elsewhere;
    std::filesystem::create_symlink(folder.file("q.db"), elsewhere.file("link.db"));
    Queue queue(folder.file("q.db"));
    queue.accept(message_to({"a@one.example"}), start);
    REQUIRE(queue.claim(start, no_limits));
    Queue by_link(elsewhere.file("link.db"));
    CHECK(by_link.recover(start).empty());
    CHECK_FALSE(by_link.claim(start, no_limits));
}

TEST_CASE("queue: a message is due for each recipient at once, later after a defer, never after an end") {
    const test::Folder folder;
    Queue queue(folder.file("q.db"));
    CHECK(queue.accept(message_to({"a@one.example", "b@TWO.example"}), start) == 1);
    auto first = queue.claim(start, no_limits);
    REQUIRE(first);
    CHECK(first->domain == "one.example");
    CHECK(first->attempts == 0);
    auto second = queue.claim(start, no_limits);
    REQUIRE(second);
    CHECK(second->domain == "two.example");
    CHECK(second->rid == 1);
    CHECK(second->content == first->content);
    CHECK_FALSE(queue.claim(start, no_limits));

    queue.defer(*first, later(60), "4.4.1 - nobody listens", false, {}, start);
    CHECK_FALSE(queue.claim(later(59), no_limits));
    first = queue.claim(later(60), no_limits);
    REQUIRE(first);
    CHECK(first->attempts == 1);
    CHECK_FALSE(first->interrupted);
    queue.delivered(*first, "verified", "250 ok", {}, later(61));
    CHECK(queue.active() == 1);
    const auto notice = queue.bounce(*second, "5.1.1 - no such user", message_to({"me@client.example"}), {}, later(61));
    CHECK(notice == 2);
    CHECK(queue.active() == 1);
    CHECK(queue.next_due() == later(61));
    CHECK_THROWS_AS(queue.delivered(*first, "verified", "", {}, later(62)), DatabaseError); // once is enough
}

TEST_CASE("queue: the status report counts active recipients and tells last error and next try") {
    const test::Folder folder;
    Queue queue(folder.file("q.db"));
    queue.accept(message_to({"a@one.example", "b@one.example", "c@two.example"}), start);
    const auto claim = queue.claim(start, no_limits);
    queue.defer(*claim, later(300), "4.7.5 - DANE FAILED for one.example", false, {}, later(1));
    const auto status = queue.status();
    REQUIRE(status.size() == 2);
    CHECK(status[0].domain == "one.example");
    CHECK(status[0].active == 2);
    CHECK(status[0].attempts == 1);
    CHECK(status[0].oldest == start);
    CHECK(status[0].next_try == start); // of the other recipient
    CHECK(status[0].last_error == "4.7.5 - DANE FAILED for one.example");
    CHECK(status[1].active == 1);
    CHECK(status[1].last_error.empty());
}

TEST_CASE("queue: a process killed in the middle of an attempt loses nothing, and the next one knows") {
    const test::Folder folder;
    const auto file = folder.file("q.db");
    in_process_that_is_killed([&] {
        Queue queue(file);
        queue.accept(message_to({"a@one.example"}), start);
        queue.claim(start, no_limits);
    });
    Queue queue(file);
    CHECK_FALSE(queue.claim(later(1), no_limits)); // still in the dead one's hands
    const auto recovered = queue.recover(later(1));
    REQUIRE(recovered.size() == 1);
    CHECK(recovered[0].mid == 1);
    CHECK(recovered[0].began == start);
    const auto claim = queue.claim(later(1), no_limits);
    REQUIRE(claim);
    CHECK(claim->interrupted);
    CHECK(claim->attempts == 1);
    CHECK(queue.recover(later(2)).empty());
}

TEST_CASE("queue: what a living process holds is left to it") {
    const test::Folder folder;
    Queue one(folder.file("q.db")), other(folder.file("q.db"));
    one.accept(message_to({"a@one.example", "b@one.example"}), start);
    const auto first = one.claim(start, no_limits);
    CHECK(other.recover(start).empty());
    const auto second = other.claim(start, no_limits);
    REQUIRE(second);
    CHECK(second->id != first->id);
    CHECK_FALSE(one.claim(start, no_limits));
    CHECK(one.next_connection_id() == 1);
    CHECK(other.next_connection_id() == 2);
}

TEST_CASE("queue: a full disk takes no new message and loses no old one") {
    const test::Folder folder;
    Queue queue(folder.file("q.db"));
    queue.accept(message_to({"a@one.example"}), start);
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN); // the write fails instead, as on a full disk
    const rlimit small{200'000, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    std::string what;
    bool full = false;
    try {
        queue.accept(message_to({"b@one.example"}, 1'000'000), start);
    } catch (const DatabaseError& error) {
        what = error.what();
        full = error.full;
    }
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    CHECK(full);
    CHECK_THAT(what, ContainsSubstring("the disk is full: nothing was changed"));
    CHECK(queue.active() == 1);
    const auto claim = queue.claim(start, no_limits);
    REQUIRE(claim);
    CHECK(claim->recipient == "a@one.example");
    CHECK(claim->content == message_to({}).content);
    CHECK(queue.accept(message_to({"c@one.example"}, 1'000'000), start) > 1); // room again
}

TEST_CASE("queue: limits of a destination hold over all processes") {
    const test::Folder folder;
    Queue one(folder.file("q.db")), other(folder.file("q.db"));
    one.accept(message_to({"a@one.example", "b@one.example", "c@two.example"}), start);
    const auto limits = [](const std::string& domain) {
        Queue::Limits limit;
        if (domain == "one.example") limit.connections = 1;
        return limit;
    };
    CHECK(one.claim(start, limits)->domain == "one.example");
    CHECK(other.claim(start, limits)->domain == "two.example");
    CHECK_FALSE(other.claim(start, limits));

    Queue third(folder.file("rate.db"));
    third.accept(message_to({"a@one.example", "b@one.example"}), start);
    const auto rate = [](const std::string&) {
        Queue::Limits limit;
        limit.recipients_per_minute = 1;
        return limit;
    };
    CHECK(third.claim(start, rate));
    CHECK_FALSE(third.claim(later(59), rate));
    CHECK(third.claim(later(60), rate));
}

TEST_CASE("queue: a file that is no queue is refused and left as it was") {
    const test::Folder folder;
    const auto file = folder.file("letter.txt");
    std::ofstream(file) << std::string(5'000, 'x');
    CHECK_THROWS_AS(Queue(file), DatabaseError);
    {
        const Database database(folder.file("other.db"));
        database.execute("CREATE TABLE notes(text)");
    }
    CHECK_THROWS_AS(Queue(folder.file("other.db")), DatabaseError);
    CHECK_THROWS_AS(Queue(folder.file("no/such/folder.db")), DatabaseError);
    CHECK(Queue(folder.file("new.db")).active() == 0);
}

TEST_CASE("queue: what is due for one destination alone can be asked for") {
    const test::Folder folder;
    Queue queue(folder.file("q.db"));
    queue.accept(message_to({"a@one.example", "b@two.example", "c@one.example"}), start);
    CHECK(queue.claim(start, no_limits, "two.example")->recipient == "b@two.example");
    CHECK_FALSE(queue.claim(start, no_limits, "two.example"));
    CHECK(queue.claim(start, no_limits)->recipient == "a@one.example");
    CHECK(queue.claim(start, no_limits, "one.example")->recipient == "c@one.example");
}

TEST_CASE("queue: a day's TLS report is taken once for each address, and known as one") {
    const test::Folder folder;
    Queue queue(folder.file("q.db"));
    auto report = message_to({"tls@one.example"});
    report.tls_report = true;
    CHECK(queue.accept_report(report, start, "one.example", start) == 1);
    CHECK_FALSE(queue.accept_report(report, start, "one.example", later(1)));
    CHECK(queue.accept_report(report, later(86'400), "one.example", later(1)) == 2);
    CHECK(queue.accept_report(message_to({"other@one.example"}), start, "one.example", later(1)) == 3);
    CHECK(queue.active() == 3);
    CHECK(queue.claim(later(1), no_limits)->tls_report);
}

TEST_CASE("queue: one of the version before is brought up to date with its mail") {
    const test::Folder folder;
    const auto file = folder.file("q.db");
    {
        Queue queue(file);
        queue.accept(message_to({"a@one.example"}), start);
    }
    {
        const Database database(file);
        database.execute("DROP TABLE reports; ALTER TABLE messages DROP COLUMN tls_report; PRAGMA user_version=2");
    }
    Queue queue(file);
    const auto claim = queue.claim(start, no_limits);
    REQUIRE(claim);
    CHECK(claim->recipient == "a@one.example");
    CHECK_FALSE(claim->tls_report);
    CHECK(queue.accept_report(message_to({"b@one.example"}), start, "one.example", start) == 2);
}

TEST_CASE("queue: what is finished is forgotten when its time has come, what is active never") {
    const test::Folder folder;
    Queue queue(folder.file("q.db"));
    queue.accept(message_to({"a@one.example"}), start);
    queue.accept(message_to({"b@two.example"}), start);
    TlsSession session;
    session.policy_domain = "one.example";
    queue.delivered(*queue.claim(start, no_limits), "verified", "250 ok", {session}, start);
    CHECK(queue.sessions(start, later(1)).size() == 1);
    queue.forget(start);
    CHECK(queue.status().size() == 2);
    queue.forget(later(1));
    CHECK(queue.sessions(start, later(1)).empty());
    REQUIRE(queue.status().size() == 1);
    CHECK(queue.status()[0].domain == "two.example");
}

TEST_CASE("message: every line ends in CR LF (RFC 5321 §2.3.8)") {
    CHECK(with_crlf("a\nb\r\nc\rd") == "a\r\nb\r\nc\r\nd\r\n");
    CHECK(with_crlf("").empty());
    CHECK(with_crlf("\n") == "\r\n");
}

TEST_CASE("message: one header field TLS-Required: No counts, nothing else does (RFC 8689 §3)") {
    for (const char* yes : {"TLS-Required: No\r\n\r\nx", "Subject: a\r\ntls-required:NO\r\n\r\n",
                            "TLS-Required:\r\n No\r\n\r\n", "TLS-Required: No\r\n"})
        CHECK(says_tls_required_no(yes));
    for (const char* no :
         {"", "TLS-Required: Yes\r\n\r\n", "TLS-Required: No way\r\n\r\n", "X: a\r\n TLS-Required: No\r\n\r\n",
          "Subject: a\r\n\r\nTLS-Required: No\r\n", "TLS-Required: No\r\nTLS-Required: No\r\n\r\n", "TLS-Required"})
        CHECK_FALSE(says_tls_required_no(no));
}

TEST_CASE("message: addresses that do not fit a command line are refused") {
    for (const char* good : {"a@b", "first.last+tag@mail.example.com", "o'hara@example.com"}) {
        INFO(good);
        CHECK(checked_address(good));
    }
    for (const char* bad :
         {"", "a", "@b", "a@", "a b@c", "a@b>", "<a@b>", "a@[192.0.2.1]", "a@b..c", "a\r\n@b", "\"a\"@b"}) {
        INFO(bad);
        CHECK_FALSE(checked_address(bad));
    }
    CHECK_FALSE(checked_address(std::string(65, 'a') + "@b"));
}

TEST_CASE("message: a non-delivery notice has no sender and tells status and headers (RFC 3464)") {
    Claim claim;
    claim.sender = "me@client.example";
    claim.recipient = "you@shop.example";
    claim.content = "Subject: test\r\nX-Mark: 1\r\n\r\nsecret body\r\n";
    const auto notice = non_delivery_notice(claim, "Delivery expired", "5.4.7", "mail.client.example", start);
    CHECK(notice.sender.empty());
    CHECK(notice.recipients == std::vector<std::string>{"me@client.example"});
    CHECK_THAT(notice.content, ContainsSubstring("Status: 5.4.7"));
    CHECK_THAT(notice.content, ContainsSubstring("Final-Recipient: rfc822; you@shop.example"));
    CHECK_THAT(notice.content, ContainsSubstring("X-Mark: 1"));
    CHECK(notice.content.find("secret body") == std::string::npos);
}
