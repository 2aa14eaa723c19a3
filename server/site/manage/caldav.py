"""The page of app passwords: what each device that syncs by CalDAV signs in with."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.caldav import app_password_make, app_password_revoke, profile
from server.caldav.paths import ROOT
from server.caldav.schemas import MadeAppPassword, NewAppPassword
from server.core.actor import Actor
from server.core.http import Request
from server.core.settings import settings
from server.core.translations import N_, translator
from server.site.bookings.calendar_texts import DONE, FIELDS
from server.web import forms
from server.web.downloads import DOWNLOAD
from server.web.form_errors import at_field, refused_on
from server.web.forms import EMPTY, Form, post, redirect
from server.web.render import unkept

PROGRAMS = "/calendars/programs"
TEXTS = FIELDS | {"conflict": N_("You have as many app passwords as you may have. Revoke one first.")}


@get(PROGRAMS, opt=open_to("booker", "read"))
async def programs(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """List one's app passwords, and say how programs connect."""
    return await _programs(request, by)


async def _programs(
    request: Request, by: Actor, form: Form[Any] = EMPTY, made: MadeAppPassword | None = None,
    status: int = 200,
) -> Response[str]:  # fmt: skip
    return unkept(
        request,
        "manage/caldav.html",
        status=status,
        form=form,
        made=made,
        url=settings().base_url.rstrip("/") + ROOT,
        passwords=await app_password_make.listed(by),
        done=DONE.get(request.query_params.get("done", ""), ""),
    )


@get(f"{PROGRAMS}/rongtong.mobileconfig", opt=open_to("manager", "manage"))
async def apple_profile(request: Request, by: NamedDependency[Actor]) -> Response[bytes]:
    """Give the profile with which Apple's devices set up the account; signed where a key for that is configured."""
    _ = translator(by.locale).gettext
    here = settings()
    said = _("Calendars of the resources that you run. The device asks for an app password.")
    made = profile.profile(here.base_url, by.member_id, by.email, "Rongtong", said)
    if here.profile_key:
        files = Path(here.profile_certificate), Path(here.profile_key)
        made = await asyncio.to_thread(profile.signed, made, *files)
    headers = DOWNLOAD | {"Content-Disposition": 'attachment; filename="rongtong.mobileconfig"'}
    return Response(made, media_type=profile.MEDIA_TYPE, headers=headers)


@post(PROGRAMS, opt=open_to("manager", "manage"))
async def make_password(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Make an app password and show it, once."""
    form = await forms.read(request, NewAppPassword, TEXTS)
    async with refused_on(form, partial(_programs, request, by), at_field(TEXTS)):
        made = await app_password_make.make(form.wanted, by)
    return await _programs(request, by, made=made)


@post(f"{PROGRAMS}/{{id:uuid}}/revoke", opt=open_to("booker", "manage", while_suspended=True))
async def revoke_password(id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Revoke an app password."""
    await app_password_revoke.revoke(id, by)
    return redirect(f"{PROGRAMS}?done=revoked")


ROUTES = [programs, apple_profile, make_password, revoke_password]
