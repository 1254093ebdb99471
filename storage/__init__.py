"""Where bytes live: one protocol for documents, kept in a directory or in an S3 store."""

from storage.documents import (
    AlreadyThere,
    Changed,
    Documents,
    Missing,
    StorageError,
    Stored,
    TooBig,
    Unavailable,
    UploadForm,
)
from storage.open import open_documents

__all__ = [
    "AlreadyThere",
    "Changed",
    "Documents",
    "Missing",
    "StorageError",
    "Stored",
    "TooBig",
    "Unavailable",
    "UploadForm",
    "open_documents",
]
