"""`python -m desk` is `desk`."""

from desk.cli.main import main

if __name__ == "__main__":
    main()
