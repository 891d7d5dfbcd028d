"""The names that tables have as files."""


def tables(*names: str) -> tuple[str, ...]:
    """File names in every form that a table is read in."""
    return tuple(f"{name}.{form}" for name in names for form in ("csv", "tsv", "parquet"))
