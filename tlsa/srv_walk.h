// Walks the targets of a mail submission service that SRV records name (RFC 7673, RFC 8314 §5.1), and authenticates the
// server: by TLSA records where DANE applies, by public authorities where it does not. Like tlsa::Walk a machine
// without I/O, with the same wants, events and result.
#pragma once

#include "tlsa/walker.h"

namespace tlsa {

enum class MailService {
    submission,  // STARTTLS, usually on port 587 (RFC 6409)
    submissions, // TLS from the first octet, usually on port 465 (RFC 8314 §3.3)
};
std::string_view to_text(MailService service); // "submission" "submissions"
std::optional<MailService> mail_service_from_text(std::string_view text);
// "_submission._tcp.example.com."; name_too_long where it does not fit.
dns::Result<dns::Name> service_name(MailService service, const dns::Name& domain);

struct SrvPlan {
    dns::Name domain; // the service domain name
    MailService service = MailService::submission;
    // What is done where no usable TLSA record vouches for a target: with `opportunistic` public authorities have to,
    // with `mandatory` it is not connected to. Clear text is no choice (RFC 8314 §5.2).
    Mode mode = Mode::opportunistic;
    CertificateChain roots; // DER of the public authorities; also for TLSA usages 0 and 1
    DigestOrder digests = default_digest_order();
    AddressFamilies families = AddressFamilies::ipv4_first;
    dns::UnixTime now; // for certificates
    std::string helo_name = "localhost";
    std::optional<Envelope> envelope; // nullopt: verify only
    std::chrono::milliseconds step_timeout{30'000};
    StepTimeouts step_timeouts;
    std::optional<std::uint64_t> shuffle_seed; // of in_order() (tlsa/srv_order.h)
};

// The walk ends with the first target that proves who it is (and takes the message, where there is one).
// In the result: action dane_success (by TLSA), pkix_tls (by public authorities) or dane_fail; status dane_success, or
// what kept DANE from it; takes_no_mail where the service is not offered; `authenticated` by TLSA records alone.
class SrvWalk {
  public:
    explicit SrvWalk(SrvPlan plan);
    ~SrvWalk();
    SrvWalk(SrvWalk&&) noexcept;

    // As of tlsa::Walk.
    std::variant<WantLookups, WantSession, WalkResult> advance();
    void supply(validator::Lookup lookup);
    void supply(SmtpOutcome outcome, std::string local_address);
    std::vector<Event> take_events();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace tlsa
