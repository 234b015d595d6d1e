"""Every verb teaches itself: --help with an example that works, and the versions of the programs."""
import re
import shlex

from support import DANELAB, DANEVERIFY, SOURCE, Case, danelab, main

VERBS = ["run", "verify", "resolve", "record", "serve", "shell", "sut", "report", "export", "tlsa", "anchor", "deliver"]


class Help(Case):
    def test_the_verbs_are_listed(self):
        done = danelab("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for verb in VERBS:
            self.assertRegex(done.stdout, rf"(?m)^  {verb} ")

    def test_each_verb_has_examples_and_exit_codes(self):
        for verb in VERBS:
            with self.subTest(verb):
                done = danelab(verb, "--help")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertRegex(done.stdout, r"(?m)^Examples?:")
                self.assertIn("Exit codes:", done.stdout)
                self.assertRegex(done.stdout, r"(?m)^  dane(lab|verify) ")

    def test_the_examples_that_need_no_network_work(self):
        for verb in ("resolve", "record", "verify", "run"):
            text = danelab(verb, "--help").stdout
            examples = re.findall(r"(?m)^  (dane(?:lab|verify) .*?)(?:   .*)?$", text)
            ran = 0
            for example in examples:
                words = shlex.split(example)
                if {"--server", "--output", "--from"} & set(words):
                    continue
                ran += 1
                with self.subTest(example):
                    program = DANEVERIFY if words[0] == "daneverify" else DANELAB
                    done = danelab(*words[1:], program=program, limit=240)
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertGreater(ran, 0, verb)

    def test_the_manual_knows_every_option(self):
        manual = "".join((SOURCE / "packaging" / "man" / page).read_text().replace("\\-", "-") for page in ("danelab.1", "daneverify.1"))
        known = 0
        for verb in VERBS:
            options = re.findall(r"(?m)^\s+(?:-\w,)?(--[a-z-]+)", danelab(verb, "--help").stdout)
            known += len(options)
            for option in options:
                with self.subTest(f"{verb} {option}"):
                    self.assertIn(option, manual)
        self.assertGreater(known, 50)

    def test_the_verbs_of_tlsa_teach_themselves(self):
        manual = (SOURCE / "packaging" / "man" / "danelab.1").read_text().replace("\\-", "-")
        for verb in "match", "make", "check":
            done = danelab("tlsa", verb, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("Examples:", done.stdout)
            self.assertIn("Exit codes:", done.stdout)
            options = re.findall(r"(?m)^\s+(?:-\w,)?(--[a-z-]+)", done.stdout)
            self.assertTrue(options, verb)
            for option in options:
                with self.subTest(f"{verb} {option}"):
                    self.assertIn(option, manual)

    def test_version_and_no_arguments(self):
        self.assertRegex(danelab("--version").stdout, r"^danelab \d+\.\d+\.\d+\n$")
        done = danelab()
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("danelab VERB", done.stderr)


if __name__ == "__main__":
    main()
