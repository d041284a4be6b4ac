"""Tables, one aggregate a file; each is mapped when it is first named, since mapping all of them slows every start."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from db.models.agent import Agent
    from db.models.answer import (
        AnswerFigure,
        AnswerFile,
        AnswerText,
        AnswerUse,
        AnswerVersion,
        CannedAnswer,
        MessageAnswer,
        Snippet,
    )
    from db.models.case import Case, CaseLink, CaseTag, LaneCount, Participant, Tag, Topic
    from db.models.customer import ContactPoint, Customer
    from db.models.draft import Draft, DraftFile
    from db.models.event import Event
    from db.models.figure import CaseFigure, HourlyFigure
    from db.models.guide import ErrorCodeEntry, GuideFigure, GuideRun, GuideVersion
    from db.models.hours import HoursCalendar, HoursClosure
    from db.models.incident import (
        CaseCode,
        Incident,
        IncidentCase,
        IncidentNotice,
        IncidentProposal,
        IncidentUpdate,
    )
    from db.models.learning import QualityCheck, SuggestionModel
    from db.models.message import Attachment, Blob, Inbound, MailboxState, Message, SideConversation
    from db.models.outbox import OutboxItem
    from db.models.phone import Call, Callback
    from db.models.refund import (
        MerchantLink,
        Refund,
        RefundApproval,
        RefundComparison,
        RefundDifference,
        RefundEvidence,
        RefundPayment,
        RefundPolicy,
    )
    from db.models.routing import AgentWork, CaseProposal, RoutingFile, WorkQueue
    from db.models.safety import AccountFacts, SafetyAct, SafetyPayment, SafetyRun
    from db.models.search import DeskInfo, SearchDocument
    from db.models.sla import CaseClock, CasePromise, SlaPolicy, SlaRun

MODULES = {
    "agent": ("Agent",),
    "answer": (
        "AnswerFigure",
        "AnswerFile",
        "AnswerText",
        "AnswerUse",
        "AnswerVersion",
        "CannedAnswer",
        "MessageAnswer",
        "Snippet",
    ),
    "case": ("Case", "CaseLink", "CaseTag", "LaneCount", "Participant", "Tag", "Topic"),
    "customer": ("ContactPoint", "Customer"),
    "draft": ("Draft", "DraftFile"),
    "event": ("Event",),
    "figure": ("CaseFigure", "HourlyFigure"),
    "guide": ("ErrorCodeEntry", "GuideFigure", "GuideRun", "GuideVersion"),
    "hours": ("HoursCalendar", "HoursClosure"),
    "incident": ("CaseCode", "Incident", "IncidentCase", "IncidentNotice", "IncidentProposal", "IncidentUpdate"),
    "learning": ("QualityCheck", "SuggestionModel"),
    "message": ("Attachment", "Blob", "Inbound", "MailboxState", "Message", "SideConversation"),
    "outbox": ("OutboxItem",),
    "routing": ("AgentWork", "CaseProposal", "RoutingFile", "WorkQueue"),
    "phone": ("Call", "Callback"),
    "refund": (
        "MerchantLink",
        "Refund",
        "RefundApproval",
        "RefundComparison",
        "RefundDifference",
        "RefundEvidence",
        "RefundPayment",
        "RefundPolicy",
    ),
    "safety": ("AccountFacts", "SafetyAct", "SafetyPayment", "SafetyRun"),
    "search": ("DeskInfo", "SearchDocument"),
    "sla": ("CaseClock", "CasePromise", "SlaPolicy", "SlaRun"),
}
_HOME = {model: module for module, models in MODULES.items() for model in models}

__all__ = [
    "AccountFacts", "Agent", "AgentWork", "AnswerFigure", "AnswerFile", "AnswerText", "AnswerUse", "AnswerVersion",
    "Attachment", "Blob", "Call", "Callback", "CannedAnswer", "Case", "CaseClock", "CaseCode", "CaseFigure", "CaseLink",
    "CasePromise", "CaseProposal", "CaseTag", "ContactPoint", "Customer", "DeskInfo", "Draft", "DraftFile",
    "ErrorCodeEntry", "Event", "GuideFigure", "GuideRun", "GuideVersion", "HourlyFigure", "HoursCalendar",
    "HoursClosure", "Inbound", "Incident", "IncidentCase", "IncidentNotice", "IncidentProposal", "IncidentUpdate",
    "LaneCount", "MailboxState", "MerchantLink", "Message", "MessageAnswer", "OutboxItem", "Participant",
    "QualityCheck", "Refund", "RefundApproval", "RefundComparison", "RefundDifference", "RefundEvidence",
    "RefundPayment", "RefundPolicy", "RoutingFile", "SafetyAct", "SafetyPayment", "SafetyRun", "SearchDocument",
    "SideConversation", "SlaPolicy", "SlaRun", "Snippet", "SuggestionModel", "Tag", "Topic", "WorkQueue", "map_all",
]  # fmt: skip


def map_all() -> None:
    """Map every table, for whoever needs the whole schema."""
    for module in MODULES:
        import_module(f"db.models.{module}")


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"db.models.{_HOME[name]}"), name)
    raise AttributeError(f"db.models has no model {name!r}")
