#include "harness/smtp_server_session.h"

#include <algorithm>
#include <utility>

#include "harness/smtp_server_tls.h"

namespace harness {
namespace {

using tlsa::SmtpStep;

// RFC 5321 §4.5.3.1.4 allows 512 octets in a command line.
constexpr std::size_t max_line = 8192;
// Far above what the harness ever sends; bounds the memory that a strange client can take.
constexpr std::size_t max_message = 8u << 20;

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

// What stands between the angle brackets.
std::string path_of(std::string_view argument) {
    const std::size_t open = argument.find('<'), close = argument.find('>', open);
    if (open == std::string_view::npos || close == std::string_view::npos) return std::string(argument);
    return std::string(argument.substr(open + 1, close - open - 1));
}

} // namespace

std::string_view to_text(SessionLog::End end) {
    switch (end) {
    case SessionLog::End::open: return "open";
    case SessionLog::End::quit: return "quit";
    case SessionLog::End::closed_by_client: return "closed-by-client";
    case SessionLog::End::closed_by_server: return "closed-by-server";
    case SessionLog::End::tls_failed: return "tls-failed";
    }
    return "";
}

struct SmtpServerSession::State {
    const SmtpBehaviour& behaviour;
    std::array<std::uint8_t, 32> rng_seed;
    SessionLog log;
    std::optional<TlsServerChannel> tls;
    dns::Bytes output;
    std::string input;               // plain text not yet a line
    std::optional<std::string> data; // message lines so far, while DATA goes on
    std::optional<ReceivedMessage> envelope;
    bool silent = false, finished = false, handshake_begun = false;

    bool in_tls() const { return tls && tls->established(); }

    void write(std::string_view text) {
        if (in_tls())
            tls->send(text);
        else
            output.insert(output.end(), text.begin(), text.end());
    }
    void end(SessionLog::End how) {
        if (finished) return;
        if (tls) tls->close();
        log.end = how;
        finished = true;
    }
    // May the server speak at this step? False where the script wants silence or the end.
    bool speaks(SmtpStep step) {
        if (behaviour.silent_at == step) silent = true;
        if (!silent && behaviour.closes_at == step) end(SessionLog::End::closed_by_server);
        return !silent && !finished;
    }
    // The reply of a step in one piece; true when it is positive (2xx, 3xx). `suffix` goes into the same segment.
    bool reply(SmtpStep step, std::vector<std::string> lines, std::string_view suffix = {}) {
        if (!speaks(step)) return false;
        if (const auto scripted = behaviour.replies.find(step); scripted != behaviour.replies.end())
            lines = scripted->second;
        std::string text;
        for (const auto& line : lines) text += line + "\r\n";
        text += suffix;
        write(text);
        return !lines.empty() && !lines.back().empty() && (lines.back()[0] == '2' || lines.back()[0] == '3');
    }
    void plain_reply(std::string_view line) {
        if (!silent) write(std::string(line) + "\r\n");
    }

    void banner();
    void ehlo(std::string_view keyword, std::string_view name);
    void starttls();
    void mail(std::string_view argument);
    void rcpt(std::string_view argument);
    void command(const std::string& line);
    void message_line(const std::string& line);
    void read_lines();
    void pump_tls();
};

void SmtpServerSession::State::banner() {
    if (!speaks(SmtpStep::connect)) return;
    const bool welcome = reply(SmtpStep::banner, {"220 " + behaviour.host + " ESMTP"});
    (void)welcome; // after a 554 the client may still say QUIT (RFC 5321 §3.1)
}

void SmtpServerSession::State::ehlo(std::string_view keyword, std::string_view name) {
    log.ehlo_names.emplace_back(name);
    envelope.reset();
    if (keyword == "HELO") return plain_reply("250 " + behaviour.host);
    std::vector<std::string> lines{behaviour.host + " greets you"};
    const auto& keywords =
        in_tls() && behaviour.capabilities_in_tls ? *behaviour.capabilities_in_tls : behaviour.capabilities;
    lines.insert(lines.end(), keywords.begin(), keywords.end());
    if (in_tls() ? behaviour.offers_starttls_in_tls : behaviour.offers_starttls) lines.emplace_back("STARTTLS");
    for (std::size_t i = 0; i < lines.size(); ++i) lines[i].insert(0, i + 1 < lines.size() ? "250-" : "250 ");
    reply(in_tls() ? SmtpStep::ehlo_after_tls : SmtpStep::ehlo, std::move(lines));
}

void SmtpServerSession::State::starttls() {
    log.starttls = true;
    if (in_tls()) return plain_reply("503 5.5.1 TLS is active already");
    if (!behaviour.offers_starttls) return plain_reply("502 5.5.1 STARTTLS is not offered");
    if (!reply(SmtpStep::starttls, {"220 2.0.0 Ready to start TLS"}, behaviour.injected_after_starttls)) return;
    input.clear(); // RFC 3207 §4.2: what came in clear behind the command is not looked at
    handshake_begun = true;
    if (behaviour.plain_instead_of_tls.empty()) tls.emplace(behaviour, rng_seed);
}

void SmtpServerSession::State::mail(std::string_view argument) {
    log.mail_from.push_back(path_of(argument));
    if (!reply(SmtpStep::mail, {"250 2.1.0 Sender OK"})) return;
    envelope.emplace();
    envelope->sender = path_of(argument);
}

void SmtpServerSession::State::rcpt(std::string_view argument) {
    if (!envelope) return plain_reply("503 5.5.1 MAIL first");
    if (reply(SmtpStep::rcpt, {"250 2.1.5 Recipient OK"})) envelope->recipients.push_back(path_of(argument));
}

void SmtpServerSession::State::command(const std::string& line) {
    log.commands.push_back(line);
    const std::string verb = upper(std::string_view(line).substr(0, line.find_first_of(" :")));
    const std::string_view argument =
        line.find(' ') == std::string::npos ? std::string_view{} : std::string_view(line).substr(line.find(' ') + 1);
    if (verb == "EHLO" || verb == "HELO") return ehlo(verb, argument);
    if (verb == "STARTTLS") return starttls();
    if (verb == "MAIL") return mail(argument);
    if (verb == "RCPT") return rcpt(argument);
    if (verb == "DATA") {
        if (!envelope || envelope->recipients.empty()) return plain_reply("503 5.5.1 RCPT first");
        if (reply(SmtpStep::data, {"354 End with a line of one dot"})) data.emplace();
        return;
    }
    if (verb == "RSET") {
        envelope.reset();
        return plain_reply("250 2.0.0 Reset");
    }
    if (verb == "NOOP") return plain_reply("250 2.0.0 Nothing done");
    if (verb == "QUIT") {
        log.quit = true;
        if (!silent) reply(SmtpStep::quit, {"221 2.0.0 " + behaviour.host + " says goodbye"});
        return silent ? void() : end(SessionLog::End::quit);
    }
    plain_reply("500 5.5.2 What is that?");
}

void SmtpServerSession::State::message_line(const std::string& line) {
    if (line != ".") {
        // RFC 5321 §4.5.2: one leading dot is taken away.
        *data += (line.starts_with('.') ? line.substr(1) : line) + "\r\n";
        if (data->size() > max_message) end(SessionLog::End::closed_by_server);
        return;
    }
    ReceivedMessage message = std::exchange(envelope, std::nullopt).value();
    message.data = *std::exchange(data, std::nullopt);
    message.in_tls = in_tls();
    if (reply(SmtpStep::message, {"250 2.0.0 Accepted"})) log.messages.push_back(std::move(message));
}

void SmtpServerSession::State::read_lines() {
    while (!finished) {
        const std::size_t end_of_line = input.find("\r\n");
        if (end_of_line == std::string::npos) {
            if (input.size() > max_line) end(SessionLog::End::closed_by_server);
            return;
        }
        const std::string line = input.substr(0, end_of_line);
        input.erase(0, end_of_line + 2);
        if (data)
            message_line(line);
        else
            command(line);
    }
}

void SmtpServerSession::State::pump_tls() {
    log.sni = tls->sni();
    if (tls->established() && !log.tls) {
        log.tls = true;
        log.tls_version = tls->version();
        log.cipher = tls->cipher();
        log.commands.emplace_back("TLS");
        if (behaviour.implicit_tls) banner();
    }
    if (tls->failure()) {
        log.tls_failure = *tls->failure();
        return end(SessionLog::End::tls_failed);
    }
    input += tls->take_plain();
    read_lines();
    if (tls->peer_closed() && !finished) end(SessionLog::End::closed_by_client);
}

SmtpServerSession::SmtpServerSession(const SmtpBehaviour& behaviour, const std::array<std::uint8_t, 32>& rng_seed,
                                     SessionLog log)
    : state_(new State{behaviour, rng_seed, std::move(log)}) {
    state_->log.host = behaviour.host;
}
SmtpServerSession::~SmtpServerSession() = default;
SmtpServerSession::SmtpServerSession(SmtpServerSession&&) noexcept = default;

void SmtpServerSession::connected() {
    State& state = *state_;
    if (!state.behaviour.implicit_tls) return state.banner();
    state.handshake_begun = true;
    if (state.behaviour.plain_instead_of_tls.empty()) state.tls.emplace(state.behaviour, state.rng_seed);
}

void SmtpServerSession::received(dns::ByteView octets) {
    State& state = *state_;
    if (state.finished) return;
    if (!state.handshake_begun) {
        state.input.append(octets.begin(), octets.end());
        return state.read_lines();
    }
    if (!state.in_tls() && !state.speaks(SmtpStep::handshake)) return;
    if (state.tls) {
        state.tls->received(octets);
        return state.pump_tls();
    }
    state.write(state.behaviour.plain_instead_of_tls);
    state.silent = true; // said once; the rest is up to the client
}

void SmtpServerSession::peer_closed() {
    if (!state_->finished) state_->end(SessionLog::End::closed_by_client);
}

dns::Bytes SmtpServerSession::take_output() {
    dns::Bytes out = std::exchange(state_->output, {});
    if (!state_->tls) return out;
    const dns::Bytes wire = state_->tls->take_output();
    out.insert(out.end(), wire.begin(), wire.end());
    return out;
}

bool SmtpServerSession::finished() const { return state_->finished; }
const SessionLog& SmtpServerSession::log() const { return state_->log; }

} // namespace harness
