"""Where Piccolo finds the engine and the tables."""

from piccolo.conf.apps import AppRegistry

from server.core.db import DB

APP_REGISTRY = AppRegistry(apps=["server.piccolo_app"])

__all__ = ["APP_REGISTRY", "DB"]
