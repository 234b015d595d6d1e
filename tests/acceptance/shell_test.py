"""`danelab shell`: outside programs inside a scenario's Internet, at its real addresses; nothing of it shows on the machine."""
import os
import pathlib
import shutil
import subprocess
import time
import unittest

from support import DANELAB, HERE, Case, danelab, main

STATES = str(HERE / "states.json")
OBSTACLE = danelab("shell", "-q", STATES, "--", "true")
OBSTACLE = OBSTACLE.stderr if OBSTACLE.returncode == 3 else ""


def inside(script, scenario=STATES, **options):
    return danelab("shell", "-q", scenario, "--", "sh", "-c", script, **options)


def mounts_of_its_own():
    """Whether a test can mount something that nobody else sees; not so in a chroot."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        return False
    return subprocess.run(["unshare", "-m", "true"], stdin=subprocess.DEVNULL, capture_output=True).returncode == 0


@unittest.skipIf(OBSTACLE, OBSTACLE)
class Shell(Case):
    def test_the_validating_resolver_answers_ordinary_programs(self):
        if not shutil.which("dig"):
            self.skipTest("dig is not installed")
        text = inside("for name in www.good www.plain old.good lost.good none.good; do dig +noall +comments $name.example A; done").stdout
        blocks = text.split(";; Got answer:")[1:]
        self.assertEqual(len(blocks), 5, text)
        for block, status, ad in zip(blocks, ["NOERROR", "NOERROR", "SERVFAIL", "SERVFAIL", "NXDOMAIN"], [True, False, False, False, True]):
            self.assertIn(f"status: {status}", block)
            self.assertEqual(" ad;" in block, ad, block)
        self.assertIn("EDE: 7 (Signature Expired)", blocks[2])

    def test_checking_disabled_gives_the_data_as_they_are_and_tcp_the_same(self):
        if not shutil.which("dig"):
            self.skipTest("dig is not installed")
        self.assertIn("192.0.2.2", inside("dig +cd +short old.good.example A").stdout)
        self.assertIn("192.0.2.1", inside("dig +tcp +short www.good.example A").stdout)
        self.assertIn("Transfer failed", inside("dig good.example AXFR").stdout)

    def test_the_anchor_files_are_found_where_validators_look(self):
        if not shutil.which("delv"):
            self.skipTest("delv is not installed")
        if os.geteuid() != 0:
            self.skipTest("without root only files that exist can be covered")
        self.assertIn("; fully validated", inside("delv www.good.example A").stdout)
        self.assertNotIn("fully validated", inside("delv old.good.example A").stdout)

    def test_mail_servers_have_their_port_and_address(self):
        done = inside("openssl s_client -starttls smtp -connect mail.ietf.org:25 -brief </dev/null 2>&1", "seed/success")
        if not shutil.which("openssl"):
            self.skipTest("openssl is not installed")
        self.assertIn("CONNECTION ESTABLISHED", done.stdout)

    def test_nothing_shows_outside(self):
        def outside():
            mounts = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()  # others come and go on a busy machine
            ours = [line for line in mounts if any(mark in line for mark in ("danelab", " /mnt", "/etc/resolv.conf"))]
            return pathlib.Path("/etc/resolv.conf").read_text(), ours, os.uname().nodename

        before = outside()
        inside("echo changed > /etc/resolv.conf; hostname elsewhere")
        self.assertEqual(outside(), before)

    def test_what_is_mounted_below_the_root_is_not_written_to(self):
        if not mounts_of_its_own():
            self.skipTest("needs root, unshare(1), and a / that is a mount point")
        # A machine whose /srv, /var/spool and a folder below /srv are file systems of their own, as /tmp and /var often are.
        script = """set -e
            mount -t tmpfs -o mode=1777 t /srv; mount -t tmpfs t /var/spool; mkdir /srv/inner; echo old > /srv/inner/hidden
            mount -t tmpfs -o mode=0750 t /srv/inner; echo before > /srv/file; echo before > /srv/inner/file; cd /
            "$0" shell -q "$1" -- sh -c 'cat /srv/file /srv/inner/file; stat -c %a /srv /srv/inner; echo x > /srv/file; echo x > /srv/new; echo x > /srv/inner/file; echo x > /var/spool/new; cat /srv/inner/file'
            echo outside; cat /srv/file /srv/inner/file; ls /srv /srv/inner /var/spool"""
        done = subprocess.run(["unshare", "-m", "sh", "-c", script, DANELAB, STATES], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        inner, outer = done.stdout.split("outside\n")
        self.assertEqual(inner.split(), ["before", "before", "1777", "750", "x"])
        self.assertEqual(outer.split(), ["before", "before", "/srv:", "file", "inner", "/srv/inner:", "file", "/var/spool:"])

    def test_a_shared_folder_on_a_mount_is_the_machines_own(self):
        if not mounts_of_its_own():
            self.skipTest("needs root, unshare(1), and a / that is a mount point")
        script = """set -e
            mount -t tmpfs t /srv; mkdir /srv/mine /srv/other; cd /srv/mine
            "$0" shell -q "$1" -- sh -c 'echo kept > kept; echo gone > ../other/gone'
            ls /srv/mine /srv/other"""
        done = subprocess.run(["unshare", "-m", "sh", "-c", script, DANELAB, STATES], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout.split()), (0, ["/srv/mine:", "kept", "/srv/other:"]), done.stderr)

    def test_the_current_folder_is_the_machines_own(self):
        danelab("shell", "-q", STATES, "--", "sh", "-c", "echo kept > kept", cwd=self.folder)
        self.assertEqual((self.folder / "kept").read_text(), "kept\n")

    def test_everything_started_inside_ends_with_the_command(self):
        mark = f"{4000 + os.getpid() % 1000}.25"
        done = inside(f"sleep {mark} & setsid sleep {mark} & exit 4")
        self.assertEqual(done.returncode, 4)
        self.assert_gone(mark)

    def test_everything_ends_with_danelab(self):
        mark = f"{5000 + os.getpid() % 1000}.25"
        process = subprocess.Popen([DANELAB, "shell", "-q", STATES, "--", "sleep", mark])
        deadline = time.monotonic() + 20
        while not self.running(mark):
            self.assertLess(time.monotonic(), deadline, "the command never started")
            time.sleep(0.02)
        process.kill()
        process.wait()
        self.assert_gone(mark)

    def running(self, mark):
        found = []
        for status in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = status.read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0] == b"sleep" and mark.encode() in words:
                found.append(status)
        return found

    def assert_gone(self, mark):
        deadline = time.monotonic() + 10
        while self.running(mark):
            self.assertLess(time.monotonic(), deadline, "something is left running")
            time.sleep(0.02)

    def test_two_at_once_do_not_disturb_each_other(self):
        both = [subprocess.Popen([DANELAB, "shell", "-q", STATES, "--", "sh", "-c", "sleep 0.3; cat /etc/resolv.conf"],
                                 stdout=subprocess.PIPE, text=True) for _ in range(2)]
        for process in both:
            out, _ = process.communicate(timeout=30)
            self.assertEqual((process.returncode, out.splitlines()[0]), (0, "nameserver 127.0.0.1"))

    def test_exit_codes_are_the_commands(self):
        self.assertEqual(inside("exit 9").returncode, 9)
        self.assertEqual(inside("kill -9 $$").returncode, 137)
        self.assertEqual(danelab("shell", "-q", STATES, "--", "no-such-program").returncode, 127)


class Usage(Case):
    def test_usage_errors(self):
        self.assert_one_line(danelab("shell", STATES, "--"), 2, "no command")
        self.assert_one_line(danelab("shell", "no/such/scenario", "--", "true"), 2, "no/such/scenario")
        self.assert_one_line(danelab("shell", "seed/success", "seed/success", "--", "true"), 2, "both have a zone")


if __name__ == "__main__":
    main()
