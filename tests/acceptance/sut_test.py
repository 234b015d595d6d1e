"""`danelab run --sut`: other people's programs, and hostile ones, inside a scenario's Internet; and the reports of it."""
import json
import os
import pathlib
import shutil
import subprocess
import unittest

import json_schema
from support import HERE, SOURCE, Case, danelab, main, schema

OBSTACLE = danelab("shell", "-q", str(HERE / "states.json"), "--", "true")
OBSTACLE = OBSTACLE.stderr if OBSTACLE.returncode == 3 else ""
GOOD = "table/opportunistic/01/*"
SEND = r"""
import smtplib, ssl, sys
address, recipient, tls = sys.argv[1:]
with smtplib.SMTP(address, 25, "client.danelab.example", 5) as server:
    server.ehlo()
    if tls == "yes":
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        server.starttls(context=context)
        server.ehlo()
    server.sendmail("test@client.danelab.example", [recipient], "Subject: x\r\n\r\nx\r\n")
"""


class Drivers(Case):
    def test_every_driver_fits_the_schema(self):
        files = sorted((SOURCE / "harness" / "sut" / "drivers").glob("*.json"))
        self.assertGreaterEqual(len(files), 7)
        for file in files:
            with self.subTest(file.name):
                self.assertEqual(json_schema.errors(json.loads(file.read_text()), schema("sut")), [])

    def test_the_explained_deviations_fit_their_schema_and_name_programs_that_there_are(self):
        document = json.loads((SOURCE / "harness" / "sut" / "deviations.json").read_text())
        self.assertEqual(json_schema.errors(document, schema("deviations")), [])
        known = {file.stem for file in (SOURCE / "harness" / "sut" / "drivers").glob("*.json")}
        for entry in document["deviations"]:
            with self.subTest(entry["text"][:60]):
                self.assertLessEqual(set(entry["suts"]), known)
                self.assertRegex(entry["rfc"], r"RFC \d{4}( §[\d.]+)?")

    def test_list_and_check_say_what_is_there(self):
        done = danelab("sut", "list")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for name in ("postfix", "exim", "posttls-finger", "openssl", "gnutls", "ldns-dane", "tlsa"):
            self.assertRegex(done.stdout, rf"(?m)^{name} ")
        names = [one["name"] for one in json.loads(danelab("sut", "list", "--format", "json").stdout)]
        self.assertIn("postfix", names)
        self.assertEqual(danelab("sut", "check", "openssl").returncode, 0 if shutil.which("openssl") and not OBSTACLE else 1)

    def test_bad_input_is_one_line(self):
        def broken(text):
            file = self.folder / "sut.json"
            file.write_text(text)
            return danelab("run", "--sut", file, "--filter", GOOD)

        self.assert_one_line(danelab("run", "--sut", "sendmial"), 2, "sendmial", "postfix")
        self.assert_one_line(danelab("sut", "fetch"), 2, "name the systems")
        self.assert_one_line(danelab("run", "--format", "html"), 2, "--sut")
        self.assert_one_line(broken('{"name": "x"}'), 2, "command")
        self.assert_one_line(broken('{"name": "x", "command": [], "claims": []}'), 2, "command")
        self.assert_one_line(broken('{"name": "x", "command": ["true"], "claims": [{"exit": 0, "outcome": "fine"}]}'), 2, "/claims/0/outcome")
        self.assert_one_line(broken('{"name": "x", "command": ["true"], "claims": [{"pattern": "(", "outcome": "deferred"}]}'), 2, "regular expression")
        self.assert_one_line(broken('{"name": "x", "command": ["true"], "claims": [], "comand": 1}'), 2, "comand")
        file = self.folder / "report.json"
        file.write_text("{}")
        self.assert_one_line(danelab("report", "merge", file), 2, "report.json")


@unittest.skipIf(OBSTACLE, OBSTACLE)
class Runs(Case):
    def sut(self, name, command, claims, **more):
        file = self.folder / f"{name}.json"
        file.write_text(json.dumps({"name": name, "command": command, "claims": claims, **more}))
        return str(file)

    def run_sut(self, sut, *arguments, code=None, only=GOOD):
        done = danelab("run", "--sut", sut, "--filter", only, "--shard", "1/9", "--format", "json", *arguments)
        self.assertIn(done.returncode, (0, 1) if code is None else (code,), done.stderr)
        document = json.loads(done.stdout)
        self.assert_fits(document, "sut-report")
        return document

    def sender(self, name, tls, outcome="unauthenticated-tls"):
        script = self.folder / "send.py"
        script.write_text(SEND)
        os.chmod(self.folder, 0o755)
        return self.sut(name, ["python3", str(script), "${address}", "${recipient}", tls], [{"exit": 0, "outcome": outcome}])

    def test_a_users_own_program_is_five_lines(self):
        (cell,) = self.run_sut(self.sender("mine", "yes"), code=1)["cells"]
        self.assertEqual((cell["outcome"], cell["allowed"], cell["agrees"]), ("unauthenticated-tls", ["verified"], False))
        self.assertEqual(cell["twin"], "unauthenticated-tls")
        self.assertRegex(cell["sessions"][0], r"TLSv1\.[23].*inside TLS")

    def test_the_servers_witness_is_worth_more_than_the_programs(self):
        (cell,) = self.run_sut(self.sender("boaster", "no", "verified"), code=1)["cells"]
        self.assertEqual(cell["outcome"], "cleartext")
        self.assertIn("in clear", cell["contradictions"][0])
        (cell,) = self.run_sut(self.sender("pretender", "yes", "verified"), code=1)["cells"]
        against = "\n".join(cell["contradictions"])
        self.assertIn("with a certificate that no record matches", against)
        self.assertIn("asked for no TLSA records", against)

    def test_a_probe_that_does_nothing_is_not_a_careful_one(self):
        idle = self.sut("idle", ["sh", "-c", "echo cannot start"], [{"pattern": ".", "outcome": "deferred"}], sends_mail=False)
        (cell,) = self.run_sut(idle, code=1, only="table/opportunistic/02/*")["cells"]
        self.assertEqual((cell["outcome"], cell["allowed"], cell["agrees"]), ("deferred", ["deferred"], False))
        self.assertIn("asked no question and connected to no server", cell["contradictions"][0])

    def test_what_the_twin_comes_to_is_said(self):
        script = self.folder / "send.py"
        script.write_text(SEND)
        os.chmod(self.folder, 0o755)
        # The second attempt is the twin's: it hangs there, or goes on in clear.
        twice = 'n=/var/tmp/seen; test -e $n && SECOND; : > $n; exec python3 %s ${address} ${recipient} yes' % script
        for name, second, words in (("hangs", "exec sleep 600", "with another key on every server: hung"),
                                    ("falls-back", "exec python3 %s ${address} ${recipient} no" % script, "with another key on every server: the program says")):
            with self.subTest(name):
                sut = self.sut(name, ["sh", "-c", twice.replace("SECOND", second)], [{"exit": 0, "outcome": "verified"}], deadline_ms=3000)
                (cell,) = self.run_sut(sut, code=1)["cells"]
                self.assertIn(words, "\n".join(cell["contradictions"]))
        self.assertEqual(cell["twin"], "cleartext")
        self.assertIn("comes to \"cleartext\" with a certificate that no record matches", "\n".join(cell["contradictions"]))

    def test_late_mail_of_one_attempt_is_not_the_nexts(self):
        script = self.folder / "send.py"
        script.write_text(SEND)
        os.chmod(self.folder, 0o755)
        # The first attempt keeps its message, and each later one sends what the one before had kept.
        late = 'k=/var/tmp/kept; was=$(cat $k 2>/dev/null); echo ${recipient} > $k; test -n "$was" && python3 %s ${address} "$was" no; exit 0' % script
        sut = self.sut("late", ["sh", "-c", late], [{"exit": 0, "outcome": "deferred"}])
        done = danelab("run", "--sut", sut, "--filter", "table/opportunistic/0[12]/*", "--format", "json")
        second = json.loads(done.stdout)["cells"][-1]
        self.assertEqual((second["outcome"], second["contradictions"]), ("deferred", []), second)
        self.assertTrue(any("of an earlier attempt" in line for line in second["sessions"]), second["sessions"])

    def test_hostile_programs_cost_their_cell_alone(self):
        claims = [{"exit": 0, "outcome": "deferred"}]
        for name, script, word in (("hangs", "sleep 600", "hung"), ("crashes", "kill -SEGV $$", "crashed: signal 11"),
                                   ("forks-away", "sleep 600 & sleep 600 & exit 0", "hung"), ("binary", "head -c 300000 /dev/urandom; exit 0", ""),
                                   ("fills-the-disk", "ulimit -f 400000; head -c 100000000000 /dev/zero > /var/tmp/full 2>/dev/null; rm -f /var/tmp/full; exit 0", "")):
            with self.subTest(name):
                (cell,) = self.run_sut(self.sut(name, ["sh", "-c", script], claims, deadline_ms=3000), code=1)["cells"]
                self.assertIn(word, cell["trouble"])
                self.assertFalse(cell["agrees"])
        (cell,) = self.run_sut(self.sut("absent", ["no-such-program"], claims), code=1)["cells"]
        self.assertIn("no-such-program", cell["trouble"])

    def test_a_missing_system_is_said_and_the_others_go_on(self):
        missing = self.sut("missing", ["true"], [{"exit": 0, "outcome": "deferred"}], programs=["no-such-program"], packages=["no-such"])
        document = self.run_sut(f"{missing},{self.sender('mine', 'yes')}", code=1)
        self.assertEqual([cell["sut"] for cell in document["cells"]], ["mine"])
        self.assertIn("no-such-program", document["notes"][0])

    def test_reports_in_every_format_shards_and_baseline(self):
        sut = self.sender("mine", "yes")
        parts = []
        for shard in ("1/9", "2/9"):
            done = danelab("run", "--sut", sut, "--filter", GOOD, "--shard", shard, "--format", "json", "-o", self.folder / f"{shard[0]}.json")
            self.assertEqual(done.returncode, 1, done.stderr)
            parts.append(self.folder / f"{shard[0]}.json")
        both = self.folder / "both.json"
        self.assertEqual(danelab("report", "merge", *parts, "--format", "json", "--output", both).returncode, 1)
        self.assertEqual(json.loads(both.read_text())["totals"]["cells"], 2)
        self.assert_one_line(danelab("report", "merge", parts[0], parts[0]), 2, "stands in two parts")
        self.assertIn("DEVIATES", danelab("report", "merge", both).stdout)
        self.assertIn("<failure ", danelab("report", "merge", both, "--format", "junit").stdout)
        self.assertIn("not ok 1 - mine default", danelab("report", "merge", both, "--format", "tap").stdout)
        page = danelab("report", "merge", both, "--format", "html").stdout
        self.assertIn("DANE conformance report", page)
        self.assertNotRegex(page, r"(src|href)=\"https?:")
        done = danelab("run", "--sut", sut, "--filter", GOOD, "--shard", "1/9", "--baseline", both)
        self.assertEqual(done.returncode, 0, done.stderr)
        changed = json.loads(both.read_text())
        for cell in changed["cells"]:
            cell["outcome"] = "verified"
        both.write_text(json.dumps(changed))
        done = danelab("run", "--sut", sut, "--filter", GOOD, "--shard", "1/9", "--baseline", both)
        self.assertEqual(done.returncode, 1)
        self.assertIn("was verified, is unauthenticated-tls", done.stderr)

    def test_two_runs_at_once_give_the_same(self):
        sut = self.sender("mine", "yes")
        command = ["run", "--sut", sut, "--filter", GOOD, "--shard", "1/9", "--format", "tap"]
        from support import DANELAB
        both = [subprocess.Popen([DANELAB, *command], stdout=subprocess.PIPE, text=True) for _ in range(2)]
        texts = [process.communicate(timeout=60)[0] for process in both]
        self.assertEqual(texts[0], texts[1])
        self.assertIn("not ok 1", texts[0])

    def test_openssl_authenticates(self):
        if not shutil.which("openssl"):
            self.skipTest("openssl is not installed")
        (cell,) = self.run_sut("openssl", code=0, only="table/mandatory/01/*")["cells"]
        self.assertEqual((cell["outcome"], cell["twin"]), ("verified", "deferred"))
        if shutil.which("unbound-host"):
            self.assertEqual({proof["seen"] for proof in cell["proofs"]}, {"secure"})

    def test_postfix_and_exim_where_they_are_at_hand(self):
        here = [name for name in ("postfix", "exim") if danelab("sut", "check", name).returncode == 0]
        if not here:
            self.skipTest("neither Postfix nor Exim is installed or unpacked: `danelab sut fetch postfix exim`")
        for name in here:
            for cell in self.run_sut(name, code=0)["cells"]:
                with self.subTest(f"{name} {cell['mode']}"):
                    self.assertEqual((cell["outcome"], cell["twin"]), ("verified", "deferred"), cell["log"])


if __name__ == "__main__":
    main()
