"""`--mongodb URI`: a real MongoDB server behind the external tables of connector `mongodb`."""

from __future__ import annotations

from runthrough.emulator.mongodb.address import PASSWORD_VARIABLE, MongoAddress, read_address
from runthrough.emulator.mongodb.documents import MongoDocuments
from runthrough.emulator.mongodb.server import MongoServer

__all__ = ["PASSWORD_VARIABLE", "MongoAddress", "MongoDocuments", "MongoServer", "read_address"]
