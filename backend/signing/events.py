"""What signing asks the worker to do: the names of its jobs."""

RENDER = "render_letter"
SIGN = "sign_letter"
