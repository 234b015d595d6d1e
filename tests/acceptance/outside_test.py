"""Acceptance programs that live outside the project, where their folder exists: each is given our program and must exit 0."""
import os
import pathlib
import subprocess
import sys

SKIPPED = 77

name, program = sys.argv[1:]
path = pathlib.Path(os.environ["DANELAB_ACCEPTANCE_DIR"]) / name
if not path.exists():
    print(f"{name}: {path.parent} does not have it: skipped")
    sys.exit(SKIPPED)
sys.exit(subprocess.run([str(path), program], timeout=240).returncode)
