"""``python -m hrvctl``: the same program as the ``hrvctl`` script."""

from hrvctl.cli.main import main

if __name__ == "__main__":
    main()
