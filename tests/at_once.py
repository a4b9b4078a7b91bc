"""Several threads at the same instant."""

import threading


def run_at_once(work, arguments):
    """Call a function once with each argument, all at once, and wait until every call has ended."""
    barrier = threading.Barrier(len(arguments))

    def run(argument):
        barrier.wait()
        work(argument)

    threads = [threading.Thread(target=run, args=(each,)) for each in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
