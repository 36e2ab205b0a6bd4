"""What all tables share: predictable constraint names (migrations need them) and the types used again and again."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import JSON, Double, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

Id = Annotated[str, mapped_column(String(64))]
Key = Annotated[str, mapped_column(String(64), primary_key=True)]
Time = Annotated[float, mapped_column(Double)]
"""Seconds since the epoch."""
Words = Annotated[str, mapped_column(Text)]
Name = Annotated[str, mapped_column(String)]
Word = Annotated[str, mapped_column(String(32))]
"""One of a closed vocabulary."""
StringList = Annotated[list[str], mapped_column(JSON)]


class Base(DeclarativeBase):
    """Root of the schema."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
