// What the parts of an SmtpSession share: smtp_session.cpp (replies, deadlines, ends), smtp_session_tls.cpp (STARTTLS
// and what is proven by it) and smtp_transaction.cpp (the mail).
#pragma once

#include <fmt/format.h>
#include <set>
#include <string>

#include "tlsa/smtp_reply.h"
#include "tlsa/smtp_session.h"

namespace tlsa {

struct SmtpSession::State {
    SessionPlan plan;
    std::array<std::uint8_t, 32> rng_seed;
    SmtpOutcome outcome;
    SmtpStep step = SmtpStep::connect;
    ReplyParser parser;
    dns::Bytes output; // in clear; TLS has its own
    std::optional<TlsChannel> tls;
    std::set<std::string> capabilities; // EHLO keywords in upper case, of the EHLO reply that counts
    bool helo = false;
    bool finished = false;
    bool resting = false, to_reset = false; // between two transactions; the last one was refused
    std::string why_in_clear;               // for the outcome of every transaction
    unsigned farewells = 0;

    State(SessionPlan p, const std::array<std::uint8_t, 32>& seed);

    bool tls_required() const { return plan.tls == TlsPolicy::dane || plan.tls == TlsPolicy::encrypt; }
    bool in_tls() const { return tls && tls->established(); }

    void write(std::string_view text) {
        if (in_tls())
            tls->send(text);
        else
            output.insert(output.end(), text.begin(), text.end());
    }
    void command(SmtpStep next, std::string_view line) {
        step = next;
        outcome.log.push_back(fmt::format("C: {}", line));
        write(fmt::format("{}\r\n", line));
    }

    void finish() {
        if (finished) return;
        if (tls) tls->close();
        finished = true;
        resting = false;
        if (outcome.failure == SmtpFailure::none) outcome.step = step;
    }
    void quit() { command(SmtpStep::quit, "QUIT"); }
    // `polite`: the connection still works and is left with QUIT.
    void fail(SmtpFailure failure, std::string detail, bool polite) {
        outcome.failure = failure;
        outcome.step = step;
        outcome.detail = std::move(detail);
        if (polite)
            quit();
        else
            finish();
    }

    void refused(const SmtpReply& reply);
    void on_ehlo(const SmtpReply& reply);
    void read_capabilities(const SmtpReply& reply);
    void on_reply(const SmtpReply& reply);
    void read_replies();

    // smtp_session_tls.cpp
    void choose_tls();
    void on_starttls(const SmtpReply& reply);
    void start_handshake();
    void pump_tls();
    void handshake_done();
    void judged();

    // smtp_transaction.cpp
    void deliver();
    void begin(Envelope envelope);
    void on_transaction_reply(const SmtpReply& reply);
    void transaction_over(bool was_refused);
};

} // namespace tlsa
