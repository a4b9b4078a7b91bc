"""Fill the templates of the pages: every text in them is escaped, and none can act on anything."""

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from hrvctl.safe_text import one_line


def fill(template: str, **values: object) -> str:
    """Fill a template of this package."""
    environment = Environment(
        loader=PackageLoader("hrvctl.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        finalize=_safe,
    )
    return environment.get_template(template).render(values)


def _safe(value: object) -> object:
    """Escape control characters in texts; elements that were made here stay."""
    return one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value
