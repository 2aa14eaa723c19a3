"""Who acts for an organization: the actor, and the columns that say who it is (identity, membership, tenant)."""

from uuid import UUID

import msgspec

# Of account a, member m and organization o; by token or by session.
ACTING = """
m.id AS member_id, m.organization_id, m.role, m.monthly_minutes, a.id AS account_id, a.email, a.name, a.locale,
a.is_operator, o.name AS organization_name, o.kind AS organization_kind, o.suspended_at IS NOT NULL AS suspended,
m.authority + a.authority + o.authority AS authority,
CASE WHEN m.named_only
     THEN ARRAY(SELECT mr.resource_id FROM member_resource mr WHERE mr.member_id = m.id) END AS named
"""
SCOPES = frozenset(("read", "book", "manage"))  # all there are; a token without any has all of them


class Actor(msgspec.Struct, frozen=True):
    """A member acting for an organization."""

    member_id: UUID
    organization_id: UUID
    role: str
    account_id: UUID
    email: str
    name: str
    locale: str
    organization_name: str
    organization_kind: str
    scopes: frozenset[str] = SCOPES
    is_operator: bool = False
    named: tuple[UUID, ...] | None = None  # the only resources that a manager runs; None: all of the organization
    monthly_minutes: int | None = None  # what a booker may book in a calendar month
    suspended: bool = False  # the organization, by the operator
    authority: int | None = None  # grows with every change of what they may do; None: read anew when they act
    key: UUID | None = None  # the token, session or app password by which they came; None: the program acts for them

    @property
    def can_manage(self) -> bool:
        """Run resources of the organization: list, close, approve."""
        return self.role in ("admin", "manager")

    @property
    def running(self) -> tuple[UUID, ...] | None:
        """The resources that the actor runs, as the predicates of SQL take it; None: all of the organization's."""
        if not self.can_manage:
            return ()
        return None if self.role == "admin" else self.named

    @property
    def guest(self) -> UUID | None:
        """The member whose bookings, of those that the organization made, the actor has a right to; None: anybody's.

        A manager of named resources runs these, and has no part in what the organization books elsewhere.
        """
        return self.member_id if self.role == "manager" and self.named is not None else None

    def runs(self, owner_id: UUID, resource_id: UUID) -> bool:
        """Whether the actor runs this resource of this owner."""
        running = self.running
        return self.organization_id == owner_id and (running is None or resource_id in running)
