"""The files of a cohort in memory."""

import threading


class MemoryFiles:
    """What ``store.cohorts`` asks of files, as a bucket with conditional writes has it."""

    def __init__(self):
        self.contents = {}
        self._lock = threading.Lock()

    def read(self, path):
        """Read a file that is there."""
        try:
            return self.contents[path]
        except KeyError as error:
            raise FileNotFoundError(path) from error

    def write(self, path, content):
        """Write a file, or another in its place."""
        self.contents[path] = content

    def create(self, path, content):
        """Write a file that is not there."""
        with self._lock:
            if path in self.contents:
                raise FileExistsError(path)
            self.contents[path] = content

    def list(self, path):
        """The names in a folder."""
        names = (name for name in list(self.contents) if name.startswith(f"{path}/"))
        return sorted({name[len(path) + 1 :].partition("/")[0] for name in names})

    def delete(self, paths):
        """Delete files."""
        for path in paths:
            self.contents.pop(path, None)
