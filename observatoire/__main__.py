"""Permet ``python -m observatoire``."""

from observatoire.cli import principal

if __name__ == "__main__":
    principal()
