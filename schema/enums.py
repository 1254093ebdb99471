"""The domain's own enums, given their names and descriptions in the API."""

import strawberry

from backend.applications.assist_rules import Relation as HelperRelation
from backend.applications.promise import StripKind
from backend.core.texts import Locale
from backend.services.definition import ActionName, FieldKind, RequirementKind, Role, StateKind, Unit
from backend.signing.rules import LetterStatus

__all__ = [
    "ActionName",
    "FieldKind",
    "HelperRelation",
    "LetterStatus",
    "Locale",
    "RequirementKind",
    "Role",
    "StateKind",
    "StripKind",
    "Unit",
]

# strawberry.enum marks the class itself, so the API and the domain share one type.
strawberry.enum(Unit, name="PromiseUnit", description="How a service counts its promise.")
strawberry.enum(FieldKind, description="The inputs a form may hold.")
strawberry.enum(RequirementKind, description="Uploaded, only stated, or done in person.")
strawberry.enum(StateKind, description="What a state means to the clock.")
strawberry.enum(ActionName, description="An act on a case.")
strawberry.enum(Role, name="RoleName", description="Who may act on a case.")
strawberry.enum(StripKind, description="What one block of the strip says.")
strawberry.enum(
    HelperRelation, name="HelperRelation", description="What a helper is to the resident they apply for."
)
strawberry.enum(LetterStatus, description="How far a letter is.")
strawberry.enum(Locale, description="Indonesian first, English by choice.")
