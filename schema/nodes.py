"""Looking anything up by its id, through the same gates as everywhere else."""

import strawberry

from backend.core.problems import NotFound
from backend.identity import queries as people
from backend.services import queries as catalogue
from schema.applications.reading import case_by_id
from schema.context import Info
from schema.fields import query
from schema.identity import Device
from schema.ids import Node, decode, uuid_of
from schema.permissions import Need
from schema.scopes import Scope, scoped
from schema.services import Opd, Service


@scoped(Scope.OPEN)
@strawberry.type
class NodesQuery:
    """Relay's node field."""

    @query(Need.NOTHING)
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        """Anything by its id; null when it is absent or not visible, which look the same."""
        kind, key = decode(id)
        actor = info.context.actor
        match kind:
            case "Service":
                return Service.of(await catalogue.current(key), actor.locale)
            case "Opd":
                row = await catalogue.opd(key)
                return Opd.of(row) if row else None
            case "Application":
                return await case_by_id(info, uuid_of(id, kind))
            case "Device":
                wanted = uuid_of(id, kind)
                devices = await people.devices(actor) if actor.is_signed_in else []
                return next((Device.of(d, actor.session) for d in devices if d.id == wanted), None)
            case _:
                raise NotFound
