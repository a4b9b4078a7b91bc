"""The content of each JSON artifact, as the dataclasses that write it and read it back.

Stages do not import each other: what one writes and another reads is here. Standard library only,
so that the commands that only show an artifact start fast. ``artifact`` is the file's name without
its ending; a field's ``json_key`` is its key in the file where that differs from its name.
"""
