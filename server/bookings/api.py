from litestar.handlers import HTTPRouteHandler

ROUTES: list[HTTPRouteHandler] = []
