"""`daneverify` beyond the transcript: everything that is published, next keys, other ports, the plugin line."""
import json

from support import DANEVERIFY, Case, danelab, main

OTHER_KEY = "3 1 1 " + "5a" * 31 + "a5"  # the digest of nobody's key, as far as anyone can tell

# A root that signed nothing of ours.
OTHER_AUTHORITY = """-----BEGIN CERTIFICATE-----
MIIBczCCARigAwIBAgIBATAKBggqhkjOPQQDAjAXMRUwEwYDVQQDDAxBbm90aGVy
IFJvb3QwIBcNMjYxMTMwMjM0MDA2WhgPMjA4MTA5MDIyMzQwMDZaMBcxFTATBgNV
BAMMDEFub3RoZXIgUm9vdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABIHoi3Hr
a22dB8x5iCxvpUBcToAyHau21eO0oklLwnt4lx3efuVlVx3usJ29WxWaVbQJs//S
S1B/uRr6fjcYUYmjUzBRMB0GA1UdDgQWBBTwbEFqBTBF963yFCVkbhiq42YflTAf
BgNVHSMEGDAWgBTwbEFqBTBF963yFCVkbhiq42YflTAPBgNVHRMBAf8EBTADAQH/
MAoGCCqGSM49BAMCA0kAMEYCIQDxX+AytVw0mYrFKXafFQ/8hhwrR2b9ewkTFax/
myLPpAIhAN/ah1X6rVqqCqSCl9scbxuIZgLarZWyv8KY9AeTMQoA
-----END CERTIFICATE-----
"""


class Verify(Case):
    def verify(self, *arguments, code=0):
        done = danelab(*arguments, program=DANEVERIFY)
        self.assertEqual(done.returncode, code, done)
        return done

    def document(self, *arguments, code=0):
        document = json.loads(self.verify("--format", "json", *arguments, code=code).stdout)
        self.assert_fits(document, "verify")
        return document["domains"][0]

    def test_a_delivery_ends_with_the_first_address_a_check_does_not(self):
        scenario = ("--scenario", "smtp/check/all-addresses-last-is-stale", "shop.example")
        domain = self.document(*scenario)
        self.assertEqual((domain["status"], len(domain["attempts"])), ("dane-success", 1))
        domain = self.document("--all-addresses", *scenario, code=1)
        self.assertEqual([(a["address"], a["status"]) for a in domain["attempts"]],
                         [("192.0.2.25", "dane-success"), ("192.0.2.26", "dane-success"), ("2001:db8::25", "certificate-failed")])
        keys = domain["records"][0]["keys"]
        self.assertEqual([(key["addresses"], key["has_record"]) for key in keys],
                         [(["192.0.2.25", "192.0.2.26"], True), (["2001:db8::25"], False)])
        text = self.verify("--all-addresses", *scenario, code=1).stdout
        self.assertRegex(text, r"(?m)^2001:db8::25 serves a key \(ECDSA 256, 3 1 1 [0-9a-f]{64}\) that no TLSA record of ")
        self.assertIn("DANE FAILED for shop.example", text)

    def test_every_mx_host(self):
        scenario = ("--scenario", "smtp/check/all-mx-last-is-stale", "shop.example")
        self.verify(*scenario)
        domain = self.document("--all-mx", *scenario, code=1)
        self.assertEqual([a["mx"] for a in domain["attempts"]], [f"mx{i}.mail.example" for i in (1, 2, 3)])

    def test_both_kinds_of_keys(self):
        domain = self.document("--keys", "rsa,ecdsa", "--scenario", "smtp/check/both-kinds-of-keys", "shop.example")
        self.assertEqual([(a.get("key_asked_for"), a["tls"]["server_key"]) for a in domain["attempts"]],
                         [(None, "ECDSA 256"), ("rsa", "RSA 2048"), ("ecdsa", "ECDSA 256")])
        self.assertEqual([record["role"] for record in domain["records"][0]["records"]], ["served", "served"])
        scenario = ("--scenario", "smtp/check/rsa-certificate-without-record", "shop.example")
        self.verify(*scenario)
        self.document("--keys", "rsa", *scenario, code=1)
        domain = self.document("--keys", "rsa", "--scenario", "smtp/check/one-kind-of-key", "shop.example")
        self.assertEqual([a.get("key_served") for a in domain["attempts"]], [None, False])

    def test_the_next_key(self):
        def publish(record):
            def change(scenario):
                scenario["zones"][1]["records"].append("_25._tcp.mx TLSA " + record)
            return self.copy_of("smtp/handshake/tls-1.3-only", change)

        path = publish(OTHER_KEY)
        checked = self.document("--scenario", path, "shop.example")["records"][0]
        self.assertTrue(checked["next_key_published"])
        self.assertEqual(sorted(record["role"] for record in checked["records"]), ["next", "served"])
        self.assertIn("matches no certificate that was served", self.verify("--scenario", path, "shop.example").stdout)
        for record, role in [("3 1 1 " + "00" * 32, "garbage"), ("3 1 1 " + "ab" * 20, "unusable"),
                             ("3 0 1 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "garbage"),
                             ("1 1 1 " + "5a" * 31 + "a5", "unusable")]:
            with self.subTest(record):
                checked = self.document("--scenario", publish(record), "shop.example")["records"][0]
                self.assertFalse(checked["next_key_published"])
                self.assertEqual(sorted(r["role"] for r in checked["records"]), sorted(["served", role]))

    def test_implicit_tls(self):
        self.verify("--implicit-tls", "--scenario", "smtp/implicit-tls/good", "shop.example")
        self.verify("--implicit-tls", "--port", "465", "--scenario", "smtp/implicit-tls/good", "shop.example")
        self.verify("--scenario", "smtp/implicit-tls/good", "shop.example", code=6)  # no records for port 25

    def test_a_step_has_its_own_deadline(self):
        done = self.verify("--step-timeout", "banner=1", "--scenario", "smtp/banner/never", "shop.example", code=9)
        self.assertIn("no banner within 1000 ms", done.stdout)

    def test_the_plugin_line(self):
        done = self.verify("--nagios", "--scenario", "seed/success", "ietf.org")
        self.assertRegex(done.stdout, r"\ADANE OK - ietf\.org: dane-success, verified, 1 of 1 connections passed \| time=\d+\.\d+s;;;0 passed=1;;;0 ")
        self.assertEqual(done.stdout.count("\n"), 1)
        done = self.verify("--nagios", "--scenario", "seed/no-dane", "cisco.com", code=2)
        self.assertRegex(done.stdout, r"\ADANE CRITICAL - cisco\.com: insecure")
        done = self.verify("--nagios", "--policy", "opportunistic", "--scenario", "seed/no-dane", "cisco.com", code=1)
        self.assertRegex(done.stdout, r"\ADANE WARNING - ")
        for wrong in (["--nagios", "--port", "0", "a.example"], ["--nagios", "--format", "json", "a.example"], ["--nagios"],
                      ["--nagios", "--scenario", "no/such", "a.example"]):
            with self.subTest(wrong):
                done = self.verify(*wrong, code=3)
                self.assertRegex(done.stdout, r"\ADANE UNKNOWN - .*\n\Z")

    def test_where_users_hand_in_mail(self):
        srv = ("--srv", "submission", "--scenario")
        text = self.verify(*srv, "srv/target/usable", "shop.example").stdout
        for line in ("SECURE SRV record(smtp.mail.example:2587) found for shop.example",
                     "SECURE A record (192.0.2.25) found for SRV(smtp.mail.example:2587) in shop.example",
                     "Connecting to 192.0.2.25 on port 2587.",
                     "SECURE TLSA record found for SRV(smtp.mail.example:2587) in shop.example",
                     "Certificate verification successful", "DANE SUCCESS for shop.example"):
            self.assertIn(line + "\n", text)
        domain = self.document(*srv, "srv/target/usable", "shop.example")
        self.assertEqual((domain["service"], domain["attempts"][0]["target"], domain["attempts"][0]["port"]),
                         ("submission", "smtp.mail.example", 2587))
        self.assertEqual(domain["attempts"][0]["states"],
                         {"srv": "secure", "a": "secure", "tlsa": "secure", "certificate": "success"})
        self.assertEqual(domain["records"][0]["owner"], "_2587._tcp.smtp.mail.example.")
        self.verify("--srv", "submissions", "--scenario", "srv/service/submissions", "shop.example")
        for scenario, code, word in [("chain/insecure", 4, "INSECURE SRV record(smtp.mail.example:2587) found for shop.example"),
                                     ("chain/bogus", 5, "BOGUS SRV record found for shop.example"),
                                     ("chain/servfail", 3, "SRV lookup failed for shop.example"),
                                     ("records/none", 6, "No TLSA record found for SRV(smtp.mail.example:2587) in shop.example"),
                                     ("records/alias-into-insecure", 7, "INSECURE TLSA record found for SRV("),
                                     ("unusable/authority", 8, "but none is usable"),
                                     ("records/stale", 1, "Certificate verification failed: certificate-no-match"),
                                     ("records/without-tls", 10, "STARTTLS"), ("order/all-down", 9, "Trying next SRV record in shop.example"),
                                     ("service/none", 6, "No SRV record found for shop.example"),
                                     ("service/not-offered", 12, "the service is not offered")]:
            for policy in ("mandatory", "opportunistic"):
                with self.subTest(f"{scenario} {policy}"):
                    if (scenario, policy) == ("order/all-down", "mandatory"):
                        code = 6  # nothing is connected to without TLSA records
                    elif scenario == "order/all-down":
                        code = 9
                    text = self.verify("--policy", policy, *srv, f"srv/{scenario}", "shop.example", code=code).stdout
                    self.assertIn(word, text)

    def test_public_authorities_of_submission(self):
        usual = ("--srv", "submission", "--policy", "opportunistic", "--scenario", "srv/records/none", "shop.example")
        text = self.verify(*usual, code=6).stdout
        self.assertIn("Certificate verification successful: a public authority vouches for smtp.mail.example\n", text)
        self.assertIn("DANE FALLBACK to public authorities for shop.example\n", text)
        domain = self.document(*usual, code=6)
        self.assertEqual((domain["action"], domain["authenticated"], domain["outcomes"]), ("pkix-tls", False, ["unauthenticated-tls"]))
        self.assertRegex(self.verify("--nagios", *usual, code=1).stdout, r"\ADANE WARNING - shop\.example: no-tlsa, unauthenticated-tls")
        self.assertIn("DANE FAILED for shop.example", self.verify("--srv", "submission", *usual[4:], code=6).stdout)
        other = self.folder / "other.pem"
        other.write_text(OTHER_AUTHORITY)
        self.assertIn("Certificate verification failed: certificate-untrusted", self.verify("--ca", str(other), *usual, code=1).stdout)
        empty = self.folder / "empty.pem"
        empty.write_text("no certificate\n")
        for wrong, word in [(("--ca", str(empty)), "empty.pem"), (("--ca", str(self.folder / "none.pem")), "none.pem"),
                            (("--port", "25"), "--port"), (("--all-mx",), "--all-mx"), (("--keys", "rsa"), "--keys"),
                            (("--profile", "rfc7672"), "--profile"), (("--implicit-tls",), "--implicit-tls")]:
            with self.subTest(wrong):
                self.assert_one_line(danelab(*wrong, *usual, program=DANEVERIFY), 2, word)
        for wrong, word in [(("--srv", "imap", *usual[4:]), "--srv"), (("--ca", str(other), *usual[4:]), "--srv")]:
            with self.subTest(wrong):
                self.assert_one_line(danelab(*wrong, program=DANEVERIFY), 2, word)

    def test_wrong_options(self):
        for wrong, word in [(["--keys", "dsa"], "--keys"), (["--step-timeout", "banner"], "--step-timeout"),
                            (["--step-timeout", "mail=3"], "--step-timeout"), (["--step-timeout", "ehlo=0"], "--step-timeout")]:
            with self.subTest(wrong):
                self.assert_one_line(danelab(*wrong, "--scenario", "seed/success", "ietf.org", program=DANEVERIFY), 2, word)


class Profiles(Case):
    def test_two_profiles_compared(self):
        done = danelab("run", "--profile", "cisco-esa", "--against", "rfc7672")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("RFC 7672 §2.2.1", done.stdout)
        self.assertIn("no row of cisco-esa says what follows from", done.stdout)
        document = json.loads(danelab("run", "--against", "postfix", "--format", "json").stdout)
        self.assert_fits(document, "profiles")
        self.assertTrue(document["differences"])
        self.assert_one_line(danelab("run", "--against", "no-such-profile"), 2, "no-such-profile")


if __name__ == "__main__":
    main()
