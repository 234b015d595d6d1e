"""The appliance vendor's four published samples, byte for byte (the local interface's address aside)."""
import re

from support import DANELAB, DANEVERIFY, HERE, Case, danelab, main

SAMPLES = [("success", "ietf.org", 0), ("resolver-without-dnssec", "ietf.org", 5), ("no-dane", "cisco.com", 4),
           ("two-addresses", "thinkbeyond.ch", 4)]


class Transcripts(Case):
    def transcript(self, *arguments, program=DANEVERIFY):
        done = danelab("--strict-seed", *arguments, program=program)
        return done, re.sub(r"(?m)from interface \S+\.$", "from interface IF.", done.stdout)

    def test_daneverify_prints_the_published_lines(self):
        for sample, domain, code in SAMPLES:
            with self.subTest(sample):
                done, text = self.transcript("--scenario", f"seed/{sample}", domain)
                self.assertEqual(text, (HERE / "transcripts" / f"{sample}.txt").read_text())
                self.assertEqual(done.returncode, code)

    def test_danelab_verify_says_the_same(self):
        done = danelab("verify", "--strict-seed", "--scenario", "seed/no-dane", "cisco.com")
        self.assertEqual(done.stdout, (HERE / "transcripts" / "no-dane.txt").read_text())

    def test_without_strict_seed_the_reason_stands_beside(self):
        done = danelab("--scenario", "seed/resolver-without-dnssec", "ietf.org", program=DANEVERIFY)
        certain = (HERE / "transcripts" / "resolver-without-dnssec.txt").read_text().splitlines()
        self.assertEqual([line for line in done.stdout.splitlines() if line in certain], certain)
        self.assertRegex(done.stdout, r"resolver .*priority 0", "the resolver at fault is named")

    def test_several_domains_end_with_the_highest_code(self):
        done = danelab("--scenario", "seed/success", "ietf.org", "nobody.invalid", program=DANEVERIFY)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("DANE SUCCESS for ietf.org", done.stdout)

    def test_json_fits_its_schema(self):
        import json
        for sample, domain, code in SAMPLES:
            with self.subTest(sample):
                done = danelab("--format", "json", "--scenario", f"seed/{sample}", domain, program=DANEVERIFY)
                document = json.loads(done.stdout)
                self.assert_fits(document, "verify")
                self.assertEqual((done.returncode, document["domains"][0]["exit_code"]), (code, code))


if __name__ == "__main__":
    main()
