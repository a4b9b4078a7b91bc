"""The process of Dagster's web server behind the page guard: ``python -m`` with port and rights.

The token comes by stdin: a command line or an environment variable would be visible to other users
or inherited by the runs.
"""

import sys

import uvicorn

from hrvctl.pipeline.dagster_private import web_app
from hrvctl.pipeline.instance import LOCATION
from hrvctl.pipeline.page_guard import PageGuard
from hrvctl.pipeline.webserver import HOST, MAY_RUN


def main(port: int, token: str, *, may_run: bool) -> None:
    """Serve the pages of the home that ``DAGSTER_HOME`` names until a signal ends it.

    Args:
        port: The port, on this machine only.
        token: The secret of this server.
        may_run: Whether runs may be started and anything changed.
    """
    with web_app(LOCATION, is_read_only=not may_run) as app:
        guard = PageGuard(app, port, token, may_run)
        # No access log: the opened URL contains the token.
        uvicorn.run(
            guard,
            host=HOST,
            port=port,
            log_level="warning",
            access_log=False,
            lifespan="off",
            proxy_headers=False,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.stdin.readline().strip(), may_run=MAY_RUN in sys.argv[2:])
