"""The web application of Rongtong: what is shared, who books it, and the calendars it stands in."""

from server.core import time_zones

TIME_ZONES = time_zones.use_newest()  # before anybody asks for one
