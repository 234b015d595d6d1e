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
    bool half_closed = false, resets = false, floods = false;
    std::size_t handshake_sent = 0;

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
    // Is the script of this step meant for the transaction that is under way?
    bool is_due(SmtpStep step) const {
        const bool of_mail =
            step == SmtpStep::mail || step == SmtpStep::rcpt || step == SmtpStep::data || step == SmtpStep::message;
        return !of_mail || behaviour.transactions.empty() || behaviour.transactions.contains(log.mail_from.size());
    }
    // May the server speak at this step? False where the script wants silence or the end.
    bool speaks(SmtpStep step) {
        const auto is_at = [&](const std::optional<SmtpStep>& scripted) { return scripted == step && is_due(step); };
        half_closed = half_closed || (!silent && is_at(behaviour.half_closes_at));
        floods = floods || (!silent && is_at(behaviour.floods_at));
        silent = silent || half_closed || floods || is_at(behaviour.silent_at);
        if (!silent && is_at(behaviour.closes_at)) end(SessionLog::End::closed_by_server);
        if (!silent && is_at(behaviour.resets_at)) {
            resets = finished = true; // without the close_notify of end()
            log.end = SessionLog::End::closed_by_server;
        }
        return !silent && !finished;
    }
    // Longer lines and more of them, where the script wants that.
    void stretch(SmtpStep step, std::vector<std::string>& lines) const {
        if (lines.empty() || lines.back().size() < 3) return;
        const std::string filler = lines.back().substr(0, 3) + "-filler";
        if (const auto wanted = behaviour.reply_lines.find(step); wanted != behaviour.reply_lines.end())
            while (lines.size() < wanted->second) lines.insert(lines.end() - 1, filler);
        if (const auto wanted = behaviour.reply_octets.find(step); wanted != behaviour.reply_octets.end()) {
            // Not the last of several, which in the reply to EHLO is the keyword STARTTLS.
            auto& line = lines.size() > 1 ? *(lines.end() - 2) : lines.back();
            line.resize(std::max(line.size(), wanted->second), 'x');
        }
    }
    // The reply of a step in one piece; true when it is positive (2xx, 3xx). `suffix` goes into the same segment.
    bool reply(SmtpStep step, std::vector<std::string> lines, std::string_view suffix = {}) {
        if (!speaks(step)) return false;
        const auto scripted = behaviour.replies.find(step);
        if (scripted != behaviour.replies.end() && is_due(step)) lines = scripted->second;
        if (is_due(step)) stretch(step, lines);
        std::string text;
        for (const auto& line : lines) text += line + behaviour.line_end;
        text += suffix;
        if (behaviour.plain_in_tls_at == step && is_due(step))
            output.insert(output.end(), text.begin(), text.end());
        else
            write(text);
        return !lines.empty() && !lines.back().empty() && (lines.back()[0] == '2' || lines.back()[0] == '3');
    }
    void plain_reply(std::string_view line) {
        if (!silent) write(std::string(line) + "\r\n");
    }

    bool plays_tls() const { // with scripted octets, not with the library
        return !behaviour.plain_instead_of_tls.empty() || behaviour.alert_instead_of_tls ||
               behaviour.versions == TlsVersions::only_1_0;
    }
    void begin_tls() {
        handshake_begun = true;
        if (!plays_tls()) tls.emplace(behaviour, rng_seed);
    }
    void play_tls();
    void cut_handshake(dns::Bytes& wire);
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
    begin_tls();
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
        reply(SmtpStep::rset, {"250 2.0.0 Reset"});
        return;
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
    state.begin_tls();
}

// Said once in answer to the ClientHello; the rest is up to the client.
void SmtpServerSession::State::play_tls() {
    silent = true;
    if (behaviour.alert_instead_of_tls) { // RFC 8446 §5.1, §6: a record of one fatal alert
        output.insert(output.end(), {0x15, 0x03, 0x03, 0x00, 0x02, 0x02, *behaviour.alert_instead_of_tls});
    } else if (behaviour.versions == TlsVersions::only_1_0) {
        // RFC 5246 §7.4.1.3: a ServerHello, here of version 3.1, with TLS_RSA_WITH_AES_128_CBC_SHA and no session id.
        const dns::Bytes before{0x16, 0x03, 0x01, 0x00, 0x2a, 0x02, 0x00, 0x00, 0x26, 0x03, 0x01};
        output.insert(output.end(), before.begin(), before.end());
        output.insert(output.end(), rng_seed.begin(), rng_seed.end());
        output.insert(output.end(), {0x00, 0x00, 0x2f, 0x00});
    } else {
        write(behaviour.plain_instead_of_tls);
    }
}

void SmtpServerSession::State::cut_handshake(dns::Bytes& wire) {
    const std::size_t left = *behaviour.handshake_octets - handshake_sent;
    handshake_sent += std::min(left, wire.size());
    if (wire.size() < left) return;
    wire.resize(left);
    finished = true;
    log.end = SessionLog::End::closed_by_server;
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
    state.play_tls();
}

void SmtpServerSession::peer_closed() {
    if (!state_->finished) state_->end(SessionLog::End::closed_by_client);
}

dns::Bytes SmtpServerSession::take_output() {
    constexpr std::size_t piece = 65'536;
    if (state_->floods && !state_->finished) state_->write(std::string(piece, '2'));
    dns::Bytes out = std::exchange(state_->output, {});
    if (!state_->tls) return out;
    dns::Bytes wire = state_->tls->take_output();
    if (state_->behaviour.handshake_octets && !state_->in_tls()) state_->cut_handshake(wire);
    out.insert(out.end(), wire.begin(), wire.end());
    return out;
}

bool SmtpServerSession::finished() const { return state_->finished; }
bool SmtpServerSession::resets() const { return state_->resets; }
bool SmtpServerSession::half_closed() const { return state_->half_closed; }
bool SmtpServerSession::floods() const { return state_->floods; }
const SessionLog& SmtpServerSession::log() const { return state_->log; }

} // namespace harness
