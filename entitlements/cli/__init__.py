"""The command line: `entitlements COMMAND`, a file or a folder for each, loaded only when it is called."""

from __future__ import annotations


def main() -> None:
    """Run the command line; leaves with 0 fine or allowed, 1 findings or denied, 2 wrong usage."""
    from entitlements.cli.main import run

    run()
