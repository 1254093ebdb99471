"""The three media types the city takes, and their names in the API."""

from enum import StrEnum

import strawberry


@strawberry.enum(description="What a file is by its content.")
class MediaType(StrEnum):
    JPEG = "image/jpeg"
    PNG = "image/png"
    PDF = "application/pdf"
