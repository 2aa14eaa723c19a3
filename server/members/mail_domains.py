"""The domains of mail addresses whose owners may ask to join an organization."""

from uuid import UUID

from server import audit
from server.access.acting import acting
from server.core import db
from server.core.actor import Actor
from server.core.errors import Invalid, NotFound
from server.core.ids import new_id
from server.members.schemas import MailDomain
from server.members.views import domains

# Everyone has addresses there, so they say nothing of where someone works.
PUBLIC = frozenset((
    "163.com", "126.com", "yeah.net", "qq.com", "foxmail.com", "vip.qq.com", "sina.com", "sina.cn", "sohu.com",
    "139.com", "189.cn", "wo.cn", "aliyun.com", "21cn.com", "tom.com", "gmail.com", "googlemail.com", "outlook.com",
    "hotmail.com", "live.com", "msn.com", "yahoo.com", "icloud.com", "me.com", "proton.me", "protonmail.com", "gmx.de",
    "gmx.net", "web.de", "mail.ru", "yandex.ru", "naver.com",
))  # fmt: skip

ADD = """
INSERT INTO mail_domain (id, organization_id, domain) VALUES ($1, $2, $3)
ON CONFLICT (organization_id, domain) DO UPDATE SET domain = excluded.domain RETURNING id
"""
REMOVE = "DELETE FROM mail_domain d WHERE d.organization_id = $1 AND d.id = $2 RETURNING d.id"


async def add(domain: str, by: Actor) -> MailDomain:
    """List the domain of the admin's own address; a second time changes nothing. Raises Invalid for any other."""
    domain = domain.lower()
    if domain in PUBLIC:
        raise Invalid("domain: everyone can have an address there", field="domain")
    if domain != domain_of(by.email):
        raise Invalid("domain: an admin with an address of this domain lists it", field="domain")
    async with acting(by):
        id = await db.fetchval(ADD, new_id(), by.organization_id, domain)
        await audit.record("listed", "mail_domain", id, by, of=by.organization_id, became={"domain": domain})
    return next(one for one in await domains(by) if one.id == id)


async def remove(id: UUID, by: Actor) -> None:
    """List a domain no longer. Raises NotFound."""
    async with acting(by):
        if await db.fetchval(REMOVE, by.organization_id, id) is None:
            raise NotFound("there is no such domain")
        await audit.record("removed", "mail_domain", id, by, of=by.organization_id)


def domain_of(email: str) -> str:
    return email.rpartition("@")[2]
