// Reasons that help people and change no verdict: who strips DNSSEC data, and whether the clock may be wrong.
#pragma once

#include "validator/session.h"
#include "validator/verdict.h"

namespace validator {

// Adds resolver_strips_dnssec and clock_suspect behind the root cause, judged by the responses that this session
// consulted.
void add_advice(const Session& session, Verdict& verdict);

} // namespace validator
