"""The ``hrvctl`` script, and ``python -m hrvctl``."""

import gc


def main() -> None:
    """Run the program with the arguments it was called with."""
    # A command is short-lived: collecting garbage among thousands of modules takes longer than the
    # memory it frees is worth. Only the evening of many people collects, now and then.
    gc.disable()
    from hrvctl.cli.main import main as run  # noqa: PLC0415 - loaded without the collector

    run()


if __name__ == "__main__":
    main()
