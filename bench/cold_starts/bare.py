"""The least that can be compared with: Litestar with one route, which reads one item of the table
through PynamoDB, behind Mangum. Nothing is switched on that is not needed."""

import os

from litestar import Litestar, get
from mangum import Mangum
from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model


class Greeting(Model):
    """One item."""

    class Meta:
        """Where it lies."""

        table_name = os.environ["BARE_TABLE"]
        region = os.environ["BARE_REGION"]
        host = os.environ["BARE_ENDPOINT"]

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    text = UnicodeAttribute()


@get("/greetings/{name:str}", sync_to_thread=True)
def greeting(name: str) -> dict[str, str]:
    """Read it."""
    return {"text": Greeting.get(os.environ["BARE_PARTITION"], name).text}


app = Litestar([greeting], openapi_config=None, logging_config=None)
handler = Mangum(app, lifespan="off")  # type: ignore[arg-type]  # ASGI, typed more narrowly
"""Lambda's entry point."""
