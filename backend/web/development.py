"""For development only: the one-time code that a console gateway would have sent."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse

from backend.identity.gateways import ConsoleGateway
from backend.identity.rules import read_phone
from backend.parts import Parts


def codes(parts: Callable[[], Parts]) -> Callable[[Request], object]:
    """GET /dev/codes?phone=...: the newest code for a phone; 404 when there is none."""

    async def answer(request: Request) -> JSONResponse:
        gateway = parts().gateway
        phone = read_phone(request.query_params.get("phone", ""))
        text = gateway.sent.get(phone or "") if isinstance(gateway, ConsoleGateway) else None
        if text is None:
            return JSONResponse({"code": "not_found"}, 404)
        return JSONResponse(
            {"code": text.split(maxsplit=1)[0], "text": text}, headers={"Cache-Control": "no-store"}
        )

    return answer
