"""`python -m entitlements` is the command line."""

from entitlements.cli import main

if __name__ == "__main__":  # not where another process of ours looks for its work
    main()
