"""`danelab run --sut`: other people's programs, and hostile ones, inside a scenario's Internet; and the reports of it."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time
import unittest

import json_schema
import report_samples
from support import DANELAB, HERE, SOURCE, Case, danelab, main, schema

OBSTACLE = danelab("shell", "-q", str(HERE / "states.json"), "--", "true")
OBSTACLE = OBSTACLE.stderr if OBSTACLE.returncode == 3 else ""
GOOD = "table/opportunistic/01/*"
SEND = r"""
import smtplib, ssl, sys
address, recipient, tls = sys.argv[1:4]
with smtplib.SMTP(address, 25, "client.danelab.example", 5) as server:
    server.ehlo()
    if tls == "yes":
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        server.starttls(context=context)
        server.ehlo()
    server.sendmail("test@client.danelab.example", [recipient], "Subject: x\r\n\r\nx\r\n")
"""

# A DANE client in a few lines: usage 3, selector 1 or 0, SHA-256; its resolver is believed.
CAREFUL = r"""
import hashlib, smtplib, ssl, subprocess, sys
address, recipient, _, host = sys.argv[1:]
records = subprocess.run(["dig", "+short", "-t", "TLSA", f"_25._tcp.{host}"], capture_output=True, text=True).stdout.split("\n")
wanted = [line.split()[1:3] + ["".join(line.split()[3:]).lower()] for line in records if line]
with smtplib.SMTP(address, 25, "client.danelab.example", 5) as server:
    server.ehlo()
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    server.starttls(context=context)
    whole = server.sock.getpeercert(True)
    pem = ssl.DER_cert_to_PEM_cert(whole)
    key = subprocess.run("openssl x509 -noout -pubkey | openssl pkey -pubin -outform DER", shell=True, input=pem.encode(), capture_output=True).stdout
    if not any(digest == hashlib.sha256(key if selector == "1" else whole).hexdigest() for selector, _, digest in wanted): sys.exit(75)
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

    def shown(self, document, form):
        file = self.folder / "shown.json"
        file.write_text(json.dumps(document))
        done = danelab("report", "merge", file, "--format", form)
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        return done.stdout

    def test_what_a_program_says_is_no_line_of_tap(self):
        document = report_samples.small()
        first, *others = document["cells"]
        document["cells"] = [{**first, "trouble": "it said\nok 7 - forged # SKIP\r\nBail out!", "agrees": False}, *others]
        lines = self.shown(document, "tap").splitlines()
        results = [line for line in lines if not line.startswith(("#", "TAP version", "1.."))]
        self.assertEqual(len(results), len(document["cells"]), lines)
        self.assertTrue(all(line.split(" - ")[0].removeprefix("not ") == f"ok {number}" for number, line in enumerate(results, 1)), results)
        self.assertEqual([line for line in results if " # SKIP " in line], [results[-1]])

    def test_junit_counts_what_was_skipped_and_holds_the_notes(self):
        text = self.shown(report_samples.small(), "junit")
        self.assertIn('<testsuites name="danelab" tests="9" failures="3" skipped="1">', text)
        self.assertRegex(text, r'<testsuite name="careful [^"]*" tests="6" failures="1" skipped="0">')
        self.assertIn("absent was not tried", text)

    def test_parts_that_share_scenarios_show_each_once_and_know_every_version(self):
        whole = report_samples.small()
        parts = []
        for number, name in enumerate(("careful", "<b>odd</b>")):
            part = {**whole, "cells": [cell for cell in whole["cells"] if cell["sut"] == name], "notes": []}
            part["systems"] = [{**one, "version": one["version"] if one["name"] == name else ""} for one in whole["systems"]]
            part["resolver"] = ("unbound (Version 1.17.1)", "unbound")[number] # no task of the second part lived to say it
            parts.append(self.folder / f"part{number}.json")
            parts[-1].write_text(json.dumps(part))
        for order in (parts, parts[::-1]):
            merged = json.loads(danelab("report", "merge", *order, "--format", "json").stdout)
            self.assertEqual((len(merged["scenarios"]), len(merged["cells"])), (3, 9))
            self.assertEqual({one["name"]: one["version"] for one in merged["systems"]}, {one["name"]: one["version"] for one in whole["systems"]})
            self.assertEqual(merged["resolver"], "unbound (Version 1.17.1)")

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
        absent, mine = document["cells"]
        self.assertEqual((absent["sut"], mine["sut"]), ("missing", "mine"))
        self.assertRegex(absent["trouble"], "^not run: missing: no-such-program")
        self.assertEqual((absent["allowed"], absent["agrees"]), (["verified"], False))
        self.assertIn("no-such-program", document["notes"][0])
        report = self.folder / "report.json"
        done = danelab("run", "--sut", missing, "--filter", GOOD, "--shard", "1/9", "--format", "json", "--output", report)
        self.assert_one_line(done, 3, "no-such-program")
        self.assertEqual(len(json.loads(report.read_text())["cells"]), 1)

    def test_a_system_that_ends_early_leaves_a_cell_for_all_that_was_planned(self):
        mark = f"{7000 + os.getpid() % 1000}.25"
        second = f"test -e /var/tmp/seen && exec sleep {mark}; : > /var/tmp/seen; exit 75"
        sut = self.sut("ends", ["sh", "-c", second], [{"exit": 75, "outcome": "deferred"}])
        process = subprocess.Popen([DANELAB, "run", "--sut", sut, "--filter", "table/opportunistic/02/*", "--format", "json"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        os.kill(self.parent_of("sleep", mark), signal.SIGKILL) # the enclosure's first process: all in it dies
        text = process.communicate(timeout=60)[0]
        self.assertEqual(process.returncode, 1)
        document = json.loads(text)
        self.assert_fits(document, "sut-report")
        first, *others = document["cells"]
        self.assertEqual((first["outcome"], first["agrees"]), ("deferred", True))
        self.assertGreaterEqual(len(others), 3)
        self.assertEqual({(cell["trouble"], cell["agrees"]) for cell in others}, {("not run: ended early (status 137)", False)})

    def parent_of(self, *command):
        """Of the process with this command line, once there is one."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for entry in pathlib.Path("/proc").glob("[0-9]*"):
                try:
                    if (entry / "cmdline").read_bytes() == "\0".join(command).encode() + b"\0":
                        return int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                except OSError:
                    continue # it has ended
            time.sleep(0.05)
        self.fail(f"{command} never ran")

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
        self.assertRegex(done.stderr, "was verified .*, is unauthenticated-tls")

    def test_a_baseline_notices_what_is_gone_and_what_the_twin_came_to(self):
        sut = self.sender("mine", "yes")
        before, now = self.folder / "before.json", self.folder / "now.json"
        self.assertEqual(danelab("run", "--sut", sut, "--filter", GOOD, "--format", "json", "-o", before).returncode, 1)
        document = json.loads(before.read_text())
        self.assertEqual(danelab("report", "merge", before, "--baseline", before).returncode, 0)
        now.write_text(json.dumps({**document, "cells": document["cells"][1:]}))
        done = danelab("report", "merge", now, "--baseline", before)
        self.assertEqual((done.returncode, done.stderr.count("is gone")), (1, 1), done.stderr)
        document["cells"][0]["twin"] = "deferred"
        now.write_text(json.dumps(document))
        done = danelab("report", "merge", now, "--baseline", before)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "with another key: deferred")
        document["systems"].append({**document["systems"][0], "name": "other"})
        now.write_text(json.dumps({**document, "systems": [], "cells": []})) # a system that was not asked for is not missed
        self.assertEqual(danelab("report", "merge", now, "--baseline", before).returncode, 0)

    def test_the_same_name_twice_is_refused(self):
        self.assert_one_line(danelab("run", "--sut", "openssl,openssl", "--filter", GOOD), 2, "openssl is named twice")

    def test_two_runs_at_once_give_the_same(self):
        sut = self.sender("mine", "yes")
        command = ["run", "--sut", sut, "--filter", GOOD, "--shard", "1/9", "--format", "tap"]
        both = [subprocess.Popen([DANELAB, *command], stdout=subprocess.PIPE, text=True) for _ in range(2)]
        texts = [process.communicate(timeout=60)[0] for process in both]
        self.assertEqual(texts[0], texts[1])
        self.assertIn("not ok 1", texts[0])

    def test_exit_status_0_of_a_command_is_delivered_and_the_witnesses_say_how(self):
        script = self.folder / "send.py"
        script.write_text(SEND)
        # A client that takes any server, and one that looks for TLSA records and refuses what none of them matches.
        careful = self.folder / "careful.py"
        careful.write_text(CAREFUL)
        os.chmod(self.folder, 0o755)
        good = "table/opportunistic/01/mx=nsec,a=nsec,tlsa=plain,certificate=3-1-1"
        unsigned = "table/opportunistic/09/mx=unsigned-delegation,a=nsec,tlsa=unsigned-child" # nothing but TLS is asked for there
        for program, tls, only, outcome, agrees in ((script, "yes", unsigned, "unauthenticated-tls", True), (script, "no", unsigned, "cleartext", False),
                                                    (script, "yes", good, "unauthenticated-tls", False), (careful, "yes", good, "verified", True)):
            with self.subTest(f"{program.name} {tls} {only}"):
                if program == careful and not (shutil.which("dig") and shutil.which("openssl")):
                    self.skipTest("dig or openssl is not installed: ./dev test installs them")
                done = danelab("run", "--sut", f"command:python3 {program} ${{address}} ${{recipient}} {tls} ${{host}}", only, "--format", "json")
                cells = json.loads(done.stdout)["cells"]
                self.assertEqual([(cell["outcome"], cell["agrees"], cell["contradictions"]) for cell in cells], [(outcome, agrees, [])], cells)

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
