"""Files that are sent: the one in a form, or else the body itself; and how the OpenAPI document says so."""

from dataclasses import dataclass

from litestar.datastructures import UploadFile
from litestar.openapi.spec import Encoding, OpenAPIFormat, OpenAPIMediaType, OpenAPIType, RequestBody, Schema

from server.access.permissions import Declared
from server.core.errors import Invalid
from server.core.http import Request

FORM = "multipart/form-data"
ITSELF = "application/octet-stream"  # what a file is, its first bytes tell; generators of clients know no other word
AROUND = 64 * 1024  # bytes that multipart puts around a file
FILE = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)


class Kinds(Encoding):
    """The media types of a file in a form; `explode`, if only as false, would void them (OpenAPI 3.1)."""

    @property
    def _exclude_fields(self) -> set[str]:
        return {"explode", "allow_reserved"}


def taking(*kinds: str, required: bool = True) -> type[Declared]:
    """Describe an operation whose body Litestar does not decode: a form with a file of one of `kinds`, or the file."""

    @dataclass
    class Upload(Declared):
        def __post_init__(self) -> None:
            form = Schema(type=OpenAPIType.OBJECT, properties={"file": FILE}, required=["file"])
            told: dict[str, Encoding] = {"file": Kinds(content_type=", ".join(kinds))}
            in_form = OpenAPIMediaType(form, encoding=told)
            self.request_body = RequestBody({FORM: in_form, ITSELF: OpenAPIMediaType(FILE)}, required=required)

    return Upload


async def file_in(request: Request) -> tuple[str, bytes]:
    """Read the file and the name that its sender gave it, if any. Raises Invalid for a form without one."""
    if request.content_type[0] != FORM:
        return "", await request.body()
    for part in (await request.form()).values():
        if isinstance(part, UploadFile):
            await part.seek(0)  # the transaction may be run again
            return plain(part.filename), await part.read()
    raise Invalid("the form has no file in it", field="file")


def plain(name: str) -> str:
    """A file's name without any path or control character."""
    last = name.replace("\\", "/").rpartition("/")[2][:200]
    return "".join(letter for letter in last if letter.isprintable())
