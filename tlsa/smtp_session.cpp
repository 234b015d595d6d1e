#include "tlsa/smtp_session.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <stdexcept>
#include <utility>

#include "tlsa/smtp_reply.h"

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

SmtpFailure failure_of(AuthenticationResult result) {
    switch (result) {
    case AuthenticationResult::match: return SmtpFailure::none;
    case AuthenticationResult::name_mismatch: return SmtpFailure::certificate_name_mismatch;
    case AuthenticationResult::expired: return SmtpFailure::certificate_expired;
    case AuthenticationResult::untrusted: return SmtpFailure::certificate_untrusted;
    case AuthenticationResult::no_match:
    case AuthenticationResult::unusable: return SmtpFailure::certificate_no_match;
    }
    return SmtpFailure::certificate_no_match;
}

// Nothing that a caller hands in may end a command line early or leave the angle brackets.
void check_argument(std::string_view what, std::string_view text) {
    const auto fits = [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != '<' && c != '>'; };
    if (!std::all_of(text.begin(), text.end(), fits))
        throw std::invalid_argument(fmt::format("SMTP: {} does not fit a command line", what));
}

} // namespace

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
    unsigned farewells = 0;

    State(SessionPlan p, const std::array<std::uint8_t, 32>& seed)
        : plan(std::move(p))
        , rng_seed(seed) {
        check_argument("helo_name", plan.helo_name);
        if (!plan.envelope) return;
        check_argument("sender", plan.envelope->sender);
        check_argument("recipient", plan.envelope->recipient);
    }

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
    void refused(const SmtpReply& reply) {
        const auto failure = step == SmtpStep::starttls ? SmtpFailure::starttls_refused : SmtpFailure::reply_refused;
        fail(failure, reply.to_text(), reply.code != 421); // 421: the server closes (RFC 5321 §3.8)
    }

    void start_handshake();
    void pump_tls();
    void handshake_done();
    void judged();
    void deliver();
    void read_capabilities(const SmtpReply& reply);
    void choose_tls();
    void on_ehlo(const SmtpReply& reply);
    void on_starttls(const SmtpReply& reply);
    void on_reply(const SmtpReply& reply);
    void read_replies();
};

// RFC 3207 §4: after the 220 the next thing sent is the ClientHello.
void SmtpSession::State::start_handshake() {
    step = SmtpStep::handshake;
    capabilities.clear(); // RFC 3207 §4.2: what was learned before TLS is forgotten
    parser = ReplyParser();
    // A raw public key has no name, which REQUIRETLS asks for (RFC 8689 §4.2.1).
    const bool raw_keys = plan.tls == TlsPolicy::dane && !plan.authentication.ee_name_checks &&
                          plan.server_key != ServerKey::ed25519 &&
                          raw_key_suffices(plan.authentication.records);
    tls.emplace(plan.server_name, rng_seed, TlsOptions{plan.server_key, raw_keys});
    pump_tls();
}

// Takes what the TLS channel has to say: its failure, the end of the handshake, plain text, the end of the stream.
void SmtpSession::State::pump_tls() {
    if (step == SmtpStep::handshake && tls->established()) handshake_done();
    const std::string plain = tls->take_plain();
    if (!finished && !plain.empty()) {
        parser.push({reinterpret_cast<const std::uint8_t*>(plain.data()), plain.size()});
        read_replies();
    }
    if (finished) return;
    if (tls->failure() && step != SmtpStep::quit) {
        outcome.log.push_back("TLS: " + *tls->failure());
        if (step == SmtpStep::handshake && plan.server_key == ServerKey::ed25519 && !tls->summary().chain.empty()) {
            outcome.shown = tls->summary();
            outcome.shown_judgement = authenticate(outcome.shown->chain, plan.authentication);
        }
        fail(SmtpFailure::tls_failed, *tls->failure(), false);
    } else if (tls->failure()) {
        finish();
    }
}

void SmtpSession::State::handshake_done() {
    outcome.tls = tls->summary();
    outcome.log.push_back(fmt::format("TLS: {}, {}", outcome.tls->protocol, outcome.tls->cipher));
    step = SmtpStep::authentication;
    const bool dane = plan.tls == TlsPolicy::dane;
    if (dane || plan.judge) {
        const auto& raw_key = outcome.tls->raw_public_key;
        if (!dane)
            outcome.authentication = plan.judge(outcome.tls->chain);
        else
            outcome.authentication = raw_key ? authenticate_raw_key(*raw_key, plan.authentication)
                                             : authenticate(outcome.tls->chain, plan.authentication);
        const SmtpFailure failure = failure_of(outcome.authentication->result);
        if (failure != SmtpFailure::none && (dane || plan.judgement_counts)) {
            const auto& reasons = outcome.authentication->reasons;
            // RFC 3207 §4.1: QUIT right after a handshake that does not satisfy; no MAIL goes out.
            fail(failure, reasons.empty() ? std::string(to_text(outcome.authentication->result)) : reasons.front(),
                 true);
            return;
        }
    }
    if (plan.implicit_tls)
        step = SmtpStep::banner;
    else
        judged();
}

// TLS is settled, one way or another.
void SmtpSession::State::judged() {
    if (!plan.envelope || !plan.deliver_when_authenticated)
        quit();
    else if (in_tls())
        command(SmtpStep::ehlo_after_tls, "EHLO " + plan.helo_name);
    else
        deliver();
}

void SmtpSession::State::deliver() {
    const Envelope& envelope = *plan.envelope;
    std::string parameters;
    if (capabilities.contains("SIZE")) parameters += fmt::format(" SIZE={}", envelope.message.size()); // RFC 1870 §6
    const auto is_8bit = [](char c) { return static_cast<unsigned char>(c) > 0x7f; };
    if (capabilities.contains("8BITMIME") && std::any_of(envelope.message.begin(), envelope.message.end(), is_8bit))
        parameters += " BODY=8BITMIME"; // RFC 6152 §3
    // RFC 8689 §2: capabilities are those of the EHLO inside TLS, or of one outside, which does not count.
    if (plan.require_tls != RequireTls::no && in_tls() && capabilities.contains("REQUIRETLS"))
        parameters += " REQUIRETLS";
    else if (plan.require_tls == RequireTls::demanded)
        return fail(SmtpFailure::requiretls_not_offered,
                    in_tls() ? "REQUIRETLS is not among the server's EHLO keywords inside TLS" : "there is no TLS",
                    true);
    command(SmtpStep::mail, fmt::format("MAIL FROM:<{}>{}", envelope.sender, parameters));
}

void SmtpSession::State::read_capabilities(const SmtpReply& reply) {
    capabilities.clear();
    for (std::size_t i = 1; i < reply.lines.size(); ++i) // the first line is the server's name
        capabilities.insert(upper(std::string_view(reply.lines[i]).substr(0, reply.lines[i].find(' '))));
}

void SmtpSession::State::choose_tls() {
    if (plan.tls == TlsPolicy::cleartext) return judged();
    if (capabilities.contains("STARTTLS")) return command(SmtpStep::starttls, "STARTTLS");
    const char* detail = "STARTTLS is not among the server's EHLO keywords";
    if (tls_required()) return fail(SmtpFailure::starttls_not_offered, detail, true);
    outcome.detail = detail;
    judged();
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

void SmtpSession::State::on_starttls(const SmtpReply& reply) {
    if (reply.code == 220) {
        if (parser.has_leftover())
            return fail(SmtpFailure::injection_after_starttls,
                        "octets came in clear behind the 220 to STARTTLS (RFC 3207 §4.2)", false);
        return start_handshake();
    }
    if (tls_required() || reply.code == 421) return refused(reply);
    outcome.detail = fmt::format("STARTTLS was refused: {}", reply.to_text());
    judged();
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
    case SmtpStep::mail:
        if (!reply.is_positive()) return refused(reply);
        return command(SmtpStep::rcpt, fmt::format("RCPT TO:<{}>", plan.envelope->recipient));
    case SmtpStep::rcpt:
        if (!reply.is_positive()) return refused(reply);
        return command(SmtpStep::data, "DATA");
    case SmtpStep::data:
        if (reply.code != 354) return refused(reply);
        step = SmtpStep::message;
        outcome.log.push_back(fmt::format("C: ({} octets of message)", plan.envelope->message.size()));
        return write(dot_stuffed(plan.envelope->message));
    case SmtpStep::message:
        if (!reply.is_positive()) return refused(reply);
        outcome.delivered = true;
        outcome.delivered_in_tls = in_tls();
        return quit();
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
    while (!finished) {
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
    if (state.step == SmtpStep::quit) return state.finish();
    if (state.step == SmtpStep::handshake)
        return state.fail(SmtpFailure::tls_failed, "the server closed the connection during the TLS handshake", false);
    state.fail(SmtpFailure::closed_by_peer, fmt::format("the server closed the connection: no {}", awaited(state.step)),
               false);
}

void SmtpSession::deadline_passed() {
    State& state = *state_;
    if (state.finished) return;
    if (state.step == SmtpStep::quit) return state.finish();
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
SmtpStep SmtpSession::step() const { return state_->step; }
std::chrono::milliseconds SmtpSession::step_timeout() const {
    const auto timeout = state_->plan.timeout_of(state_->step);
    return state_->step == SmtpStep::quit ? std::min(quit_timeout, timeout) : timeout;
}
const SmtpOutcome& SmtpSession::outcome() const { return state_->outcome; }

} // namespace tlsa
