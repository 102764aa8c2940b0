"""``python -m srgan`` is the command line."""

from srgan.cli import main

if __name__ == "__main__":
    main()
