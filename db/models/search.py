"""What can be found about a case, as the words that the search index holds."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class SearchDocument(Base):
    """The segmented words of one case; each engine's own index is kept from it by triggers."""

    __tablename__ = "search_document"

    case_id: Mapped[int] = mapped_column(ForeignKey("support_case.id"), primary_key=True)
    terms: Mapped[str] = mapped_column(Text)


class DeskInfo(Base):
    """Facts about this database itself, such as that it holds a demo world."""

    __tablename__ = "desk_info"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[str] = mapped_column(Text)
