"""What a search asks of a resource but for its time, as SQL: only the conditions that are set, so that each finds its
index."""

from uuid import UUID

from server.core import regions
from server.core.actor import Actor
from server.resources.search_keys import HEARD, asked_grams, plain
from server.resources.standards import beginning
from server.search.query import Near, Search

SOURCE = "resource r JOIN organization o ON o.id = r.owner_id"
TEXT = "search_text s ON s.resource_id = r.id"  # only joined where words or standards are asked for
# Sorted first: what else is asked for is then looked up until a page is full, and not for all.
RANKED = """(
    SELECT s.resource_id, s.standards, {rank} AS rank FROM search_text s WHERE {text} ORDER BY 3, 1 OFFSET 0
) s JOIN resource r ON r.id = s.resource_id JOIN organization o ON o.id = r.owner_id"""

# Each with the places of its values. Who may see what is always there.
CLAUSES = {
    "viewer": "(r.listed OR r.owner_id = {0}::uuid) AND o.suspended_at IS NULL",
    "grams": "s.grams @> {0}::text[]",
    "words": "s.body LIKE ALL ({0}::text[])",
    "heard": "(s.body LIKE {0} OR s.sounds LIKE {0})",
    # Of common words. PostgreSQL takes this for likely, whatever it knows of the text, and goes along the list until a
    # page is full; from a sample it would take many a common word for a rare one, and read everything.
    "common": "strpos(s.body, {0}) > 0",
    "common_heard": "(strpos(s.body, {0}) > 0 OR strpos(s.sounds, {0}) > 0)",
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
AFTER_RANK = "(s.rank, r.id) > ((SELECT {rank} FROM search_text s WHERE s.resource_id = {0}), {0})"
AFTER_DISTANCE = "({key}, r.id) > ((SELECT {key} FROM resource r WHERE r.id = {0}), {0})"


class Matching:
    """Conditions and the values they mention. `sort_key` is what results are sorted by, before the id: nothing where
    they are only counted, nor for `common` words."""

    def __init__(
        self, wanted: Search, viewer: Actor | None, after: UUID | None = None, *, counting: bool = False,
        common: bool = False,
    ) -> None:  # fmt: skip
        self.values: list[object] = []
        self.conditions: list[str] = []
        self.distance: str | None = None
        words = plain(wanted.text).split()
        if common:
            self._common(words)
        else:
            self._words(words)
        self.text = " AND ".join(self.conditions), tuple(self.values)  # of search_text alone
        ranking = bool(words) and wanted.sort == "relevance" and not common and not counting
        self.rank = self._rank(words) if ranking else ""
        if self.rank:
            self.source = RANKED.format(rank=self.rank, text=self.text[0])
            self.conditions.clear()
        else:
            self.source = f"{SOURCE} JOIN {TEXT}" if words or wanted.standard else SOURCE
        self._add("viewer", viewer and viewer.organization_id)
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
        self.sort_key = "s.rank" if self.rank else ""
        if wanted.sort == "distance" and self.distance:
            self.sort_key = f"coalesce({self.distance}, {FARTHEST})"
        if after is not None:
            self._after(after)

    @property
    def where(self) -> str:
        return "\nAND ".join(self.conditions)

    @property
    def order(self) -> str:
        return f"{self.sort_key}, r.id" if self.sort_key else "r.id"

    def put(self, value: object) -> str:
        """Keep a value for the statement and tell its place."""
        self.values.append(value)
        return f"${len(self.values)}"

    def _add(self, name: str, *values: object) -> None:
        self.conditions.append(CLAUSES[name].format(*map(self.put, values)))

    def _words(self, words: list[str]) -> None:
        if asked := asked_grams(words):
            self._add("grams", sorted(asked))
        if written := [one for one in words if not HEARD.match(one)]:
            self._add("words", [f"%{literal(one)}%" for one in written])
        for heard in words:
            if HEARD.match(heard):
                self._add("heard", f"%{heard}%")

    def _common(self, words: list[str]) -> None:
        for word in words:
            self._add("common_heard" if HEARD.match(word) else "common", word)

    def _near(self, near: Near) -> None:
        latitude, longitude = self.put(near.latitude), self.put(near.longitude)
        self.distance = DISTANCE.format(f"{latitude}::float8", f"{longitude}::float8")
        if near.within_km is not None:
            away = near.within_km / DEGREE
            self._add("latitudes", near.latitude - away, near.latitude + away)
            self.conditions.append(f"{self.distance} <= {self.put(near.within_km)}")

    def _rank(self, words: list[str]) -> str:
        whole = literal(" ".join(words))
        parts = [f"%{literal(one)}%" for one in words]
        return RELEVANCE.format(self.put(f"%\n{whole}\n%"), self.put(f"%\n{whole}%"), self.put(parts))

    def _after(self, after: UUID) -> None:
        place = self.put(after)
        if self.rank:
            self.conditions.append(AFTER_RANK.format(place, rank=self.rank))
        elif self.sort_key:
            self.conditions.append(AFTER_DISTANCE.format(place, key=self.sort_key))
        else:
            self.conditions.append(f"r.id > {place}")


def literal(word: str) -> str:
    """Escape what LIKE takes for wildcards."""
    return word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
