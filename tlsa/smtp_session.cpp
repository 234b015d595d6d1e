#include "tlsa/smtp_session.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "tlsa/smtp_session_state.h"

namespace tlsa {
namespace {

// A server that has done its part and does not say goodbye is not worth waiting for.
constexpr std::chrono::milliseconds quit_timeout{2'000};

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

// Nothing that a caller hands in may end a command line early or leave the angle brackets.
void check_argument(std::string_view what, std::string_view text) {
    const auto fits = [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != '<' && c != '>'; };
    if (!std::all_of(text.begin(), text.end(), fits))
        throw std::invalid_argument(fmt::format("SMTP: {} does not fit a command line", what));
}

void check_envelope(const Envelope& envelope) {
    check_argument("sender", envelope.sender);
    check_argument("recipient", envelope.recipient);
}

} // namespace

SmtpSession::State::State(SessionPlan p, const std::array<std::uint8_t, 32>& seed)
    : plan(std::move(p))
    , rng_seed(seed) {
    check_argument("helo_name", plan.helo_name);
    if (plan.envelope) check_envelope(*plan.envelope);
}

void SmtpSession::State::refused(const SmtpReply& reply) {
    const auto failure = step == SmtpStep::starttls ? SmtpFailure::starttls_refused : SmtpFailure::reply_refused;
    const bool closes = reply.code == 421; // RFC 5321 §3.8
    const bool of_mail =
        step == SmtpStep::mail || step == SmtpStep::rcpt || step == SmtpStep::data || step == SmtpStep::message;
    if (closes || !of_mail) return fail(failure, reply.to_text(), !closes);
    outcome.failure = failure;
    outcome.step = step;
    outcome.detail = reply.to_text();
    transaction_over(true);
}

void SmtpSession::State::read_capabilities(const SmtpReply& reply) {
    capabilities.clear();
    for (std::size_t i = 1; i < reply.lines.size(); ++i) // the first line is the server's name
        capabilities.insert(upper(std::string_view(reply.lines[i]).substr(0, reply.lines[i].find(' '))));
}

void SmtpSession::State::on_ehlo(const SmtpReply& reply) {
    if (reply.code == 250) {
        if (!helo) read_capabilities(reply);
        choose_tls();
    } else if (reply.code >= 500 && !tls_required() && !helo) {
        // A server without EHLO cannot do TLS either (RFC 5321 §3.2), so there is nothing to lose here alone.
        helo = true;
        command(SmtpStep::ehlo, "HELO " + plan.helo_name);
    } else {
        refused(reply);
    }
}

void SmtpSession::State::on_reply(const SmtpReply& reply) {
    for (std::size_t i = 0; i < reply.lines.size(); ++i)
        outcome.log.push_back(
            fmt::format("S: {}{}{}", reply.code, i + 1 < reply.lines.size() ? '-' : ' ', reply.lines[i]));
    const SmtpStep at = step;
    switch (at) {
    case SmtpStep::banner:
        if (reply.code != 220) return refused(reply);
        if (plan.implicit_tls) return judged();
        return command(SmtpStep::ehlo, "EHLO " + plan.helo_name);
    case SmtpStep::ehlo: return on_ehlo(reply);
    case SmtpStep::starttls: return on_starttls(reply);
    case SmtpStep::ehlo_after_tls:
        if (reply.code != 250) return refused(reply);
        read_capabilities(reply);
        return deliver();
    case SmtpStep::rset:
    case SmtpStep::mail:
    case SmtpStep::rcpt:
    case SmtpStep::data:
    case SmtpStep::message: return on_transaction_reply(reply);
    case SmtpStep::quit:
        // With implicit TLS the banner may cross the QUIT.
        if (reply.code == 221 || ++farewells == 2 || !plan.implicit_tls) finish();
        return;
    case SmtpStep::connect:
    case SmtpStep::handshake:
    case SmtpStep::authentication: return; // nothing is parsed at these steps
    }
}

void SmtpSession::State::read_replies() {
    while (!finished && !resting) {
        const auto reply = parser.next();
        if (!reply) {
            if (step == SmtpStep::quit)
                finish();
            else
                fail(SmtpFailure::reply_malformed, fmt::format("the server sent {}", describe(reply.error())), false);
            return;
        }
        if (!*reply) return;
        on_reply(**reply);
        // Commands go out one at a time, so a server that says more than it was asked has been tampered with, or an
        // attacker has put words in front of ours.
        if (!finished && step != SmtpStep::quit && parser.has_leftover())
            fail(SmtpFailure::reply_malformed, "the server spoke before it was asked", false);
    }
}

SmtpSession::SmtpSession(SessionPlan plan, const std::array<std::uint8_t, 32>& rng_seed)
    : state_(std::make_unique<State>(std::move(plan), rng_seed)) {}
SmtpSession::~SmtpSession() = default;
SmtpSession::SmtpSession(SmtpSession&&) noexcept = default;

void SmtpSession::next(Envelope envelope) {
    if (!state_->resting) throw std::logic_error("SMTP: a transaction before the last one is over");
    check_envelope(envelope);
    state_->begin(std::move(envelope));
}

void SmtpSession::leave() {
    if (!state_->resting) return;
    state_->resting = false;
    state_->quit();
}

void SmtpSession::connected() {
    if (state_->finished || state_->step != SmtpStep::connect) return;
    if (state_->plan.implicit_tls)
        state_->start_handshake();
    else
        state_->step = SmtpStep::banner;
}

void SmtpSession::received(dns::ByteView data) {
    State& state = *state_;
    if (state.finished) return;
    if (!state.tls) {
        state.parser.push(data);
        state.read_replies();
        return;
    }
    state.tls->received(data);
    state.pump_tls();
    if (!state.finished && state.tls->peer_closed()) peer_closed();
}

void SmtpSession::peer_closed() {
    State& state = *state_;
    if (state.finished) return;
    if (state.step == SmtpStep::quit || state.resting) return state.finish();
    if (state.step == SmtpStep::handshake)
        return state.fail(SmtpFailure::tls_failed, "the server closed the connection during the TLS handshake", false);
    state.fail(SmtpFailure::closed_by_peer, fmt::format("the server closed the connection: no {}", awaited(state.step)),
               false);
}

void SmtpSession::deadline_passed() {
    State& state = *state_;
    if (state.finished) return;
    if (state.step == SmtpStep::quit || state.resting) return state.finish();
    const auto failure = state.step == SmtpStep::connect ? SmtpFailure::connection_timeout : SmtpFailure::timeout;
    state.fail(failure, fmt::format("no {} within {} ms", awaited(state.step), step_timeout().count()), false);
}

void SmtpSession::connect_failed(SmtpFailure why, std::string detail) {
    if (!state_->finished) state_->fail(why, std::move(detail), false);
}

dns::Bytes SmtpSession::take_output() {
    dns::Bytes out = std::exchange(state_->output, {});
    if (!state_->tls) return out;
    const dns::Bytes wire = state_->tls->take_output();
    out.insert(out.end(), wire.begin(), wire.end());
    return out;
}

bool SmtpSession::finished() const { return state_->finished; }
bool SmtpSession::rests() const { return state_->resting; }
SmtpStep SmtpSession::step() const { return state_->step; }
std::chrono::milliseconds SmtpSession::step_timeout() const {
    const auto timeout = state_->plan.timeout_of(state_->step);
    return state_->step == SmtpStep::quit ? std::min(quit_timeout, timeout) : timeout;
}
const SmtpOutcome& SmtpSession::outcome() const { return state_->outcome; }

} // namespace tlsa
