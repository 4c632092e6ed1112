"""``python -m drugexp`` is the command line."""

from drugexp.cli.app import main

if __name__ == "__main__":
    main()
