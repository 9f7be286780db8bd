"""``python -m yishi``."""

from yishi.runtime.cli import main

if __name__ == "__main__":
    main()
