"""`danelab serve`: the lines that it prints work as they stand, and it leaves nothing behind."""
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import time

from support import DANELAB, HERE, Case, danelab, main

GOOD = {"delv": r"; fully validated", "unbound-host": r"\(secure\)", "drill": r";; Chase successful", "dig": r"status: NOERROR",
        "danelab": r": secure \("}


class Serve(Case):
    def start(self, *arguments):
        log = self.folder / "serve.log"
        process = subprocess.Popen([DANELAB, "serve", *arguments], stdout=open(log, "w"), stderr=subprocess.STDOUT)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + 30
        while "Ctrl-C" not in log.read_text():
            self.assertIsNone(process.poll(), log.read_text())
            self.assertLess(time.monotonic(), deadline, log.read_text())
            time.sleep(0.02)
        return process, log.read_text()

    def test_the_printed_lines_work(self):
        process, text = self.start(str(HERE / "states.json"))
        folder = pathlib.Path(re.search(r"-a (\S+)/delv\.anchor", text)[1])
        tried = set()
        for line in text.splitlines():
            words = shlex.split(line) if line.split(" ")[0] in GOOD else []
            if not words or not (words[0] == "danelab" or shutil.which(words[0])):
                continue
            tried.add(words[0])
            with self.subTest(line):
                if words[0] == "danelab":
                    words[0] = DANELAB
                done = subprocess.run(words, capture_output=True, text=True, timeout=30)
                self.assertRegex(done.stdout + done.stderr, GOOD[pathlib.Path(words[0]).name])
        self.assertIn("danelab", tried)
        self.assertTrue(set(GOOD) >= tried)

        self.assertTrue((folder / "good.example.zone").exists())
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), 0)
        self.assertFalse(folder.exists(), "the temporary folder stays")

    def test_the_folder_that_was_asked_for_stays(self):
        wanted = self.folder / "zones"
        process, _ = self.start("--folder", str(wanted), str(HERE / "states.json"))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 0)
        for name in ("root.zone", "root.key", "root.ds", "delv.anchor", "example.zone", "good.example.zone", "plain.example.zone"):
            self.assertTrue((wanted / name).stat().st_size, name)

    def test_what_it_serves_can_be_asked_with_its_anchor_alone(self):
        process, text = self.start(str(HERE / "states.json"))
        server, anchor = re.search(r"--server (\S+) --anchor (\S+)", text).groups()
        for name, code in (("www.good.example", 0), ("old.good.example", 1), ("lost.good.example", 3), ("www.plain.example", 4)):
            self.assertEqual(danelab("resolve", "--server", server, "--anchor", anchor, name).returncode, code, name)
        self.assertEqual(danelab("resolve", "--server", server, "www.good.example").returncode, 1, "the real root's anchor does not fit")


if __name__ == "__main__":
    main()
