"""Everything that uses Dagster: ops, jobs, definitions and the runner."""

from collections.abc import Mapping
from typing import Any, TypeAlias

# A part of Dagster's run config, by the names of its fields.
Config: TypeAlias = Mapping[str, Any]
