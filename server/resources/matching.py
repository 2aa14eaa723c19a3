"""What a search asks of a resource but for its time, as SQL: only the conditions that are set, so that each finds its
index."""

from uuid import UUID

from server.organizations.actor import Actor
from server.resources import regions
from server.resources.letters import HEARD, asked_grams, plain
from server.resources.standards import beginning
from server.resources.wanted import Near, Search

SOURCE = "resource r JOIN organization o ON o.id = r.owner_id JOIN search_text s ON s.resource_id = r.id"

# Each with the places of its values. Who may see what is the first and always there.
CLAUSES = {
    "viewer": "(r.listed OR r.owner_id = {0}::uuid) AND o.suspended_at IS NULL",
    "grams": "s.grams @> {0}::text[]",
    "words": "s.body LIKE ALL ({0}::text[])",
    "heard": "(s.body || chr(10) || s.sounds) LIKE ALL ({0}::text[])",
    "kind": "r.kind = {0}",
    "regions": "r.region_code BETWEEN {0} AND {1}",
    "owner": "r.owner_id = {0}",
    "standard": "EXISTS (SELECT FROM unnest(s.standards) named WHERE starts_with(named, {0}))",
    "price": "r.price_per_hour <= {0} AND r.currency = {1}",
    "approval": "coalesce(r.rules ->> 'approval', o.rules ->> 'approval', 'instant') = {0}",
    "latitudes": "r.latitude BETWEEN {0} AND {1}",
    "units": "r.units >= {0}",
    # Has all that the resource demands.
    "qualified": """NOT EXISTS (
    SELECT FROM needed_qualification n WHERE n.resource_id = r.id AND NOT EXISTS (
        SELECT FROM "grant" g JOIN member m ON m.account_id = g.account_id
        WHERE m.id = {0} AND g.qualification_id = n.qualification_id AND g.revoked_at IS NULL
          AND coalesce(g.expires_at > now(), true)))""",
}

# Kilometres on a sphere of the mean radius of the earth (haversine); null where a resource does not say where it is.
DISTANCE = """
(2 * 6371.0088 * asin(sqrt(least(1, sin(radians(r.latitude - {0}) / 2) ^ 2
    + cos(radians(r.latitude)) * cos(radians({0})) * sin(radians(r.longitude - {1}) / 2) ^ 2))))
"""
DEGREE = 111.0  # kilometres at least of a degree of latitude
FARTHEST = 1e9  # behind all that say where they are

# Exactly the name, its beginning, in the name, elsewhere, or only by the sound.
RELEVANCE = """
CASE WHEN s.title LIKE {0} THEN 0 WHEN s.title LIKE {1} THEN 1 WHEN s.title LIKE ALL ({2}::text[]) THEN 2
     WHEN s.body LIKE ALL ({2}::text[]) THEN 3 ELSE 4 END
"""
AFTER = """({key}, r.id) > ((
    SELECT {key} FROM resource r JOIN search_text s ON s.resource_id = r.id WHERE r.id = {0}), {0})"""


class Matching:
    """Conditions and the values they mention; `sort_key` is what results are sorted by, before the id; none
    where they are only counted."""

    def __init__(
        self, wanted: Search, viewer: Actor | None, after: UUID | None = None, *, counting: bool = False
    ) -> None:
        self.values: list[object] = []
        self.conditions: list[str] = []
        self.distance: str | None = None
        words = plain(wanted.text).split()
        self._add("viewer", viewer and viewer.organization_id)
        if words:
            self._words(words)
        if wanted.kind:
            self._add("kind", wanted.kind)
        if wanted.region:
            prefix = regions.prefix(wanted.region)
            self._add("regions", prefix.ljust(6, "0"), prefix.ljust(6, "9"))
        if wanted.owner:
            self._add("owner", wanted.owner)
        if wanted.standard:
            self._add("standard", beginning(wanted.standard))
        if wanted.price is not None:
            self._add("price", wanted.price, wanted.currency)
        if wanted.approval:
            self._add("approval", wanted.approval)
        if wanted.units > 1:
            self._add("units", wanted.units)
        if wanted.qualified and viewer is not None:
            self._add("qualified", viewer.member_id)
        if wanted.near and (wanted.near.within_km is not None or not counting):
            self._near(wanted.near)
        self.sort_key = "" if counting else self._sort_key(wanted, words)
        if after is not None:
            self.conditions.append(AFTER.format(self.put(after), key=self.sort_key))

    @property
    def where(self) -> str:
        return "\nAND ".join(self.conditions)

    def put(self, value: object) -> str:
        """Keep a value for the statement and tell its place."""
        self.values.append(value)
        return f"${len(self.values)}"

    def _add(self, name: str, *values: object) -> None:
        self.conditions.append(CLAUSES[name].format(*map(self.put, values)))

    def _words(self, words: list[str]) -> None:
        if asked := asked_grams(words):
            self._add("grams", sorted(asked))
        written = [one for one in words if not HEARD.match(one)]
        if written:
            self._add("words", [f"%{literal(one)}%" for one in written])
        if heard := [one for one in words if HEARD.match(one)]:
            self._add("heard", [f"%{one}%" for one in heard])

    def _near(self, near: Near) -> None:
        latitude, longitude = self.put(near.latitude), self.put(near.longitude)
        self.distance = DISTANCE.format(f"{latitude}::float8", f"{longitude}::float8")
        if near.within_km is not None:
            away = near.within_km / DEGREE
            self._add("latitudes", near.latitude - away, near.latitude + away)
            self.conditions.append(f"{self.distance} <= {self.put(near.within_km)}")

    def _sort_key(self, wanted: Search, words: list[str]) -> str:
        if wanted.sort == "distance" and self.distance:
            return f"coalesce({self.distance}, {FARTHEST})"
        if not words or wanted.sort != "relevance":
            return "0.0::float8"
        whole = literal(" ".join(words))
        parts = [f"%{literal(one)}%" for one in words]
        key = RELEVANCE.format(self.put(f"%\n{whole}\n%"), self.put(f"%\n{whole}%"), self.put(parts))
        return f"({key})::float8"


def literal(word: str) -> str:
    """Escape what LIKE takes for wildcards."""
    return word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
