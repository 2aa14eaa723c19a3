"""The server of vdirsyncer's own storage tests: each test has a new resource, for calendars are made of resources."""

import os
import uuid
from typing import Any

import pytest
import requests

API = {"Authorization": f"Bearer {os.environ.get('RONGTONG_TOKEN', '')}"}
BASE = os.environ.get("RONGTONG_URL", "")


class ServerMixin:
    @pytest.fixture
    def get_storage_args(self, aio_connector: Any) -> Any:
        async def inner(collection: str | None = "test") -> dict[str, Any]:
            given = {"username": os.environ["RONGTONG_USER"], "password": os.environ["RONGTONG_PASSWORD"]}
            args = {"url": f"{BASE}/dav/", "connector": aio_connector, **given}
            if collection is not None:
                made = {"name": f"{collection} {uuid.uuid4()}", "kind": "equipment", "time_zone": "Asia/Shanghai",
                        "country": "CN", "opening_hours": {"weekly": []}}  # fmt: skip
                answer = requests.post(f"{BASE}/api/v1/resources", json=made, headers=API, timeout=30)
                args["url"] = f"{BASE}/dav/cal/{os.environ['RONGTONG_MEMBER']}/{answer.json()['id']}/"
                args["collection"] = made["name"]
            return args

        return inner
