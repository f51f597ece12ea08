"""Runs mutmut where it stands, then tells the score and the survivors; fails below 90 %."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

WANTED = 90.0
MUTMUT = str(Path(sys.executable).with_name("mutmut"))
#: A mutant that never ends was noticed too.
NOTICED = {"killed", "timeout", "suspicious"}


def main() -> None:
    ran = subprocess.run([MUTMUT, "run"], check=False, capture_output=True, text=True)
    listed = subprocess.run([MUTMUT, "results", "--all", "true"], check=True, capture_output=True, text=True)
    found = dict(line.strip().split(": ", 1) for line in listed.stdout.splitlines() if "__mutmut_" in line)
    counts = Counter(found.values())
    if not found or "not checked" in counts:
        sys.exit(f"mutmut did not come to its end:\n{ran.stdout[-500:]}\n{ran.stderr[-1500:]}")
    for mutant, state in found.items():
        if state not in NOTICED:
            shown = subprocess.run(
                [MUTMUT, "show", mutant], check=True, capture_output=True, text=True
            ).stdout
            change = [line for line in shown.splitlines() if line[:2] in {"- ", "+ "}]
            print("\n  ".join([f"{mutant}: {state}", *change]))  # noqa: T201
    score = 100 * sum(counts[state] for state in NOTICED) / len(found)
    print(f"{score:.1f} % of {len(found):,} mutants were noticed: {dict(counts)}")  # noqa: T201
    if score < WANTED:
        sys.exit(f"at least {WANTED:.0f} % must be")


if __name__ == "__main__":
    main()
