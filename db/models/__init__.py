"""Tables, one aggregate a file; importing this package maps all of them."""

from db.models.agent import Agent
from db.models.answer import AnswerText, AnswerVersion, CannedAnswer, MessageAnswer
from db.models.case import Case, CaseTag, LaneCount, Tag, Topic
from db.models.customer import ContactPoint, Customer
from db.models.draft import Draft
from db.models.event import Event
from db.models.message import Attachment, Blob, Inbound, Message
from db.models.outbox import OutboxItem
from db.models.search import DeskInfo, SearchDocument

__all__ = [
    "Agent", "AnswerText", "AnswerVersion", "Attachment", "Blob", "CannedAnswer", "Case", "CaseTag", "ContactPoint",
    "Customer", "DeskInfo", "Draft", "Event", "Inbound", "LaneCount", "Message", "MessageAnswer", "OutboxItem",
    "SearchDocument", "Tag", "Topic",
]  # fmt: skip
