"""Book with the client that openapi-python-client made: run by its own Python, with an address, a token and a name."""

import datetime
import json
import sys
from typing import Any, TypeVar

from rongtong_client import AuthenticatedClient  # type: ignore[import-not-found]
from rongtong_client.api.account import read_me  # type: ignore[import-not-found]
from rongtong_client.api.bookings import (  # type: ignore[import-not-found]
    cancel_booking,
    create_booking,
    list_bookings,
    read_booking,
)
from rongtong_client.api.resources import read_resource  # type: ignore[import-not-found]
from rongtong_client.api.search import read_availability, search_resources  # type: ignore[import-not-found]
from rongtong_client.models import (  # type: ignore[import-not-found]
    Availability,
    Booking,
    BookingPage,
    Me,
    NewBooking,
    Problem,
    Reason,
    Resource,
    ResourceHitPage,
)

T = TypeVar("T")


def told(answer: Any, kind: type[T]) -> T:
    """What was answered, when it is what was hoped for."""
    assert isinstance(answer, kind), answer
    return answer


url, token, name = sys.argv[1:]
client = AuthenticatedClient(url, token=token, raise_on_unexpected_status=True)
me = told(read_me.sync(client=client), Me)
(hit,) = told(search_resources.sync(client=client, q=name), ResourceHitPage).items
resource = told(read_resource.sync(hit.id, client=client), Resource)
now = datetime.datetime.now(datetime.UTC)
window = {"from_": now, "to": now + datetime.timedelta(days=7)}
free = told(read_availability.sync(hit.id, client=client, **window, minutes=60), Availability).free
starts_at = free[-1].ends_at - datetime.timedelta(days=1, minutes=60)
wanted = NewBooking(
    resource_id=resource.id, starts_at=starts_at, ends_at=starts_at + datetime.timedelta(hours=1), purpose="金相"
)
made = told(create_booking.sync(client=client, body=wanted, idempotency_key="python"), Booking)
taken = told(create_booking.sync(client=client, body=wanted), Problem)
read = told(read_booking.sync(made.id, client=client), Booking)
listed = told(list_bookings.sync(client=client, resource_id=hit.id), BookingPage).items
gone = told(cancel_booking.sync(made.id, client=client, body=Reason(reason="moved")), Booking)
said = {
    "me": me.email, "id": str(made.id), "uid": read.uid, "booked": made.status, "taken": taken.type_,
    "listed": [str(one.id) for one in listed], "gone": gone.status,
}  # fmt: skip
print(json.dumps(said))
