"""Everything that uses Dagster: ops, jobs, definitions and the runner."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from hrvctl.store.memory import check_address_space

# Before Dagster is loaded, which waits for memory for ever where it is short.
check_address_space()

# A part of Dagster's run config, by the names of its fields.
Config: TypeAlias = Mapping[str, Any]
