"""`python -m cli` from a checkout is the same as `errata`."""

from cli.main import app

if __name__ == "__main__":
    app(prog_name="errata")
