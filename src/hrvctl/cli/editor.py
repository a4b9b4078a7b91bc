"""Let the person edit a text in their own editor."""

from hrvctl.errors import UsageError


def edit_text(text: str, *, suffix: str = ".txt") -> str:
    """Open a text in the editor of ``VISUAL`` or ``EDITOR``, on a temporary file.

    Args:
        text: What the editor shows.
        suffix: The ending of the temporary file, by which an editor knows the language.

    Returns:
        The text as it was saved; unchanged when it was not.

    Raises:
        UsageError: The editor could not be started or failed, or what it saved is not UTF-8 text.
    """
    import click

    try:
        after = click.edit(text, extension=suffix)
    except click.ClickException as error:
        raise UsageError(
            error.format_message(), hint="name another editor in VISUAL or EDITOR"
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError("what was saved is not UTF-8 text", hint="save it as UTF-8") from error
    return text if after is None else after
