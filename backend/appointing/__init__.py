"""The written orders that name stand-ins: drawn by the act that asks for them, signed, and taken back."""
