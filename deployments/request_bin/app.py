"""The receiver as a FastAPI application: take requests, show them, script faults, empty bins."""

from __future__ import annotations

import json
import secrets
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Path, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.templating import Jinja2Templates

from blocks.mistake import AuthorMistake
from deployments.request_bin import page
from deployments.request_bin.receive import Receiver
from deployments.request_bin.record import Bins, fits_as_name
from deployments.request_bin.script import fault_fields, fault_text, read_faults

MAX_BODY = 1_048_576
"""Bytes kept of one body unless told otherwise."""
HANG_LIMIT = 600.0
"""Seconds after which a hanging request is closed unless told otherwise."""

Name = Annotated[str, Path(description="the bin")]
Offset = Annotated[int, Query(ge=0, description="kept requests to skip, from the oldest")]
Limit = Annotated[int, Query(ge=0, le=10_000, description="requests to return at most")]


def make_app(
    bins: Bins | None = None, *, max_body: int = MAX_BODY, hang_limit: float = HANG_LIMIT
) -> FastAPI:
    """Make the receiver; it must be served by `WireProtocol`, which can cut connections."""
    bins = Bins() if bins is None else bins
    app = FastAPI(title="Request bin", docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/in", Receiver(bins, max_body=max_body, hang_limit=hang_limit))
    _add_programs(app, bins)
    _add_pages(app, bins)
    return app


def _add_programs(app: FastAPI, bins: Bins) -> None:
    @app.get("/bin/{name}.json")
    async def requests(
        name: Name, offset: Offset = 0, limit: Limit = 100, webhook_id: str = ""
    ) -> JSONResponse:
        found = bins.look(_fitting(name))
        wanted = page.Wanted(webhook_id=webhook_id)
        fitting = [received for received in found if wanted.fits(received)] if limit else []
        return JSONResponse(
            {
                "name": name,
                "received": found.received,
                "kept": found.kept,
                "incomplete": found.incomplete,
                "webhook_ids": found.webhook_ids,
                "repeated": found.repeated,
                "answers": dict(page.answers(found)),
                "changes": found.changes,
                "requests": [page.as_json(one) for one in fitting[offset : offset + limit]],
            }
        )

    @app.get("/bin/{name}/faults")
    async def script(name: Name) -> list[dict[str, Any]]:
        return [fault_fields(fault) for fault in bins.script_of(bins.look(_fitting(name)))]

    @app.put("/bin/{name}/faults")
    async def write_script(name: Name, request: Request) -> JSONResponse:
        try:
            faults = read_faults(json.loads(await request.body()))
        except AuthorMistake as mistake:
            return JSONResponse({"faults": [str(fault) for fault in mistake.faults]}, 422)
        except (ValueError, RecursionError):
            return JSONResponse({"faults": ["the body is not JSON"]}, 422)
        found = bins.of(_fitting(name))
        found.faults = faults
        found.changes += 1
        return JSONResponse([fault_fields(fault) for fault in faults])

    @app.delete("/bin/{name}", status_code=204)
    async def empty(name: Name) -> Response:
        bins.look(_fitting(name)).clear()
        return Response(status_code=204)


def _add_pages(app: FastAPI, bins: Bins) -> None:
    templates = Jinja2Templates(FilePath(__file__).parent)
    templates.env.globals |= {"seen": page}

    def rendered(request: Request, file: str, **values: Any) -> HTMLResponse:
        values["nonce"] = nonce = secrets.token_urlsafe(16)
        values["base"] = str(request.base_url).rstrip("/")
        shown = templates.TemplateResponse(request, file, values)
        # The bodies shown are hostile input: even one that slipped through could run nothing.
        # Styles have no nonce, since the page parses its next self with another one.
        shown.headers["content-security-policy"] = (
            f"default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; "
            "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        shown.headers["cache-control"] = "no-store"
        return shown

    @app.get("/")
    async def all_bins(request: Request) -> HTMLResponse:
        return rendered(request, "bins.html", bins=list(bins))

    @app.get("/bin/{name}")
    async def one_bin(
        request: Request,
        name: Name,
        q: str = "",
        webhook_id: str = "",
        status: str = "",
        at: Annotated[int, Query(alias="page")] = 1,
    ) -> HTMLResponse:
        found = bins.look(_fitting(name))
        wanted = page.Wanted(text=q, webhook_id=webhook_id.strip(), answer=status)
        faults = [fault_text(fault) for fault in bins.script_of(found)]
        sheet = page.sheet(found, wanted, page=at)
        return rendered(request, "bin.html", bin=found, sheet=sheet, faults=faults)


def _fitting(name: str) -> str:
    if not fits_as_name(name):
        raise HTTPException(404, "A bin's name has letters, digits, _ . - and no .json at its end.")
    return name
