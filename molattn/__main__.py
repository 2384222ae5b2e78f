"""``python -m molattn``: the same program as ``molattn``."""

from molattn.cli.app import main

if __name__ == "__main__":
    main()
